"""What callers send: the clips, cut to frames that are ready for the wire."""

import base64
import json
import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.calls import scenario
from bench.calls.frames import frame

_CLIPS = Path(__file__).parent / "clips"


@dataclass(frozen=True)
class Sound:
    """A clip as frames, and how much silence fills up its last one."""

    frames: tuple[bytes, ...]
    trailing_silence_ms: float


def sound(name: str, chunk_ms: int) -> Sound:
    """The clip of that name in frames of so many milliseconds."""
    pcm = _samples(name)
    size = chunk_bytes(chunk_ms)
    missing = -len(pcm) % size
    pcm += bytes(missing)
    frames = tuple(audio_frame(pcm[start : start + size]) for start in range(0, len(pcm), size))
    return Sound(frames, missing / scenario.SAMPLE_BYTES / scenario.SAMPLE_RATE_HZ * 1000)


def silence(chunk_ms: int) -> bytes:
    """A frame of nothing."""
    return audio_frame(bytes(chunk_bytes(chunk_ms)))


def chunk_bytes(chunk_ms: int) -> int:
    """The size of so much audio."""
    return scenario.SAMPLE_RATE_HZ * chunk_ms // 1000 * scenario.SAMPLE_BYTES


def audio_frame(pcm: bytes) -> bytes:
    """Audio as a client sends it."""
    return frame(json.dumps({"user_audio_chunk": base64.b64encode(pcm).decode()}).encode())


@cache
def _samples(name: str) -> bytes:
    with wave.open(str(_CLIPS / f"{name}.wav")) as clip:
        assert (clip.getframerate(), clip.getnchannels(), clip.getsampwidth()) == (scenario.SAMPLE_RATE_HZ, 1, 2)
        return clip.readframes(clip.getnframes())
