"""The microphone and the speaker of this machine, through the optional package `sounddevice`.

PortAudio calls from threads of its own: what the microphone hears is handed to the loop, and what the speaker plays is
taken from a buffer that the loop fills and, when the agent is interrupted, empties.
"""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from vivavoce.base.errors import Unavailable

SAMPLE_BYTES = 2
BLOCK_SECONDS = 0.02
FILES_INSTEAD = "Without them: vivavoce talk --in caller.wav --out agent.wav, or --text."


class Playing:
    """What is still to be played (`live.links.audio.Speaker`)."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._lock = threading.Lock()

    def play(self, pcm: bytes, now: float) -> None:
        """After what came before."""
        _ = now
        with self._lock:
            self._pcm.extend(pcm)

    def stop(self, now: float) -> None:
        """Drop it."""
        _ = now
        with self._lock:
            self._pcm.clear()

    def is_sounding(self, now: float) -> bool:
        """Whether there is anything left."""
        _ = now
        return bool(self._pcm)

    def take(self, count: int) -> bytes:
        """The next bytes for the device; silence where there are none."""
        with self._lock:
            taken = bytes(self._pcm[:count])
            del self._pcm[:count]
        return taken.ljust(count, b"\0")


def lacking() -> str:
    """Why this machine can neither hear nor play; empty if it can."""
    try:
        devices: Any = import_module("sounddevice")
        devices.check_input_settings(channels=1, dtype="int16")
        devices.check_output_settings(channels=1, dtype="int16")
    except ImportError:
        return "The package for microphones is not installed: pip install sounddevice"
    except OSError:
        return "The library PortAudio is missing: apt-get install libportaudio2 (or your system's package of it)"
    except Exception as error:
        # Whatever PortAudio has to complain about; its words are for people.
        return f"There is no microphone or no speaker that can be used ({error})."
    return ""


@contextmanager
def opened(playing: Playing, hear: Callable[[bytes], None], *, input_hz: int, output_hz: int) -> Generator[None]:
    """Both devices are on within the block."""
    if problem := lacking():
        raise Unavailable(f"{problem}\n{FILES_INSTEAD}")
    devices: Any = import_module("sounddevice")
    loop = asyncio.get_running_loop()

    def heard(data: Any, _frames: int, _time: Any, _status: Any) -> None:
        loop.call_soon_threadsafe(hear, bytes(data))

    def wanted(data: Any, frames: int, _time: Any, _status: Any) -> None:
        data[:] = playing.take(frames * SAMPLE_BYTES)

    with ExitStack() as stack:
        for make, rate_hz, callback in (
            (devices.RawInputStream, input_hz, heard),
            (devices.RawOutputStream, output_hz, wanted),
        ):
            block = round(rate_hz * BLOCK_SECONDS)
            try:
                stream = make(samplerate=rate_hz, blocksize=block, channels=1, dtype="int16", callback=callback)
                stack.enter_context(stream)
            except devices.PortAudioError as error:
                raise Unavailable(
                    f"The sound devices cannot be used at {rate_hz} Hz ({error}). {FILES_INSTEAD}"
                ) from None
        yield
