"""Cartesia's voices, streamed over a WebSocket, with the place of every word. Each piece is a context."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import orjson
from pybase64 import b64decode
from pydantic import Field, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.ports.outbound import LineRequest, Outbound, Request
from vivavoce.ports.voice import StockVoice
from vivavoce.providers.far import (
    LIVE,
    KeyedOptions,
    Trouble,
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
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SLOWEST, _FASTEST = 0.6, 1.5
_MOST_PAGES = 10
_GENDERS = {"feminine": "female", "masculine": "male", "gender_neutral": "neutral"}
_HOPELESS = frozenset({400, 404})
_DENIED = frozenset({401, 402, 403})


class CartesiaOptions(KeyedOptions):
    """Where it is, and how it speaks."""

    base_url: str = Field(default="wss://api.cartesia.ai", description="Its address.")
    version: str = Field(default="2025-04-16", description="The version of its API that is asked for.")
    model: str = Field(default="sonic-3", description="The model that speaks.")
    default: str = Field(
        default="a0e99841-438c-4a64-b679-ae501e7d6091", description="The voice for agents that name none."
    )
    voices: Mapping[str, str] = Field(default_factory=dict, description="Voice ids and the id each has there.")
    silence_seconds: float = Field(default=8.0, gt=0, description="Silence after which it is taken for dead.")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return web_socket_address(value)


@frozen
class CartesiaDialect:
    """How its line is spoken (`_lines.Dialect`)."""

    options: CartesiaOptions
    aligns: bool = True
    reads_markup: bool = False
    most_pieces: int = 10_000
    most_contexts: int = 20

    @property
    def vendor(self) -> Vendor:
        """Cartesia."""
        return Vendor("Cartesia", (self.options.api_key.get_secret_value(),))

    def request(self, piece: Piece) -> LineRequest:
        """One line for all voices: each context names its own."""
        _ = piece
        return LineRequest(f"{self.options.base_url}/tts/websocket", self.headers(), LIVE)

    def headers(self) -> Mapping[str, str]:
        """What every request carries."""
        return {"x-api-key": self.options.api_key.get_secret_value(), "cartesia-version": self.options.version}

    def say(self, context: str, piece: Piece) -> Sequence[str]:
        """A context with all of its text."""
        body: Body = {
            "model_id": self.options.model,
            "transcript": piece.text,
            "voice": {"mode": "id", "id": self._voice(piece.voice.voice_id)},
            "context_id": context,
            "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": _RATE_HZ},
            "add_timestamps": True,
            "continue": False,
        }
        if piece.language:
            body["language"] = piece.language.partition("-")[0]
        if piece.voice.speed is not None:
            body["generation_config"] = {"speed": min(_FASTEST, max(_SLOWEST, piece.voice.speed))}
        return [orjson.dumps(body).decode()]

    def _voice(self, wanted: str) -> str:
        voice = self.options.voices.get(wanted, wanted)
        return voice if _ID.fullmatch(voice) else self.options.default

    def hush(self, contexts: Sequence[str]) -> Sequence[str]:
        """Cancel them."""
        return [orjson.dumps({"context_id": context, "cancel": True}).decode() for context in contexts]

    def keeps_line(self) -> bool:
        """Contexts have names."""
        return True

    def read(self, message: str | bytes) -> Iterable[Told]:
        """Sound, words with their places, ends, and errors."""
        body = self.vendor.json(message)
        context = text_of(body.get("context_id"))
        match body.get("type"):
            case "chunk":
                yield Sound(self._pcm(text_of(body.get("data"))), context)
            case "timestamps":
                yield Sound(b"", context, words=_words(body.get("word_timestamps")))
            case "done":
                yield Over(context)
            case "error":
                said = text_of(body.get("message")) or text_of(body.get("error")) or text_of(body.get("title"))
                status = body.get("status_code")
                trouble = self.vendor.complaint(said, hopeless=status in _HOPELESS, denied=status in _DENIED)
                yield Refused(trouble, context)
            case _:
                return

    def _pcm(self, data: str) -> bytes:
        try:
            return b64decode(data, validate=True)
        except ValueError:
            raise Trouble(f"{self.vendor.name} sent sound that cannot be read.") from None


def _words(given: Json) -> Sequence[tuple[str, float]]:
    words, starts = list_of(field_of(given, "words")), list_of(field_of(given, "start"))
    return [(text_of(word), float(start)) for word, start in zip(words, starts, strict=False)]


async def _stock(options: CartesiaOptions, outbound: Outbound) -> Sequence[StockVoice]:
    dialect = CartesiaDialect(options)
    voices: list[StockVoice] = []
    more = ""
    for _ in range(_MOST_PAGES):
        url = f"{as_http(options.base_url)}/voices?limit=100{more}"
        body = await asked_json(outbound, dialect.vendor, Request("GET", url, dialect.headers()))
        page = [_stock_voice(voice) for voice in list_of(field_of(body, "data")) or list_of(body)]
        voices += page
        if not page or not field_of(body, "has_more"):
            break
        more = f"&starting_after={page[-1].voice_id}"
    return sorted(voices, key=lambda each: each.voice_id != options.default)


def _stock_voice(voice: Json) -> StockVoice:
    gender = _GENDERS.get(text_of(field_of(voice, "gender")), "")
    return StockVoice(
        text_of(field_of(voice, "id")),
        text_of(field_of(voice, "name")),
        tuple(filter(None, [text_of(field_of(voice, "language"))])),
        gender,
        description=text_of(field_of(voice, "description")),
    )


def make(options: CartesiaOptions, outside: Outside) -> LineVoice:
    """The voice."""
    endurance = Endurance(silence_seconds=options.silence_seconds)
    lines = KeptLines(outside.configured, endurance.idle_seconds)
    stocking = partial(_stock, options, outside.configured)
    return LineVoice(CartesiaDialect(options), lines, stocking, _RATE_HZ, endurance)


PROVIDER = Provider("voice", "Cartesia: quick voices in many languages.", CartesiaOptions, make)
