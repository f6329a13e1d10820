"""Asks a small model for a text, step by step.

Each step waits in the machine's pool by itself, so whatever is more urgent comes in between; whoever is not interested
any more cancels, and no further step is asked for. What nobody waits for (forms, reading ahead) takes no step while
somebody waits for words: between two of them it would slip in, and hold up the next.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import field

from vivavoce.base.frozen import frozen
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.tokens import Write, Writer


@frozen
class Written:
    """A text, and what it took."""

    text: str
    is_whole: bool
    """It came to its end by itself."""
    prompt_tokens: int
    known_tokens: int
    """How many of the prompt's had been read before."""
    tokens: int


@frozen
class Pen:
    """Writes with a model, wherever that is computed."""

    model: Computing[Writer]
    threads: int = 1
    _awaited: set[object] = field(default_factory=set[object])
    """Texts that somebody waits for."""
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a text that was waited for is done."""

    async def write(
        self,
        prompt: str,
        *,
        grammar: str = "",
        most_tokens: int,
        urgency: Urgency = Urgency.THOUGHT,
        enough: Callable[[str], bool] = lambda _: False,
    ) -> Written:
        """A text to its end, or until there is enough of it."""
        if urgency == Urgency.BACKGROUND:
            return await self._written(prompt, grammar, most_tokens, urgency, enough)
        async with self._awaiting():
            return await self._written(prompt, grammar, most_tokens, urgency, enough)

    async def _written(
        self, prompt: str, grammar: str, most_tokens: int, urgency: Urgency, enough: Callable[[str], bool]
    ) -> Written:
        begun: list[int] = []
        known: int | None = None
        while True:
            if urgency == Urgency.BACKGROUND:
                await self._until_nobody_waits()
            step = await self.model.run(urgency, Write(prompt, tuple(begun), grammar, self.threads))
            known = step.known if known is None else known
            if step.token is not None:
                begun.append(step.token)
            if step.is_done or len(begun) >= most_tokens or (begun and enough(step.text)):
                return Written(step.text, step.is_done, step.prompt_tokens, known, len(begun))

    async def read(self, prompt: str) -> None:
        """Read a prompt ahead, so that a text that begins so need not wait for it."""
        await self.write(prompt, most_tokens=1, urgency=Urgency.BACKGROUND)

    @asynccontextmanager
    async def _awaiting(self) -> AsyncGenerator[None]:
        text = object()
        self._awaited.add(text)
        try:
            yield
        finally:
            self._awaited.discard(text)
            self._quiet.set()

    async def _until_nobody_waits(self) -> None:
        while self._awaited:
            self._quiet.clear()
            await self._quiet.wait()
