"""What is asked of a small mind, with the model or with its double, and what it answers."""

from collections.abc import Mapping, Sequence

from vivavoce.base.json import Json
from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolOffer, UserMessage
from vivavoce.engine.plan import ModelChoice
from vivavoce.ports.language import ChatRequest, Language, Piece, Text

MODEL = "qwen2.5-coder-0.5b"


def request_of(
    prompt: str, *said: str, tools: Sequence[ToolOffer] = (), schema: Mapping[str, Json] | None = None
) -> ChatRequest:
    """What was said, the caller first, then in turns."""
    messages: list[Message] = [Instructions(prompt)]
    messages += [AgentMessage(text) if place % 2 else UserMessage(text) for place, text in enumerate(said)]
    return ChatRequest(ModelChoice(model=MODEL), messages, tools, schema=schema)


async def answer_of(mind: Language, request: ChatRequest) -> list[Piece]:
    """Everything that it streams."""
    async with mind.chat(request) as pieces:
        return [piece async for piece in pieces]


def text_in(pieces: Sequence[Piece]) -> str:
    """What is spoken of it."""
    return "".join(piece.text for piece in pieces if isinstance(piece, Text))
