"""What a built-in tool can decide, and what it may look at."""

from __future__ import annotations

import json
from collections.abc import Mapping

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import Plan


@frozen
class Situation:
    """The call, as far as a built-in tool needs it."""

    plan: Plan
    language: str
    user_turns: int


@frozen
class Ends:
    """The call ends when the message, and what was said before it, is heard."""

    reason: str
    message: str
    result: str


@frozen
class Skips:
    """The agent says nothing and waits for the caller."""

    result: str


@frozen
class Switches:
    """The call goes on in another language."""

    language: str
    result: str


@frozen
class Refuses:
    """It cannot be done; the mind is told why and goes on."""

    result: str


Outcome = Ends | Skips | Switches | Refuses


def result_text(result_type: str, **fields: object) -> str:
    """A result as the mind and the record get it."""
    return json.dumps({"result_type": result_type, **fields}, ensure_ascii=False)


def text_argument(arguments: Mapping[str, object], name: str) -> str:
    """An argument that should be text; models sometimes leave it out or send something else."""
    value = arguments.get(name)
    return value.strip() if isinstance(value, str) else ""
