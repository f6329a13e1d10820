"""Voices on the wire."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from vivavoce.api.schema import KEPT, Flag, Number, Wire, cleared, known, unsent
from vivavoce.base.json import Body
from vivavoce.features.voices.catalogue import KnownVoice
from vivavoce.features.voices.models import SPEECH_MODELS
from vivavoce.ports.voice import Knob

Name = Annotated[str, Field(min_length=1, max_length=100)]
Description = Annotated[str, Field(max_length=500)]
Label = Annotated[str, Field(max_length=100)]
Labels = Annotated[dict[Annotated[str, Field(max_length=50)], Label], Field(max_length=20)]
Share = Annotated[Number, Field(ge=0, le=1)]
Speed = Annotated[Number, Field(ge=0.25, le=4)]
PREVIEW = "preview"


class VoiceSettings(Wire):
    """How a voice speaks. A provider takes of it what it can."""

    stability: Annotated[Share | None, KEPT] = None
    use_speaker_boost: Annotated[Flag | None, KEPT] = None
    similarity_boost: Annotated[Share | None, KEPT] = None
    style: Annotated[Share | None, KEPT] = None
    speed: Annotated[Speed | None, KEPT] = None


class NewVoice(Wire):
    """A voice made from one in stock. Ours."""

    name: Name
    base_voice_id: Annotated[str, Field(min_length=1, max_length=200)]
    description: Description | None = None
    labels: Labels | None = None
    settings: VoiceSettings | None = None


class VoiceChange(Wire):
    """What can be changed of it."""

    name: Name = unsent()
    description: Annotated[Description | None, cleared(None)] = None
    labels: Annotated[Labels | None, cleared(None)] = None


class StatusResponse(Wire):
    """It is done."""

    status: Literal["ok"]


class VoiceSettingsResponseModel(Wire):
    """Every setting."""

    stability: float
    use_speaker_boost: bool
    similarity_boost: float
    style: float
    speed: float


class VerifiedVoiceLanguageResponseModel(Wire):
    """A language that a voice speaks."""

    language: str
    model_id: str
    accent: str | None
    locale: str | None
    preview_url: str | None


class VoiceResponseModel(Wire):
    """A voice."""

    voice_id: str
    name: str
    samples: None = None
    category: Annotated[str, known("premade", "generated")]
    labels: dict[str, str]
    description: str | None
    preview_url: str | None
    available_for_tiers: list[str]
    settings: VoiceSettingsResponseModel
    high_quality_base_model_ids: list[str]
    verified_languages: list[VerifiedVoiceLanguageResponseModel]
    is_owner: bool
    is_legacy: bool
    is_mixed: bool
    created_at_unix: int | None
    vivavoce_knobs: list[Knob]


class GetVoicesResponseModel(Wire):
    """All voices."""

    voices: list[VoiceResponseModel]


class GetVoicesV2ResponseModel(Wire):
    """A page of voices."""

    voices: list[VoiceResponseModel]
    has_more: bool
    total_count: int
    next_page_token: str | None


class VoiceAccentResponseModel(Wire):
    """An accent that some voice has."""

    accent: str
    language: str
    code: str
    name: str


class GetVoiceAccentsResponseModel(Wire):
    """The accents of all voices."""

    accents: list[VoiceAccentResponseModel]


def preview_path(voice_id: str) -> str:
    """Where a short sentence of a voice is heard."""
    return f"/v1/voices/{voice_id}/samples/{PREVIEW}/audio"


def voice_body(voice: KnownVoice, origin: str) -> Body:
    """A voice as the contract shows it."""
    labels, preview_url = voice.labels, f"{origin}{preview_path(voice.id)}"
    return {
        "voice_id": voice.id,
        "name": voice.name,
        "samples": None,
        "category": voice.category,
        "fine_tuning": None,
        "labels": labels,
        "description": voice.description or None,
        "preview_url": preview_url,
        "available_for_tiers": [],
        "settings": voice.effective_settings(),
        "sharing": None,
        "high_quality_base_model_ids": list(SPEECH_MODELS),
        "verified_languages": [
            {
                "language": language,
                "model_id": next(iter(SPEECH_MODELS)),
                "accent": labels.get("accent"),
                "locale": None,
                "preview_url": preview_url,
            }
            for language in voice.stock.languages
        ],
        "collection_ids": None,
        "safety_control": None,
        "voice_verification": None,
        "permission_on_resource": None if voice.own is None else "admin",
        "is_owner": voice.own is not None,
        "is_legacy": False,
        "is_mixed": False,
        "favorited_at_unix": None,
        "created_at_unix": voice.created_at_seconds,
        "is_bookmarked": None,
        "vivavoce_knobs": list(voice.stock.knobs),
    }


def accents_body(voices: Sequence[KnownVoice]) -> Body:
    """The accents that some voice has, each once."""
    found = {
        (language, accent)
        for voice in voices
        if (accent := voice.labels.get("accent")) and (language := voice.labels.get("language"))
    }
    accents: list[dict[str, Any]] = [
        {"accent": accent, "language": language, "code": f"{language}-{accent}", "name": accent.title()}
        for language, accent in sorted(found)
    ]
    return {"accents": accents}
