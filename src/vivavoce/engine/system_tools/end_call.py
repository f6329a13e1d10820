"""`end_call`: the agent ends the call, after its last words were heard."""

from __future__ import annotations

from collections.abc import Mapping

from vivavoce.engine.commands import ToolOffer
from vivavoce.engine.plan import EndCall
from vivavoce.engine.system_tools.outcomes import Ends, result_text, text_argument

NAME = "end_call"

_DESCRIPTION = (
    "Ends the call. Use it when the caller says goodbye, has nothing more to ask, or wants to stop. "
    "Put the last words in `message` unless you have said goodbye already."
)


def offer(tool: EndCall) -> ToolOffer:
    """What the mind is told."""
    return ToolOffer(
        NAME,
        tool.description or _DESCRIPTION,
        {
            "type": "object",
            "properties": {
                "reason": {"type": "string", "description": "Why the call ends."},
                "message": {"type": "string", "description": "The last words, spoken before the line closes."},
            },
            "required": ["reason"],
        },
    )


def run(arguments: Mapping[str, object]) -> Ends:
    """Always possible."""
    reason = text_argument(arguments, "reason") or "The agent ended the call."
    message = text_argument(arguments, "message")
    return Ends(reason, message, result_text("end_call_success", reason=reason, message=message or None))
