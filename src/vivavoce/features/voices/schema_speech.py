"""Text to speech on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Wire
from vivavoce.base.json import Body
from vivavoce.engine.events import Alignment
from vivavoce.features.voices.models import DEFAULT_SPEECH_MODEL, LONGEST_TEXT
from vivavoce.features.voices.schema import VoiceSettings

Id = Annotated[str, Field(max_length=200)]
Ids = Annotated[list[Id], Field(max_length=3)]
Context = Annotated[str, Field(max_length=LONGEST_TEXT)]


class PronunciationDictionaryVersionLocator(Wire):
    """A pronunciation dictionary; its newest version if none is named."""

    pronunciation_dictionary_id: Id
    version_id: Id | None = None


Locators = Annotated[list[PronunciationDictionaryVersionLocator], Field(max_length=3)]


class TextToSpeechRequest(Wire):
    """What is to be said, and how."""

    # Refused by who speaks, in words that say what to do.
    text: Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": LONGEST_TEXT})]
    model_id: Id = DEFAULT_SPEECH_MODEL
    language_code: Annotated[str, Field(max_length=35)] | None = None
    voice_settings: VoiceSettings | None = None
    pronunciation_dictionary_locators: Locators | None = None
    seed: Integer | None = None
    previous_text: Context | None = None
    next_text: Context | None = None
    previous_request_ids: Ids | None = None
    next_request_ids: Ids | None = None
    use_pvc_as_ivc: Flag = False
    apply_text_normalization: Literal["auto", "on", "off"] = "auto"
    apply_language_text_normalization: Flag = False


class CharacterAlignmentResponseModel(Wire):
    """When each character sounds."""

    characters: list[str]
    character_start_times_seconds: list[float]
    character_end_times_seconds: list[float]


class AudioWithTimestampsResponseModel(Wire):
    """Sound and its characters."""

    audio_base64: str
    alignment: CharacterAlignmentResponseModel | None
    normalized_alignment: CharacterAlignmentResponseModel | None


def alignment_body(alignment: Alignment | None, end_seconds: float, begin_seconds: float = 0.0) -> Body | None:
    """An alignment as the contract's HTTP shows it: a character ends where the next one begins."""
    if alignment is None:
        return None
    starts = [round(begin_seconds + start, 4) for start in alignment.starts_seconds]
    ends = [*starts[1:], round(max(begin_seconds + end_seconds, starts[-1] if starts else 0.0), 4)]
    return {
        "characters": list(alignment.text),
        "character_start_times_seconds": starts,
        "character_end_times_seconds": ends[: len(starts)],
    }
