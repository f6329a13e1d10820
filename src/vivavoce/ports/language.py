"""The mind: a language model that is given messages and tools and streams what it wants to say and do.

A provider is an object with `chat`. What it streams is a closed union; a stream ends with `Finished`, or raises a
`MindFailed` that says whether another attempt can help. Cancelling is closing the stream (leaving its block), at any
moment, and after that nothing of it arrives.

Names of models and everything in a request are the contract's; a provider maps them to its own.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.commands import Message, ToolOffer
from vivavoce.engine.plan import ModelChoice, VariableValue
from vivavoce.ports.standing_in import ToldOfStandIns, tell_nobody


@frozen
class ChatRequest:
    """One question to a mind. `conversation_id` is for caches and logs of the provider."""

    model: ModelChoice
    messages: Sequence[Message]
    tools: Sequence[ToolOffer] = ()
    conversation_id: str = ""
    workspace_id: str = ""
    environment: str = "production"
    """In which the values of references are looked up."""
    variables: Mapping[str, VariableValue] = field(default_factory=dict[str, VariableValue], repr=False)
    """Dynamic variables, secret ones too, for headers that are made from them."""
    schema: Mapping[str, Json] | None = None
    """Answer with JSON that fits this schema, where the provider can (`Abilities.structured`)."""
    stand_ins: Sequence[str] = ()
    """Models that are asked if this one fails, so one that is known to be down may leave it to them at once."""
    patience_seconds: float | None = None
    """So long whoever asks waits for the first word before it counts as failed; None where nobody waits."""
    keeps_content: bool = True
    """Whether what is said may be kept. Where not, no log has a provider's words: they may repeat somebody's."""
    stepped_in: ToldOfStandIns = field(default=tell_nobody, compare=False, repr=False)
    """Told when another mind answers because this one is slow or fails."""


@frozen
class Text:
    """The next piece of the answer."""

    text: str


@frozen
class ToolWanted:
    """A tool call, its arguments complete."""

    call_id: str
    name: str
    arguments: Mapping[str, Json]


@frozen
class Finished:
    """The end of the answer, with what it took as the provider counts."""

    reason: Literal["stop", "length", "tools", "refused"] = "stop"
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


Piece = Text | ToolWanted | Finished


class MindFailed(Exception):
    """The mind broke off. The message is for logs and the record, never for the caller; it holds no key.

    `is_about_request` says that the question was at fault (too long, malformed), and that another one may go well.
    `lacks_model` says that whoever was asked has no model of this name, or none any more.
    `retry_after_seconds` is how long the mind itself asks to be left alone.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = True,
        is_about_request: bool = False,
        lacks_model: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
        self.is_about_request = is_about_request
        self.lacks_model = lacks_model
        self.retry_after_seconds = retry_after_seconds


@frozen
class Abilities:
    """What a provider can do, so that a caller need not find out by failing."""

    tools: bool = True
    parallel_tools: bool = True
    structured: bool = False
    images: bool = False


class Language(Protocol):
    """A provider of minds."""

    @property
    def abilities(self) -> Abilities:
        """What it can do."""
        ...

    def chat(self, request: ChatRequest) -> AbstractAsyncContextManager[AsyncIterator[Piece]]:
        """Ask. The stream lives as long as the block."""
        ...


class Minds(Protocol):
    """All minds of an installation: finds the provider for a model's name, wherever it was configured."""

    def find(self, model: ModelChoice) -> Language:
        """The provider; an unknown name leads to the fall-back, never to an error."""
        ...


@dataclass
class ScriptedLanguage:
    """The double: answers in order from a list, at once. A `MindFailed` in the list is raised where it stands."""

    answers: Sequence[Sequence[Piece | MindFailed]]
    asked: list[ChatRequest] = field(default_factory=list[ChatRequest])
    abilities: Abilities = field(default_factory=Abilities)

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Answer with the next of the list; the last one repeats."""
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(request)
        yield _played(answer)


async def _played(answer: Sequence[Piece | MindFailed]) -> AsyncIterator[Piece]:
    for piece in answer:
        if isinstance(piece, MindFailed):
            raise piece
        yield piece


@frozen
class OneMind:
    """The double of `Minds`: every name leads to the same provider."""

    language: Language

    def find(self, model: ModelChoice) -> Language:
        """The one there is."""
        _ = model
        return self.language
