"""Asks a small model for a text, step by step.

Each step waits in the machine's pool by itself, so whatever is more urgent comes in between; whoever is not interested
any more cancels, and no further step is asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.tokens import Write, Writer


@dataclass(frozen=True, slots=True)
class Written:
    """A text, and what it took."""

    text: str
    is_whole: bool
    """It came to its end by itself."""
    prompt_tokens: int
    known_tokens: int
    """How many of the prompt's had been read before."""
    tokens: int


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes with a model, wherever that is computed."""

    model: Computing[Writer]
    threads: int = 1

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
        begun: list[int] = []
        known: int | None = None
        while True:
            step = await self.model.run(urgency, Write(prompt, tuple(begun), grammar, self.threads))
            known = step.known if known is None else known
            if step.token is not None:
                begun.append(step.token)
            if step.is_done or len(begun) >= most_tokens or (begun and enough(step.text)):
                return Written(step.text, step.is_done, step.prompt_tokens, known, len(begun))

    async def read(self, prompt: str) -> None:
        """Read a prompt ahead, so that a text that begins so need not wait for it."""
        await self.write(prompt, most_tokens=1, urgency=Urgency.BACKGROUND)
