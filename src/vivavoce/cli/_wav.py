"""Sound in WAV files: 16 bits, one or two channels, 8 to 48 kHz, and nothing else. Written whole or not at all."""

import os
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from vivavoce.base.errors import Malformed, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

LOWEST_HZ, HIGHEST_HZ = 8_000, 48_000
LONGEST_SECONDS = 3600.0
_SAMPLE_BYTES = 2
_REMEDY = "Convert it, for example: ffmpeg -i {path} -ac 1 -ar 16000 -c:a pcm_s16le caller.wav"


def read(path: Path, rate_hz: int) -> bytes:
    """The sound in a file as one channel of 16-bit PCM at this rate."""
    from vivavoce.live.resampling import resampling

    try:
        with wave.open(str(path), "rb") as file:
            _check(path, file)
            channels, own_hz = file.getnchannels(), file.getframerate()
            pcm = file.readframes(file.getnframes())
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.") from None
    except (wave.Error, EOFError) as error:
        raise _refused(path, f"is no WAV file that can be read ({str(error) or 'it breaks off'})") from None
    whole = pcm[: len(pcm) - len(pcm) % (_SAMPLE_BYTES * channels)]
    if not whole:
        raise _refused(path, "holds no sound")
    return resampling(own_hz, rate_hz).convert(_mono(whole) if channels == 2 else whole, last=True)


def _check(path: Path, file: wave.Wave_read) -> None:
    for problem in _problems(file):
        raise _refused(path, problem)


def _problems(file: wave.Wave_read) -> "Iterator[str]":
    bits, channels, rate_hz = 8 * file.getsampwidth(), file.getnchannels(), file.getframerate()
    if bits != 8 * _SAMPLE_BYTES:
        yield f"has {bits} bits a sample; 16 are wanted"
    if channels > 2:
        yield f"has {channels} channels; one or two are wanted"
    if not LOWEST_HZ <= rate_hz <= HIGHEST_HZ:
        yield f"has {rate_hz} samples a second; {LOWEST_HZ} to {HIGHEST_HZ} are wanted"
    elif file.getnframes() / rate_hz > LONGEST_SECONDS:
        yield "is longer than an hour"


def _refused(path: Path, problem: str) -> Malformed:
    return Malformed(f"{path} {problem}. {_REMEDY.format(path=path)}")


def _mono(pcm: bytes) -> bytes:
    import numpy as np

    both = np.frombuffer(pcm, "<i2").reshape(-1, 2).astype(np.int32)
    return (both.sum(axis=1) // 2).astype("<i2").tobytes()


def check_place(path: Path) -> None:
    """Say now, and not after the call, that a file cannot be written there."""
    if path.is_dir():
        raise Malformed(f"{path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise NotFound(f"There is no folder {path.parent} for {path.name}.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise Malformed(f"{path} may not be written. Name another place.")


def write(path: Path, pcm: bytes, rate_hz: int) -> None:
    """Write one channel of 16-bit PCM."""
    half_done = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with wave.open(str(half_done), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(_SAMPLE_BYTES)
            file.setframerate(rate_hz)
            file.writeframes(pcm)
        half_done.replace(path)
    except OSError as error:
        raise NotFound(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        half_done.unlink(missing_ok=True)
