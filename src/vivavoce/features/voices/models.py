"""The names of speech models that the contract's clients use, and what they mean here.

Which model speaks is the voice's business: every voice has its own, whatever model is named. The names are kept so that
clients which choose one go on working.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from vivavoce.base.json import Body
from vivavoce.base.languages import name_of

LONGEST_TEXT: Final = 40_000
"""Characters of one request, for every model."""

DEFAULT_SPEECH_MODEL: Final = "eleven_multilingual_v2"
SPEECH_MODELS: Final[Mapping[str, str]] = {
    "eleven_multilingual_v2": "Multilingual v2",
    "eleven_flash_v2_5": "Flash v2.5",
    "eleven_flash_v2": "Flash v2",
    "eleven_turbo_v2_5": "Turbo v2.5",
    "eleven_turbo_v2": "Turbo v2",
    "eleven_v3": "v3",
}
HEARING_MODELS: Final[Mapping[str, str]] = {
    "scribe_v1": "Scribe v1",
    "scribe_v2": "Scribe v2",
    "scribe_v2_realtime": "Scribe v2 Realtime",
}


def listed_models(spoken: Iterable[str], providers: Sequence[str]) -> list[Body]:
    """The models as the contract shows them; `spoken` are the languages of the voices here."""
    languages = [
        {"language_id": code, "name": name_of(code)} for code in sorted({code.split("-")[0].lower() for code in spoken})
    ]
    speaks = f"Spoken by the voices of this server ({', '.join(providers)}); which model does it is the voice's."
    hears = "Understood by the ear of this server."
    return [
        *(_model(id, name, speaks, languages, speaks=True) for id, name in SPEECH_MODELS.items()),
        *(_model(id, name, hears, [], speaks=False) for id, name in HEARING_MODELS.items()),
    ]


def _model(id: str, name: str, description: str, languages: Sequence[Body], *, speaks: bool) -> Body:
    return {
        "model_id": id,
        "name": name,
        "can_be_finetuned": False,
        "can_do_text_to_speech": speaks,
        "can_do_voice_conversion": False,
        "can_use_style": False,
        "can_use_speaker_boost": False,
        "serves_pro_voices": False,
        "token_cost_factor": 0.0,
        "description": description,
        "requires_alpha_access": False,
        "max_characters_request_free_user": LONGEST_TEXT,
        "max_characters_request_subscribed_user": LONGEST_TEXT,
        "maximum_text_length_per_request": LONGEST_TEXT,
        "languages": languages,
        "model_rates": {"character_cost_multiplier": 0.0, "cost_discount_multiplier": 1.0},
        "concurrency_group": "standard",
    }
