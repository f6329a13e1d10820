"""`skip_turn`: the agent says nothing, and does not ask again until the caller speaks."""

from __future__ import annotations

from collections.abc import Mapping

from vivavoce.engine.commands import ToolOffer
from vivavoce.engine.plan import SkipTurn
from vivavoce.engine.system_tools.outcomes import Skips, result_text, text_argument

NAME = "skip_turn"

_DESCRIPTION = (
    "Says nothing and waits. Use it when the caller asks for a moment, talks to somebody else, or is thinking aloud."
)


def offer(tool: SkipTurn) -> ToolOffer:
    """What the mind is told."""
    return ToolOffer(
        NAME,
        tool.description or _DESCRIPTION,
        {"type": "object", "properties": {"reason": {"type": "string", "description": "Why to wait."}}},
    )


def run(arguments: Mapping[str, object]) -> Skips:
    """Always possible."""
    return Skips(result_text("skip_turn_success", reason=text_argument(arguments, "reason") or None))
