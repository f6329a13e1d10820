"""Deepgram's ear: streaming transcription over a WebSocket.

When a turn is over is decided here, so Deepgram's own end-pointing is off unless the settings ask for it: a pause is
answered when we ask (`Finalize`), which is sooner than any silence that it could wait for.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from pydantic import Field, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.ports.outbound import LineRequest
from vivavoce.ports.speech import EarWishes
from vivavoce.providers.far import LIVE, KeyedOptions, Vendor, field_of, first_of, text_of, web_socket_address
from vivavoce.providers.registry import Outside, Provider
from vivavoce.providers.speech._streaming import Endurance, Partial, Settled, Spoken, StreamingEar, Told

_MOST_KEYWORDS = 100
_RATE_HZ = 16_000


class DeepgramEarOptions(KeyedOptions):
    """Where it is, and how it listens."""

    base_url: str = Field(default="wss://api.deepgram.com", description="Its address; your own one, if you host it.")
    model: str = Field(default="nova-3", description="The model that listens.")
    language: str | None = Field(
        default=None, description="One language for all calls, such as multi; otherwise the agent's."
    )
    smart_format: bool = Field(default=True, description="Write numbers, dates and the like as people write them.")
    endpointing_ms: int | None = Field(
        default=None, ge=10, description="Silence after which it settles words by itself; normally we ask it to."
    )
    parameters: Mapping[str, str] = Field(
        default_factory=dict, description="More parameters of its listen API, such as profanity_filter."
    )
    answer_seconds: float = Field(default=1.5, gt=0, description="How long a final may take.")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return web_socket_address(value)

    @field_validator("model")
    @classmethod
    def _is_spoken(cls, value: str) -> str:
        if value.startswith("flux"):
            raise ValueError("is a model with a protocol of its own, which decides about turns itself; take nova-3")
        return value


@frozen
class DeepgramDialect:
    """How its line is spoken (`_streaming.Dialect`)."""

    options: DeepgramEarOptions
    always_answers: bool = False
    """Mostly it does; where it holds back nothing it may say nothing."""
    least_asked_seconds: float = 0.0

    @property
    def vendor(self) -> Vendor:
        """Deepgram."""
        return Vendor("Deepgram", (self.options.api_key.get_secret_value(),))

    def request(self, wishes: EarWishes) -> LineRequest:
        """All that it is told stands in the address."""
        options = self.options
        # Newer models take whole terms, older ones words.
        keywords = "keyterm" if options.model.startswith("nova-3") else "keywords"
        query = [
            ("model", options.model),
            ("language", options.language or _code(wishes.language)),
            ("encoding", "linear16"),
            ("sample_rate", str(_RATE_HZ)),
            ("channels", "1"),
            ("interim_results", "true"),
            ("punctuate", "true"),
            ("smart_format", "true" if options.smart_format else "false"),
            ("endpointing", str(options.endpointing_ms) if options.endpointing_ms else "false"),
            *((keywords, keyword) for keyword in wishes.keywords[:_MOST_KEYWORDS]),
            *options.parameters.items(),
        ]
        key = options.api_key.get_secret_value()
        return LineRequest(f"{options.base_url}/v1/listen?{urlencode(query)}", {"authorization": f"Token {key}"}, LIVE)

    def audio(self, pcm: bytes) -> bytes:
        """As it is."""
        return pcm

    def ask(self) -> str:
        """Settle everything that you have been sent."""
        return '{"type":"Finalize"}'

    def keep_alive(self) -> str:
        """It hangs up after ten seconds without a message."""
        return '{"type":"KeepAlive"}'

    def goodbye(self) -> str:
        """That was all."""
        return '{"type":"CloseStream"}'

    def read(self, message: str | bytes) -> Iterable[Told]:
        """Results are words; all else is about itself."""
        body = self.vendor.json(message)
        match body.get("type"):
            case "Results":
                yield from _results(body)
            case "Error" | "error":
                raise self.vendor.complaint(text_of(body.get("description")) or text_of(body.get("message")))
            case _:
                return


def _code(language: str) -> str:
    """A language as Deepgram writes it: pt-BR."""
    code, dash, region = language.partition("-")
    return f"{code}{dash}{region.upper() if len(region) == 2 else region.capitalize()}"


def _results(body: Mapping[str, Json]) -> Iterable[Told]:
    best = first_of(field_of(body.get("channel"), "alternatives"))
    if language := text_of(first_of(field_of(best, "languages"))):
        yield Spoken(language)
    text = text_of(field_of(best, "transcript")).strip()
    if not body.get("is_final"):
        yield Partial(text)
        return
    yield Settled(text, body.get("from_finalize") is True, _end(body))


def _end(body: Mapping[str, Json]) -> float | None:
    start, duration = body.get("start"), body.get("duration")
    if isinstance(start, int | float) and isinstance(duration, int | float):
        return start + duration
    return None


def make(options: DeepgramEarOptions, outside: Outside) -> StreamingEar:
    """The ear."""
    endurance = Endurance(answer_seconds=options.answer_seconds)
    return StreamingEar(DeepgramDialect(options), outside.configured, endurance, _RATE_HZ)


PROVIDER = Provider("ear", "Deepgram: quick streaming transcription in many languages.", DeepgramEarOptions, make)
