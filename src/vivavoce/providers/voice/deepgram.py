"""Deepgram's voices (Aura), streamed over a WebSocket.

It knows no names for what it is told to say: a piece is over when its flush is answered. So a reply that is broken off
takes its line along, and because flushes are rationed (twenty a minute on a line) a line speaks so many and no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from urllib.parse import urlencode

import orjson
from pydantic import Field, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.ports.outbound import LineRequest, Outbound, Request
from vivavoce.ports.voice import StockVoice
from vivavoce.providers.far import (
    LIVE,
    KeyedOptions,
    Vendor,
    as_http,
    asked_json,
    field_of,
    list_of,
    text_of,
    web_socket_address,
)
from vivavoce.providers.registry import Outside, Provider
from vivavoce.providers.voice._lines import Endurance, KeptLines, LineVoice, Over, Piece, Refused, Sound, Told

_RATE_HZ = 24_000
_SLOWEST, _FASTEST = 0.7, 1.5


class DeepgramVoiceOptions(KeyedOptions):
    """Where it is, and how it speaks."""

    base_url: str = Field(default="wss://api.deepgram.com", description="Its address; your own one, if you host it.")
    default: str = Field(default="aura-2-thalia-en", description="The voice for agents that name none.")
    voices: Mapping[str, str] = Field(default_factory=dict, description="Voice ids and the voice each gets.")
    silence_seconds: float = Field(default=8.0, gt=0, description="Silence after which it is taken for dead.")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return web_socket_address(value)


@frozen
class DeepgramVoiceDialect:
    """How its line is spoken (`_lines.Dialect`)."""

    options: DeepgramVoiceOptions
    aligns: bool = False
    reads_markup: bool = False
    most_pieces: int = 18
    most_contexts: int = 18

    @property
    def vendor(self) -> Vendor:
        """Deepgram."""
        return Vendor("Deepgram", (self.options.api_key.get_secret_value(),))

    def request(self, piece: Piece) -> LineRequest:
        """The voice and its speed stand in the address."""
        options = self.options
        voice = options.voices.get(piece.voice.voice_id, piece.voice.voice_id)
        query = {
            "model": voice if voice.startswith("aura") else options.default,
            "encoding": "linear16",
            "sample_rate": str(_RATE_HZ),
        }
        if piece.voice.speed is not None and piece.voice.speed != 1.0:
            query["speed"] = str(min(_FASTEST, max(_SLOWEST, piece.voice.speed)))
        return LineRequest(f"{options.base_url}/v1/speak?{urlencode(query)}", self.headers(), LIVE)

    def headers(self) -> Mapping[str, str]:
        """What every request carries."""
        return {"authorization": f"Token {self.options.api_key.get_secret_value()}"}

    def say(self, context: str, piece: Piece) -> Sequence[str]:
        """Some text, and that it is to be spoken now."""
        _ = context
        return [orjson.dumps({"type": "Speak", "text": piece.text}).decode(), '{"type":"Flush"}']

    def hush(self, contexts: Sequence[str]) -> Sequence[str]:
        """All of it."""
        _ = contexts
        return ['{"type":"Clear"}', '{"type":"Close"}']

    def keeps_line(self) -> bool:
        """Nobody could tell late sound from new."""
        return False

    def read(self, message: str | bytes) -> Iterable[Told]:
        """Sound is binary, all else is JSON."""
        if isinstance(message, bytes):
            yield Sound(message)
            return
        body = self.vendor.json(message)
        match body.get("type"):
            case "Flushed":
                yield Over()
            case "Warning" | "Error" | "error":
                # A warning says that what was asked will not be done, such as one flush too many.
                yield Refused(self.vendor.complaint(text_of(body.get("description")) or text_of(body.get("err_msg"))))
            case _:
                return


async def _stock(options: DeepgramVoiceOptions, outbound: Outbound) -> Sequence[StockVoice]:
    dialect = DeepgramVoiceDialect(options)
    request = Request("GET", f"{as_http(options.base_url)}/v1/models", dialect.headers())
    body = await asked_json(outbound, dialect.vendor, request)
    voices = [_stock_voice(voice) for voice in list_of(field_of(body, "tts"))]
    return sorted(voices, key=lambda each: each.voice_id != options.default)


def _stock_voice(voice: Json) -> StockVoice:
    about = field_of(voice, "metadata")
    tags = [text_of(tag) for tag in list_of(field_of(about, "tags"))]
    gender = next(({"feminine": "female", "masculine": "male"}[tag] for tag in tags if tag in _GENDERS), "")
    return StockVoice(
        text_of(field_of(voice, "canonical_name")),
        text_of(field_of(voice, "name")).capitalize(),
        tuple(text_of(language) for language in list_of(field_of(voice, "languages"))),
        gender,
        text_of(field_of(about, "accent")).lower(),
        text_of(field_of(about, "age")).lower(),
        ", ".join(tag for tag in tags if tag not in _GENDERS),
        speaks_only_these=True,
    )


_GENDERS = frozenset({"feminine", "masculine"})


def make(options: DeepgramVoiceOptions, outside: Outside) -> LineVoice:
    """The voice."""
    endurance = Endurance(silence_seconds=options.silence_seconds)
    lines = KeptLines(outside.configured, endurance.idle_seconds)
    stocking = partial(_stock, options, outside.configured)
    return LineVoice(DeepgramVoiceDialect(options), lines, stocking, _RATE_HZ, endurance)


PROVIDER = Provider("voice", "Deepgram Aura: quick voices.", DeepgramVoiceOptions, make)
