"""Speech to text on the wire."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from vivavoce.api.schema import Wire
from vivavoce.base.json import Body
from vivavoce.features.voices.dictation import Stretch, timed_words

Granularity = Literal["none", "word", "character"]

THREE_LETTERS: Final[Mapping[str, str]] = {
    "ar": "ara",
    "bg": "bul",
    "cs": "ces",
    "da": "dan",
    "de": "deu",
    "el": "ell",
    "en": "eng",
    "es": "spa",
    "fi": "fin",
    "fr": "fra",
    "hi": "hin",
    "hr": "hrv",
    "hu": "hun",
    "id": "ind",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "ms": "msa",
    "nl": "nld",
    "no": "nor",
    "pl": "pol",
    "pt": "por",
    "ro": "ron",
    "ru": "rus",
    "sk": "slk",
    "sv": "swe",
    "ta": "tam",
    "tr": "tur",
    "uk": "ukr",
    "vi": "vie",
    "zh": "zho",
}
_TWO_LETTERS = {three: two for two, three in THREE_LETTERS.items()}


class SpeechToTextCharacterResponseModel(Wire):
    """A character and when it was said."""

    text: str
    start: float
    end: float


class SpeechToTextWordResponseModel(Wire):
    """A word or a space, and when it was said."""

    text: str
    start: float
    end: float
    type: Literal["word", "spacing"]
    speaker_id: None = None
    logprob: float
    characters: list[SpeechToTextCharacterResponseModel] | None = None


class SpeechToTextChunkResponseModel(Wire):
    """What was said."""

    language_code: str
    language_probability: float
    text: str
    words: list[SpeechToTextWordResponseModel]
    transcription_id: None = None
    audio_duration_secs: float


def two_letters(code: str) -> str:
    """A language as ears know it: the contract also has codes of three letters."""
    return _TWO_LETTERS.get(code.lower(), code)


def transcript_body(
    stretches: Sequence[Stretch], language: str, seconds: float, granularity: Granularity = "word"
) -> Body:
    """A transcript as the contract shows it."""
    return {
        "language_code": THREE_LETTERS.get(language.partition("-")[0], language),
        "language_probability": 1.0,
        "text": " ".join(stretch.text for stretch in stretches),
        "words": [] if granularity == "none" else words_body(stretches, granularity),
        "transcription_id": None,
        "audio_duration_secs": round(seconds, 3),
    }


def words_body(stretches: Sequence[Stretch], granularity: Granularity = "word") -> list[Body]:
    """Its words. How sure the ear was of each, no ear here says."""
    return [
        {
            "text": word.text,
            "start": word.begin_seconds,
            "end": word.end_seconds,
            "type": "spacing" if word.is_space else "word",
            "speaker_id": None,
            "logprob": 0.0,
            "characters": [{"text": text, "start": start, "end": end} for text, start, end in word.characters]
            if granularity == "character"
            else None,
        }
        for word in timed_words(stretches)
    ]
