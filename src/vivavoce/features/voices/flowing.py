"""Speech on its way into an answer that streams: made in a task of its own, taken by whoever sends it.

A provider's connection is opened and closed by one and the same task, which the handler of a request and the sender of
its answer are not. A client that reads slowly slows the speaking down; closing ends it.
"""

import asyncio
from collections.abc import AsyncIterator

from vivavoce.features.voices.saying import Chunk, Saying, Wanted
from vivavoce.ports.voice import FoundVoice

_AHEAD_CHUNKS = 8


class Flow:
    """One text being spoken."""

    def __init__(self, saying: Saying, wanted: Wanted, found: FoundVoice, text: str) -> None:
        self._made: asyncio.Queue[Chunk | Exception | None] = asyncio.Queue(_AHEAD_CHUNKS)
        self._task = asyncio.create_task(self._speak(saying, wanted, found, text), name="speech")

    async def _speak(self, saying: Saying, wanted: Wanted, found: FoundVoice, text: str) -> None:
        try:
            async with saying.say(wanted, found) as speaking:
                speaking.add(text)
                speaking.finish()
                async for chunk in speaking:
                    await self._made.put(chunk)
        except Exception as failure:
            await self._made.put(failure)
        else:
            await self._made.put(None)

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        """What is spoken; what went wrong is raised here."""
        while (chunk := await self._made.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def close(self) -> None:
        """Speak no further. Doing so twice is fine."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
