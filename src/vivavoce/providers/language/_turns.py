"""Conversations for protocols whose roles alternate, beginning and ending with the user.

Messages of one side are joined, a call that the agent opened begins with a word of ours, and notes between the turns,
which have no role of their own there, are carried by the user's side, marked.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from vivavoce.base.json import Body
from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, UserMessage
from vivavoce.providers.language._wire import GO_ON, goes_on, said_by

Side = Literal["user", "agent"]

_BEGINNING = "(The call begins.)"
_AGAIN = "It is your turn again."


def alternating(
    messages: Sequence[Message],
    *,
    written: Callable[[str], Body],
    parts_of: Callable[[AgentMessage | ToolMessage], list[Body]],
) -> tuple[str, list[tuple[Side, list[Body]]]]:
    """The prompt, and the turns. `written` makes a part of text, `parts_of` of what a vendor writes its own way."""
    begins = messages[0] if messages else None
    prompt = begins.text if isinstance(begins, Instructions) else ""
    turns: list[tuple[Side, list[Body]]] = []
    for message in messages[1:] if prompt else messages:
        match message:
            case Instructions(text):
                _join(turns, "user", [written(_note(text))] if text.strip() else [])
            case UserMessage():
                _join(turns, "user", [written(said_by(message))] if said_by(message).strip() else [])
            case AgentMessage():
                _join(turns, "agent", parts_of(message))
            case ToolMessage():
                _join(turns, "user", parts_of(message))
    if goes_on(messages):
        _join(turns, "user", [written(_note(GO_ON))])
    if not turns or turns[0][0] == "agent":
        turns.insert(0, ("user", [written(_BEGINNING)]))
    if turns[-1][0] == "agent":
        _join(turns, "user", [written(_note(_AGAIN))])
    return prompt, turns


def _join(turns: list[tuple[Side, list[Body]]], side: Side, parts: list[Body]) -> None:
    if parts and turns and turns[-1][0] == side:
        turns[-1][1].extend(parts)
    elif parts:
        turns.append((side, parts))


def _note(text: str) -> str:
    return f"<note>{text}</note>"
