"""A small language model on this machine, without a server: llama.cpp, a file of weights, and rules around both.

It is the deterministic mind, and where that is at a loss it asks the model (`_small`): for an argument that was said in
words that rules do not read, for what a form about a call leaves open, and, if `speaks` says so, for a sentence out of
the nearest facts. What the model writes counts as far as the conversation or the facts bear it out.

    vivavoce models pull --profile llm

brings the model and llama.cpp's library. Where either is missing this mind is not there, and whoever asks for it gets
the deterministic one.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.language import Abilities, ChatRequest, Finished, Piece
from vivavoce.providers.language import deterministic
from vivavoce.providers.language._answer import Answer, pieces
from vivavoce.providers.language._wit import MODEL as DETERMINISTIC
from vivavoce.providers.local.llama import KIND, engine_id
from vivavoce.providers.registry import Options, Outside, Provider

if TYPE_CHECKING:
    from vivavoce.providers.language._small.mind import SmallMind, Took

MODEL = "qwen2.5-coder-0.5b"
_MOST_AHEAD = 200
_CONTEXT_TOKENS = 4_096


class LocalOptions(Options):
    """Which model, how many threads, and what it may do."""

    models: tuple[str, ...] = Field(default=(MODEL,), min_length=1, description="Names by which agents ask for it.")
    weights: Literal["qwen2.5-coder-0.5b"] = Field(
        default=MODEL, description="The local model that writes, by its id in `vivavoce models list`."
    )
    threads: int = Field(
        default=1, ge=1, le=16, description="Cores that it computes on. One leaves the others to ears and voices."
    )
    speaks: bool = Field(
        default=False,
        description="Whether it may answer in its own words what the deterministic mind does not know, out of the "
        "nearest facts; what has a number or a name that no fact has is not spoken.",
    )
    patience_seconds: float = Field(
        default=3.0,
        gt=0,
        le=60,
        description="So long a turn may take, and never so long that its agent would ask another model; then what the "
        "rules found counts.",
    )
    meaning: Literal["auto", "words"] = Field(
        default="auto", description="As for the deterministic mind: compare by meaning where a model for that is here."
    )
    context_tokens: int = Field(default=_CONTEXT_TOKENS, ge=1, description="How much it can read, for the catalogue.")
    answer_tokens: int = Field(default=400, ge=1, description="How much it can write, for the catalogue.")


_Answering: TypeAlias = "asyncio.Task[tuple[Answer, Took]]"


@frozen
class Local:
    """The provider."""

    mind: "SmallMind"
    names: tuple[str, ...]
    _ahead: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, "asyncio.Task[None]"])
    """Prompts that were read ahead, or are being read."""

    @property
    def abilities(self) -> Abilities:
        """It wants one tool at a time, and fills forms."""
        return Abilities(parallel_tools=False, structured=True)

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask it. Leaving stops the model within a token."""
        # By its own name it is nobody's stand-in, and need not introduce itself.
        own = request.model.model in self.names
        asked = replace(request, model=replace(request.model, model=DETERMINISTIC)) if own else request
        answering = asyncio.create_task(self.mind.answer(asked), name="small model")
        try:
            yield self._stream(asked, answering)
        finally:
            answering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([answering])

    async def _stream(self, request: ChatRequest, answering: _Answering) -> AsyncIterator[Piece]:
        answer, took = await answering
        for piece in pieces(request, answer):
            yield _counted(piece, took)
            await asyncio.sleep(0)
        self._read_ahead(request)

    async def warm(self) -> None:
        """Load the model, and use it once."""
        await self.mind.pen.model.load()
        await self.mind.pen.read("Hello.")

    async def close(self) -> None:
        """Read nothing more ahead."""
        for task in self._ahead.values():
            task.cancel()
        await asyncio.gather(*self._ahead.values(), return_exceptions=True)

    async def read_ahead(self) -> None:
        """Wait until everything is read that is to be read ahead."""
        await asyncio.gather(*self._ahead.values())

    def _read_ahead(self, request: ChatRequest) -> None:
        """Read what the next turns of this agent may need, while nobody waits for it."""
        for prompt in self.mind.prompts(request):
            if prompt not in self._ahead:
                while len(self._ahead) >= _MOST_AHEAD:
                    self._ahead.pop(next(iter(self._ahead))).cancel()
                self._ahead[prompt] = asyncio.create_task(self._read(prompt), name="small model, ahead")

    async def _read(self, prompt: str) -> None:
        # It is read when it is needed, if not before.
        with contextlib.suppress(Exception):
            await self.mind.pen.read(prompt)


def _counted(piece: Piece, took: "Took") -> Piece:
    """The end says what the model has read and written, if it was asked."""
    if not isinstance(piece, Finished) or not took.prompt_tokens:
        return piece
    return replace(piece, input_tokens=took.prompt_tokens, cached_tokens=took.known_tokens, output_tokens=took.tokens)


def make(options: LocalOptions, outside: Outside) -> Local:
    """The mind. Its model is here, or it would not have been asked for."""
    place = outside.model_place(options.weights)
    assert place is not None, "see `lacks`"
    from vivavoce.providers.language._small.mind import SmallMind
    from vivavoce.providers.language._small.pen import Pen

    plain = deterministic.make(deterministic.DeterministicOptions(meaning=options.meaning), outside)
    pen = Pen(outside.models.model(KIND, place), options.threads)
    return Local(SmallMind(pen, plain.embedder, plain.abroad, options.speaks, options.patience_seconds), options.models)


def lacks(options: LocalOptions, outside: Outside) -> str:
    """What it needs and this machine does not have."""
    if not engine_id():
        return "There is no llama.cpp for this kind of machine here; a server such as Ollama can stand in for it."
    missing = [each for each in (engine_id(), options.weights) if outside.model_place(each) is None]
    return f"{' and '.join(missing)} not here. Try: vivavoce models pull {' '.join(missing)}" if missing else ""


def needs(options: LocalOptions) -> Sequence[str]:
    """The models that it uses if they are here."""
    own = [engine_id(), options.weights] if engine_id() else []
    return [*own, *deterministic.needs(deterministic.DeterministicOptions(meaning=options.meaning))]


PROVIDER = Provider(
    "language",
    "The deterministic mind with a small model behind it (llama.cpp): arguments, forms, and answers if it may.",
    LocalOptions,
    make,
    lacks=lacks,
    needs=needs,
)
