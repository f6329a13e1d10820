"""The system prompt of a call, in pieces. The agent's own words come first; what we add is short, and named here.

prompt        what the agent's author wrote
personality   only where `ignore_default_personality` is false
language      what to speak, where that is not plain English
voices        which voices there are and how to switch between them
tags          how to sound, for voices that understand audio tags
writing       how to write what will be read aloud
time          the clock, where the agent has a time zone
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from vivavoce.base.json import Body
from vivavoce.base.languages import name_of
from vivavoce.engine.plan import PromptPiece
from vivavoce.features.agents.plan.variables import Variables

PERSONALITY = (
    "You are warm, attentive and to the point. Answer in one to three short sentences, ask one question at a time, "
    "and say so when you do not know something."
)

WRITING = (
    "What you write is read aloud. Write numbers, dates, prices, units, abbreviations and addresses as they are "
    "spoken, in words. Use plain sentences: no lists, no headings, no emphasis, no emoji."
)

HINGLISH = "Mix Hindi and English the way people do in conversation."

_MICROSECONDS = 1_000_000


def pieces(config: Body, variables: Variables, *, text_only: bool, started_at_micros: int) -> tuple[PromptPiece, ...]:
    """The system prompt for a `conversation_config`, rendered."""
    agent, prompt = config["agent"], config["agent"]["prompt"]
    texts = {
        "prompt": variables.filled(prompt["prompt"]),
        "personality": PERSONALITY if prompt["ignore_default_personality"] is False else "",
        "language": language_text(agent, config["language_presets"]),
        **({} if text_only else _spoken(config["tts"])),
        "time": _time_text(prompt["timezone"], started_at_micros),
    }
    return tuple(PromptPiece(name=name, text=text) for name, text in texts.items() if text)


def language_text(agent: Body, presets: Mapping[str, object]) -> str:
    """What to speak; nothing needs to be said about an agent that speaks English only."""
    code: str = agent["language"]
    if code == "en" and not presets:
        return ""
    mixed = f" {HINGLISH}" if agent["hinglish_mode"] and code == "hi" else ""
    return f"Speak {name_of(code)}, unless you are asked to speak another language.{mixed}"


def _spoken(tts: Body) -> dict[str, str]:
    return {
        "voices": "\n".join(_voices_lines(tts["supported_voices"])),
        "tags": _tags_text(tts),
        "writing": WRITING if tts["text_normalisation_type"] == "system_prompt" else "",
    }


def _voices_lines(voices: Sequence[Body]) -> Iterator[str]:
    if not voices:
        return
    yield "You can speak with several voices. Wrap what another voice is to say in its label, like <LABEL>text</LABEL>."
    yield "Labels are case-sensitive and are never nested. Text outside of labels is said with your own voice."
    for voice in voices:
        told = [voice.get("description"), f"speaks {name_of(voice['language'])}" if voice.get("language") else None]
        about = "; ".join(part for part in told if part)
        yield f"- {voice['label']}: {about}" if about else f"- {voice['label']}"


def _tags_text(tts: Body) -> str:
    tags = tts["suggested_audio_tags"]
    if not (tts["expressive_mode"] and tags and "v3" in tts["model_id"]):
        return ""
    named = ", ".join(
        f"[{tag['tag']}]" + (f" ({tag['description']})" if tag.get("description") else "") for tag in tags
    )
    return f"Where it fits, begin a sentence with a tag in brackets to colour your voice: {named}."


def _time_text(timezone: str | None, started_at_micros: int) -> str:
    if not timezone:
        return ""
    start = datetime.fromtimestamp(started_at_micros / _MICROSECONDS, UTC).astimezone(ZoneInfo(timezone))
    return f"This conversation began on {start:%A, %d %B %Y} at {start:%H:%M} ({timezone})."
