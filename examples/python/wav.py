"""An audio interface made of WAV files: one is played to the agent, what comes back is kept in another.

A thread stands in for the sound card. Every quarter of a second it gives the agent as much of the file (silence, once
it is at its end), and "plays" as much of what the agent has sent. So the kept file is what somebody would have heard,
pauses and interruptions included. It is over when the file was said and answered, and nobody said anything for a while.
"""

import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path

from elevenlabs.conversational_ai.conversation import AudioInterface

RATE_HZ = 16_000
BYTES = 2
CHUNK_SECONDS = 0.25
CHUNK_BYTES = int(CHUNK_SECONDS * RATE_HZ) * BYTES
QUIET_SECONDS = 3.0
PATIENCE_SECONDS = 30.0


class WavError(Exception):
    """A file that cannot be played to an agent."""


class WavAudio(AudioInterface):
    """A microphone that plays a file, and a speaker that writes one."""

    def __init__(self, spoken: Path, heard: Path | None = None) -> None:
        self._left = _samples(spoken)
        self._heard_in = heard
        self._heard = bytearray()
        self._to_play = bytearray()
        self._has_answered = False
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._over: Callable[[], None] = lambda: None

    def when_over(self, do: Callable[[], None]) -> None:
        """What to do once everything was said and answered."""
        self._over = do

    def start(self, input_callback: Callable[[bytes], None]) -> None:
        """Begin to play the file."""
        self._thread = threading.Thread(target=self._run, args=(input_callback,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Play no more, and keep what was heard."""
        self._stopped.set()
        if self._heard_in is not None:
            with self._lock, wave.open(str(self._heard_in), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(BYTES)
                file.setframerate(RATE_HZ)
                file.writeframes(bytes(self._heard))

    def output(self, audio: bytes) -> None:
        """The agent speaks; it sends faster than anybody talks."""
        with self._lock:
            self._to_play += audio
            # An answer is what comes after the file was said; before it there was the greeting.
            self._has_answered = self._has_answered or not self._left

    def interrupt(self) -> None:
        """The agent was interrupted: what it has sent is not said any more."""
        with self._lock:
            self._to_play.clear()

    def _run(self, input_callback: Callable[[bytes], None]) -> None:
        due, quiet = time.monotonic(), 0.0
        while quiet < (QUIET_SECONDS if self._has_answered else PATIENCE_SECONDS):
            due += CHUNK_SECONDS
            if self._stopped.wait(max(0.0, due - time.monotonic())):
                return
            input_callback(self._next_spoken())
            played = self._play()
            quiet = 0.0 if played or self._left else quiet + CHUNK_SECONDS
        self._over()

    def _next_spoken(self) -> bytes:
        chunk, self._left = self._left[:CHUNK_BYTES], self._left[CHUNK_BYTES:]
        return chunk.ljust(CHUNK_BYTES, b"\0")

    def _play(self) -> bool:
        """Hear a quarter of a second more; whether the agent said anything in it."""
        with self._lock:
            chunk = bytes(self._to_play[:CHUNK_BYTES])
            del self._to_play[:CHUNK_BYTES]
            self._heard += chunk.ljust(CHUNK_BYTES, b"\0")
        return bool(chunk)


def _samples(path: Path) -> bytes:
    try:
        with wave.open(str(path), "rb") as file:
            form = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            samples = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise WavError(f"{path} cannot be read as a WAV file: {error}") from error
    if form != (RATE_HZ, 1, BYTES):
        raise WavError(
            f"{path} has to be mono, 16 bits, 16 kHz. Convert it: "
            f"ffmpeg -i {path} -ac 1 -ar 16000 -sample_fmt s16 converted.wav"
        )
    return samples
