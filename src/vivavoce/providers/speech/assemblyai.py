"""AssemblyAI's ear: Universal Streaming over a WebSocket.

Its own end of turn comes late on purpose, because ours is decided here: a turn of its ends when it is forced to.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import orjson
from pydantic import Field, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json, is_array
from vivavoce.ports.outbound import LineRequest
from vivavoce.ports.speech import EarWishes
from vivavoce.providers.far import LIVE, KeyedOptions, Vendor, field_of, text_of, web_socket_address
from vivavoce.providers.registry import Outside, Provider
from vivavoce.providers.speech._streaming import Endurance, Partial, Settled, Spoken, StreamingEar, Told

_RATE_HZ = 16_000
_MOST_KEYWORDS = 100
_LATE_MS = 2_000
"""Its own end of a turn, long after ours."""
_LONGEST_KEYWORD = 50
_MULTILINGUAL = frozenset({"de", "es", "fr", "it", "pt"})


class AssemblyAIOptions(KeyedOptions):
    """Where it is, and how it listens."""

    base_url: str = Field(
        default="wss://streaming.assemblyai.com",
        description="Its address; wss://streaming.eu.assemblyai.com stays in Europe.",
    )
    model: str = Field(default="universal-streaming-english", description="The model for English.")
    multilingual_model: str = Field(
        default="universal-streaming-multilingual",
        description="The model for French, German, Italian, Portuguese and Spanish.",
    )
    other_model: str = Field(default="whisper-rt", description="The model for every other language.")
    formats: bool = Field(default=False, description="Punctuation and capitals in finals, which then come later.")
    answer_seconds: float = Field(default=1.5, gt=0, description="How long a final may take.")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return web_socket_address(value)


@frozen
class AssemblyAIDialect:
    """How its line is spoken (`_streaming.Dialect`)."""

    options: AssemblyAIOptions
    always_answers: bool = False
    """Where it has heard nothing there is no turn to end, and it says nothing."""
    least_asked_seconds: float = 0.0

    @property
    def vendor(self) -> Vendor:
        """AssemblyAI."""
        return Vendor("AssemblyAI", (self.options.api_key.get_secret_value(),))

    def request(self, wishes: EarWishes) -> LineRequest:
        """All that it is told stands in the address."""
        options = self.options
        language = wishes.language.partition("-")[0]
        model = self._model(language)
        keywords = [keyword for keyword in wishes.keywords if len(keyword) <= _LONGEST_KEYWORD][:_MOST_KEYWORDS]
        query = {
            "sample_rate": str(_RATE_HZ),
            "encoding": "pcm_s16le",
            "speech_model": model,
            "format_turns": "true" if options.formats else "false",
            "end_of_turn_confidence_threshold": "1.0",
            "min_turn_silence": str(_LATE_MS),
            "max_turn_silence": str(_LATE_MS),
            "language_detection": "false" if language == "en" else "true",
        }
        if keywords and not model.startswith("whisper"):
            query["keyterms_prompt"] = orjson.dumps(keywords).decode()
        key = options.api_key.get_secret_value()
        return LineRequest(f"{options.base_url}/v3/ws?{urlencode(query)}", {"authorization": key}, LIVE)

    def _model(self, language: str) -> str:
        options = self.options
        if language == "en":
            return options.model
        return options.multilingual_model if language in _MULTILINGUAL else options.other_model

    def audio(self, pcm: bytes) -> bytes:
        """As it is; it wants 50 ms at least and a second at most."""
        return pcm

    def ask(self) -> str:
        """End the turn."""
        return '{"type":"ForceEndpoint"}'

    def keep_alive(self) -> str:
        """Still here."""
        return '{"type":"KeepAlive"}'

    def goodbye(self) -> str:
        """It bills until it hears this."""
        return '{"type":"Terminate"}'

    def read(self, message: str | bytes) -> Iterable[Told]:
        """Turns are words; all else is about itself."""
        body = self.vendor.json(message)
        if "error" in body:
            raise self.vendor.complaint(text_of(body["error"]))
        if body.get("type") != "Turn":
            return
        if language := text_of(body.get("language_code")):
            yield Spoken(language)
        text = text_of(body.get("transcript")).strip()
        if not body.get("end_of_turn"):
            yield Partial(_so_far(body) or text)
        elif self.options.formats and not body.get("turn_is_formatted"):
            # The same turn comes once more, written out.
            yield Partial(text)
        else:
            yield Settled(text, answers=True)


def _so_far(body: Mapping[str, Json]) -> str:
    """The words with those that may still change; the transcript has only the others."""
    words = body.get("words")
    return " ".join(text_of(field_of(word, "text")) for word in words) if is_array(words) else ""


def make(options: AssemblyAIOptions, outside: Outside) -> StreamingEar:
    """The ear."""
    endurance = Endurance(answer_seconds=options.answer_seconds)
    return StreamingEar(AssemblyAIDialect(options), outside.configured, endurance, _RATE_HZ)


PROVIDER = Provider("ear", "AssemblyAI: streaming transcription.", AssemblyAIOptions, make)
