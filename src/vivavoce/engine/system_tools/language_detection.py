"""`language_detection`: the agent goes over to another language it has a preset for."""

from __future__ import annotations

from collections.abc import Mapping

from vivavoce.engine.commands import ToolOffer
from vivavoce.engine.plan import LanguageDetection
from vivavoce.engine.system_tools.outcomes import Refuses, Situation, Switches, result_text, text_argument

NAME = "language_detection"
TURNS_AT_START = 2
"""With `only_at_conversation_start`, the language is settled after so many turns of the caller."""

_DESCRIPTION = (
    "Switches the language of the conversation. Use it when the caller speaks another of the listed languages, or "
    "asks for it. Call it before answering, then answer in the new language."
)


def offer(tool: LanguageDetection, situation: Situation) -> ToolOffer:
    """What the mind is told, with the languages it may choose from."""
    codes = [preset.code for preset in situation.plan.languages]
    return ToolOffer(
        NAME,
        tool.description or _DESCRIPTION,
        {
            "type": "object",
            "properties": {
                "reason": {"type": "string", "description": "Why the language changes."},
                "language": {"type": "string", "enum": codes, "description": "The code of the new language."},
            },
            "required": ["reason", "language"],
        },
    )


def run(tool: LanguageDetection, arguments: Mapping[str, object], situation: Situation) -> Switches | Refuses:
    """Possible for a language the agent has, and while the settings allow it."""
    language = text_argument(arguments, "language").lower()
    if situation.plan.preset(language) is None:
        codes = ", ".join(preset.code for preset in situation.plan.languages)
        return Refuses(_error(f"{language or 'nothing'} is not a language of this agent. Choose from: {codes}."))
    if tool.only_at_conversation_start and situation.user_turns > TURNS_AT_START:
        return Refuses(_error("The language can only be changed at the start of the conversation."))
    if language == situation.language:
        return Refuses(_error(f"The conversation is already in {language}."))
    reason = text_argument(arguments, "reason")
    return Switches(language, result_text("language_detection_success", reason=reason, language=language))


def _error(message: str) -> str:
    return result_text("language_detection_error", error=message)
