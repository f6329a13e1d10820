"""A headset for the official Python client: what is said into it comes as a device would give it, in quarters of a
second; what the agent says, and its falling silent, is written into the diary.

    headset = Headset(diary)               for `Conversation`
    headset = AsyncHeadset(diary)          for `AsyncConversation`
    headset.say(said(1.2))                 ... and silence for as long as nothing is said
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator

from elevenlabs.conversational_ai.conversation import AsyncAudioInterface, AudioInterface
from tests.contract.diary import Diary
from tests.support.voices import RATE_HZ

CHUNK_SECONDS = 0.25
CHUNK_BYTES = round(CHUNK_SECONDS * RATE_HZ) * 2


class _Device:
    """What both headsets share: the microphone's buffer, and the clock it is read by."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._said = bytearray()
        self._lock = threading.Lock()

    def say(self, pcm: bytes) -> None:
        """Say something, after what was said before."""
        with self._lock:
            self._said += pcm

    def _chunk(self) -> bytes:
        with self._lock:
            chunk = bytes(self._said[:CHUNK_BYTES])
            del self._said[:CHUNK_BYTES]
        return chunk.ljust(CHUNK_BYTES, b"\0")

    @staticmethod
    def _ticks() -> Iterator[float]:
        """How long to wait for each next chunk. A device counts from its start, so it never drifts."""
        due = time.monotonic()
        while True:
            due += CHUNK_SECONDS
            yield max(0.0, due - time.monotonic())


class Headset(_Device, AudioInterface):
    """A microphone and a speaker with a thread of their own."""

    def start(self, input_callback: Callable[[bytes], None]) -> None:
        """Begin to record."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._record, args=(input_callback,), daemon=True)
        self._thread.start()

    def _record(self, input_callback: Callable[[bytes], None]) -> None:
        for seconds in self._ticks():
            if self._stopped.wait(seconds):
                return
            input_callback(self._chunk())

    def stop(self) -> None:
        """Record no more."""
        self._stopped.set()

    def output(self, audio: bytes) -> None:
        """The agent speaks."""
        self._diary.note("audio", audio)

    def interrupt(self) -> None:
        """The agent falls silent."""
        self._diary.note("silenced")


class AsyncHeadset(_Device, AsyncAudioInterface):
    """The same on an event loop."""

    async def start(self, input_callback: Callable[[bytes], Awaitable[None]]) -> None:
        """Begin to record."""
        self._stopped = asyncio.Event()
        self._task = asyncio.create_task(self._record(input_callback))

    async def _record(self, input_callback: Callable[[bytes], Awaitable[None]]) -> None:
        for seconds in self._ticks():
            try:
                await asyncio.wait_for(self._stopped.wait(), seconds)
            except TimeoutError:
                await input_callback(self._chunk())
            else:
                return

    async def stop(self) -> None:
        """Record no more."""
        self._stopped.set()

    async def output(self, audio: bytes) -> None:
        """The agent speaks."""
        self._diary.note("audio", audio)

    async def interrupt(self) -> None:
        """The agent falls silent."""
        self._diary.note("silenced")
