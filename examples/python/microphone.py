"""An audio interface for a microphone and a speaker, over `sounddevice` (MIT, as is the PortAudio it brings).

Use headphones: an agent that hears itself interrupts itself.
"""

import threading
from collections.abc import Callable

import sounddevice
from elevenlabs.conversational_ai.conversation import AudioInterface

RATE_HZ = 16_000
CHUNK_SAMPLES = RATE_HZ // 4
SPEAKER_SAMPLES = RATE_HZ // 50


class Microphone(AudioInterface):
    """The machine's own microphone and speaker."""

    def __init__(self) -> None:
        self._to_play = bytearray()
        self._lock = threading.Lock()

    def start(self, input_callback: Callable[[bytes], None]) -> None:
        """Begin to listen and to play."""
        form = {"samplerate": RATE_HZ, "channels": 1, "dtype": "int16"}
        self._ear = sounddevice.RawInputStream(
            **form, blocksize=CHUNK_SAMPLES, callback=lambda heard, *_: input_callback(bytes(heard))
        )
        self._mouth = sounddevice.RawOutputStream(**form, blocksize=SPEAKER_SAMPLES, callback=self._play)
        self._mouth.start()
        self._ear.start()

    def stop(self) -> None:
        """Let go of both."""
        for stream in (self._ear, self._mouth):
            stream.stop()
            stream.close()

    def output(self, audio: bytes) -> None:
        """The agent speaks; the speaker takes it as it plays."""
        with self._lock:
            self._to_play += audio

    def interrupt(self) -> None:
        """The agent was interrupted: what is not yet heard is not said any more."""
        with self._lock:
            self._to_play.clear()

    def _play(self, place: memoryview, *_: object) -> None:
        with self._lock:
            chunk = bytes(self._to_play[: len(place)])
            del self._to_play[: len(place)]
        place[:] = chunk.ljust(len(place), b"\0")
