"""What a mind without a model answers, and how that is streamed: word by word, as models do."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.commands import AgentMessage, ToolMessage
from vivavoce.ports.language import ChatRequest, Finished, Piece, Text, ToolWanted

_CHARACTERS_PER_TOKEN = 4
_TOKEN = re.compile(r"\s*\S+|\s+$")


@frozen
class Call:
    """A tool that the answer wants."""

    name: str
    arguments: Mapping[str, Json]


@frozen
class Gap:
    """What was missing for a better answer: an argument of a tool, or anything that answers."""

    kind: Literal["argument", "answer"]
    tool: str = ""


@frozen
class Answer:
    """What is said, and what is done."""

    text: str = ""
    call: Call | None = None
    gap: Gap | None = None
    """For whoever can read more out of what was said."""


def rest(begun: str, whole: Answer) -> Answer:
    """Go on where another model broke off: with the rest of the same words, or with words of our own."""
    if whole.text.startswith(begun.strip()):
        return Answer(whole.text[len(begun.strip()) :], whole.call)
    return Answer(" " + whole.text, whole.call)


def pieces(request: ChatRequest, said: Answer) -> Iterator[Piece]:
    """The answer, as it is streamed."""
    words = _TOKEN.findall(said.text)
    yield from map(Text, words)
    if said.call is not None:
        yield ToolWanted(f"call_{_calls_so_far(request) + 1}", said.call.name, said.call.arguments)
    yield Finished("tools" if said.call else "stop", _input_tokens(request), len(words))


def _calls_so_far(request: ChatRequest) -> int:
    return sum(len(message.calls) for message in request.messages if isinstance(message, AgentMessage))


def _input_tokens(request: ChatRequest) -> int:
    return sum(len(_text_of(message)) for message in request.messages) // _CHARACTERS_PER_TOKEN


def _text_of(message: object) -> str:
    match message:
        case ToolMessage(_, name, text):
            return name + text
        case _:
            return str(getattr(message, "text", ""))
