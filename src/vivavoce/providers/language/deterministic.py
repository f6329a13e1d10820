"""The deterministic mind: no language model, and useful all the same.

It routes what is said to the agent's tools, asks for what a tool still needs, has it confirmed where something would
change, tells results by the tool's template, answers questions with sentences of the prompt and of retrieved passages,
and says so when it does not know. The same request has the same answer, within milliseconds. With a local embedder it
understands paraphrases; without one, or with one that is not there in time, it goes by words. How it works stands in
`_wit`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.embedding import Embedder
from vivavoce.ports.language import Abilities, ChatRequest, Piece
from vivavoce.providers import registry
from vivavoce.providers.language._answer import pieces
from vivavoce.providers.language._wit import MODEL
from vivavoce.providers.language._wit.patience import PATIENCE_SECONDS
from vivavoce.providers.registry import Options, Outside, Provider


class DeterministicOptions(Options):
    """By which names it is asked for, and what it compares with."""

    models: tuple[str, ...] = Field(default=(MODEL,), description="Names by which agents ask for it.")
    meaning: Literal["auto", "words"] = Field(
        default="auto",
        description="auto compares by meaning: with the model that the setting embedding names, else with what is "
        "here. words never does.",
    )
    context_tokens: int = Field(default=1_000_000, ge=1, description="How much it can read, for the catalogue.")
    answer_tokens: int = Field(default=4_096, ge=1, description="How much it can write, for the catalogue.")


@frozen
class Deterministic:
    """The provider."""

    embedder: Embedder | None = None
    abroad: Embedder | None = None
    """For other languages than English."""

    @property
    def abilities(self) -> Abilities:
        """It wants one tool at a time, and fills forms."""
        return Abilities(parallel_tools=False, structured=True)

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask it."""
        yield self._stream(request)

    async def _stream(self, request: ChatRequest) -> AsyncIterator[Piece]:
        from vivavoce.providers.language._wit.mind import answer

        found = await answer(request, self.embedder, self.abroad, PATIENCE_SECONDS)
        for piece in pieces(request, found):
            yield piece
            await asyncio.sleep(0)


def load_rules() -> None:
    """Have there what the first question would wait for a tenth of a second."""
    from vivavoce.providers.language._wit import mind

    _ = mind


_ENGLISH, _MANY = "minilm", "use-multilingual"
_EMBEDDERS: Mapping[str, tuple[str, str]] = {
    "minilm": (_ENGLISH, ""),
    "use_multilingual": (_MANY, _MANY),
    "hashed": ("", ""),
}
"""What the setting names -> for English, for other languages. MiniLM knows English; hashed words know no meaning."""


def make(options: DeterministicOptions, outside: Outside) -> Deterministic:
    """The mind, with the local embedders that it may use and whose models are here."""
    if options.meaning == "words":
        return Deterministic()
    english, many = (_embedder(name, outside) for name in _EMBEDDERS.get(outside.embedding, (_ENGLISH, _MANY)))
    is_open = outside.embedding not in _EMBEDDERS
    return Deterministic(english or (many if is_open else None), many)


def _embedder(model: str, outside: Outside) -> Embedder | None:
    if not model or outside.model_place(model) is None:
        return None
    provider = registry.find("embedding", model.replace("-", "_"))
    return provider.make(provider.options(), outside)


def needs(options: DeterministicOptions) -> Sequence[str]:
    """The models of meaning, if it may use them."""
    return [] if options.meaning == "words" else [_ENGLISH, _MANY]


PROVIDER = Provider(
    "language",
    "No model: tools, questions and answers by rules and by meaning, always the same.",
    DeterministicOptions,
    make,
    needs=needs,
)
