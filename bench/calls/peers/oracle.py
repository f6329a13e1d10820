"""What all sides but ours share: an ear that goes by loudness, a voice's audio, and a sampler of the loop's lag."""

import asyncio
import json
import math
import os
import time
from array import array
from pathlib import Path

import numpy as np

from bench.calls import scenario

LOUD = 200.0
"""Root mean square above which a frame is speech."""
SAMPLE_SECONDS = 0.01


class OracleEar:
    """A streaming recogniser's timing, on audio time: `interim`, `final`, or nothing for a frame."""

    __slots__ = ("_interim_sent", "_silence_ms", "_speech_ms")

    def __init__(self) -> None:
        self._speech_ms = self._silence_ms = 0.0
        self._interim_sent = False

    def feed(self, pcm: bytes) -> str | None:
        """The next audio."""
        ms = len(pcm) * 1000 / (scenario.SAMPLE_BYTES * scenario.SAMPLE_RATE_HZ)
        if is_loud(pcm):
            return self._speech(ms)
        return self._silence(ms) if self._speech_ms else None

    def _speech(self, ms: float) -> str | None:
        self._speech_ms += ms
        self._silence_ms = 0.0
        if self._interim_sent or self._speech_ms < scenario.INTERIM_MS:
            return None
        self._interim_sent = True
        return "interim"

    def _silence(self, ms: float) -> str | None:
        self._silence_ms += ms
        if self._silence_ms < scenario.FINAL_MS:
            return None
        understood = self._speech_ms >= scenario.LEAST_SPEECH_MS
        self._speech_ms = self._silence_ms = 0.0
        self._interim_sent = False
        return "final" if understood else None


def is_loud(pcm: bytes) -> bool:
    """Whether there is any sound to speak of."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    return bool(np.dot(samples, samples) > LOUD * LOUD * len(samples))


def _tone(ms: int, hz: float = 440.0, amplitude: int = 9000) -> bytes:
    count = scenario.SAMPLE_RATE_HZ * ms // 1000
    step = 2 * math.pi * hz / scenario.SAMPLE_RATE_HZ
    return array("h", (int(amplitude * math.sin(step * place)) for place in range(count))).tobytes()


VOICE_CHUNK = _tone(scenario.CHUNK_MS)
VOICE_CHUNKS = scenario.SENTENCE_MS // scenario.CHUNK_MS
VOICE_CHUNK_SECONDS = scenario.CHUNK_MS / 1000 / scenario.SPEED
"""From one chunk to the next."""


class LoopLag:
    """How late a sleep of 10 ms ends: written to a file every second, for whoever measures."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._samples: list[float] = []

    async def run(self) -> None:
        """Sample for ever."""
        written = time.perf_counter()
        while True:
            began = time.perf_counter()
            await asyncio.sleep(SAMPLE_SECONDS)
            now = time.perf_counter()
            self._samples.append((now - began - SAMPLE_SECONDS) * 1000)
            if now - written > 1:
                written = now
                self._write()

    def _write(self) -> None:
        del self._samples[:-3000]
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps([round(sample, 3) for sample in self._samples]))
        os.replace(new, self._path)  # noqa: PTH105 - one system call on a measured loop


def metadata() -> str:
    """The first message of a conversation."""
    event = {
        "conversation_id": "x",
        "agent_output_audio_format": "pcm_16000",
        "user_input_audio_format": "pcm_16000",
    }
    kind = "conversation_initiation_metadata"
    return json.dumps({"type": kind, f"{kind}_event": event})
