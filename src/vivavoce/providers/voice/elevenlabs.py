"""ElevenLabs' voices, streamed over a WebSocket, with the place of every character.

The line for several contexts is used (`multi-stream-input`), a context for each piece: so pieces can be told apart, a
reply that is broken off leaves a line that can be used again, and the next reply begins without a handshake.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from urllib.parse import quote, urlencode

import orjson
from pybase64 import b64decode
from pydantic import Field, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.engine.events import Alignment
from vivavoce.engine.plan import VoiceChoice
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
from vivavoce.providers.markup import is_marked_up
from vivavoce.providers.registry import Outside, Provider
from vivavoce.providers.voice._lines import (
    Endurance,
    KeptLines,
    LineVoice,
    Over,
    Piece,
    Refused,
    Sound,
    Told,
)

_RATE_HZ = 24_000
_STREAMS = ("eleven_flash_v2_5", "eleven_flash_v2", "eleven_turbo_v2_5", "eleven_turbo_v2", "eleven_multilingual_v2")
_TAKES_LANGUAGE = ("eleven_flash_v2_5", "eleven_turbo_v2_5")
_LINE_SECONDS = 180
_HOPELESS = frozenset({"voice_not_found", "model_not_found"})
_DENIED = frozenset({"quota_exceeded", "invalid_api_key", "payment_required"})
_MOST_PAGES = 10


class ElevenLabsVoiceOptions(KeyedOptions):
    """Where it is, and how it speaks."""

    base_url: str = Field(default="wss://api.elevenlabs.io", description="Its address.")
    model: str = Field(
        default="eleven_flash_v2_5", description="The model for agents whose own model it cannot stream."
    )
    default: str = Field(default="cjVigY5qzO86Huf0OWal", description="The voice for agents that name none.")
    voices: Mapping[str, str] = Field(default_factory=dict, description="Voice ids and the id each has there.")
    stability: float | None = Field(default=None, ge=0, le=1, description="For agents that do not say.")
    similarity_boost: float | None = Field(default=None, ge=0, le=1, description="For agents that do not say.")
    keeps_logs: bool = Field(default=True, description="False asks the vendor to keep nothing, where the plan allows.")
    silence_seconds: float = Field(default=8.0, gt=0, description="Silence after which it is taken for dead.")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return web_socket_address(value)


@frozen
class ElevenLabsVoiceDialect:
    """How its line is spoken (`_lines.Dialect`)."""

    options: ElevenLabsVoiceOptions
    aligns: bool = True
    reads_markup: bool = True
    most_pieces: int = 200
    most_contexts: int = 5

    @property
    def vendor(self) -> Vendor:
        """ElevenLabs."""
        return Vendor("ElevenLabs", (self.options.api_key.get_secret_value(),))

    def request(self, piece: Piece) -> LineRequest:
        """Voice, model and language stand in the address."""
        options, choice = self.options, piece.voice
        voice = options.voices.get(choice.voice_id, choice.voice_id) or options.default
        model = choice.model_id if choice.model_id in _STREAMS else options.model
        query = {
            "model_id": model,
            "output_format": f"pcm_{_RATE_HZ}",
            "auto_mode": "true",
            "sync_alignment": "true",
            "inactivity_timeout": str(_LINE_SECONDS),
            "enable_logging": "true" if options.keeps_logs else "false",
        }
        # The newest models take `on` in the vendor's largest plan only, and refuse the line in all others.
        if piece.normalisation == "off" or (piece.normalisation == "on" and model not in _TAKES_LANGUAGE):
            query["apply_text_normalization"] = piece.normalisation
        # A text that has none may have signs that would be taken for some.
        if is_marked_up(piece.text):
            query["enable_ssml_parsing"] = "true"
        if model in _TAKES_LANGUAGE and piece.language:
            query["language_code"] = piece.language.partition("-")[0]
        return LineRequest(
            f"{options.base_url}/v1/text-to-speech/{quote(voice, safe='')}/multi-stream-input?{urlencode(query)}",
            {"xi-api-key": options.api_key.get_secret_value()},
            LIVE,
        )

    def say(self, context: str, piece: Piece) -> Sequence[str]:
        """A context that is closed at once says its piece, and then that it is over."""
        opening: Body = {"text": " ", "context_id": context}
        if settings := self._settings(piece.voice):
            opening["voice_settings"] = settings
        said = {"text": piece.text.strip() + " ", "context_id": context, "flush": True}
        return [_encoded(opening), _encoded(said), _encoded({"context_id": context, "close_context": True})]

    def _settings(self, choice: VoiceChoice) -> Mapping[str, float]:
        stability = choice.stability if choice.stability is not None else self.options.stability
        similarity = choice.similarity_boost if choice.similarity_boost is not None else self.options.similarity_boost
        wanted = {"stability": stability, "similarity_boost": similarity, "speed": choice.speed}
        return {name: value for name, value in wanted.items() if value is not None}

    def hush(self, contexts: Sequence[str]) -> Sequence[str]:
        """Close them; what comes of them later has no listener."""
        return [_encoded({"context_id": context, "close_context": True}) for context in contexts]

    def keeps_line(self) -> bool:
        """Contexts have names."""
        return True

    def read(self, message: str | bytes) -> Iterable[Told]:
        """Sound with its characters, ends, and errors."""
        body = self.vendor.json(message)
        context = text_of(body.get("contextId")) or text_of(body.get("context_id"))
        if error := body.get("error"):
            said = text_of(body.get("message")) or text_of(error)
            code = text_of(error)
            yield Refused(self.vendor.complaint(said, hopeless=code in _HOPELESS, denied=code in _DENIED), context)
            return
        if audio := text_of(body.get("audio")):
            alignment = _alignment(body.get("alignment") or body.get("normalizedAlignment"))
            yield Sound(_decoded(audio, self.vendor), context, alignment)
        if body.get("isFinal") or body.get("is_final"):
            yield Over(context)


def _alignment(given: Json) -> Alignment | None:
    characters = list_of(field_of(given, "chars"))
    starts = list_of(field_of(given, "charStartTimesMs")) or list_of(field_of(given, "charsStartTimesMs"))
    if not characters or len(characters) != len(starts):
        return None
    each = [(text_of(character), start / 1_000) for character, start in zip(characters, starts, strict=True)]
    # An entry may be several characters, which then begin together.
    return Alignment("".join(text for text, _ in each), tuple(start for text, start in each for _ in text))


def _encoded(body: Mapping[str, Json]) -> str:
    return orjson.dumps(body).decode()


def _decoded(audio: str, vendor: Vendor) -> bytes:
    try:
        return b64decode(audio, validate=True)
    except ValueError:
        raise Trouble(f"{vendor.name} sent sound that cannot be read.") from None


async def _stock(options: ElevenLabsVoiceOptions, outbound: Outbound) -> Sequence[StockVoice]:
    headers = {"xi-api-key": options.api_key.get_secret_value()}
    vendor = ElevenLabsVoiceDialect(options).vendor
    voices: list[StockVoice] = []
    more = ""
    for _ in range(_MOST_PAGES):
        url = f"{as_http(options.base_url)}/v2/voices?page_size=100{more}"
        body = await asked_json(outbound, vendor, Request("GET", url, headers))
        voices += [_stock_voice(voice) for voice in list_of(field_of(body, "voices"))]
        token = text_of(field_of(body, "next_page_token"))
        if not field_of(body, "has_more") or not token:
            break
        more = f"&next_page_token={quote(token, safe='')}"
    return sorted(voices, key=lambda each: each.voice_id != options.default)


def _stock_voice(voice: Json) -> StockVoice:
    labels = field_of(voice, "labels")
    languages = [text_of(field_of(each, "language")) for each in list_of(field_of(voice, "verified_languages"))]
    return StockVoice(
        text_of(field_of(voice, "voice_id")),
        text_of(field_of(voice, "name")),
        tuple(dict.fromkeys(filter(None, [text_of(field_of(labels, "language")), *languages]))),
        text_of(field_of(labels, "gender")),
        text_of(field_of(labels, "accent")),
        text_of(field_of(labels, "age")),
        text_of(field_of(voice, "description")),
        text_of(field_of(labels, "use_case")),
        knobs=("speed", "stability", "similarity"),
    )


def make(options: ElevenLabsVoiceOptions, outside: Outside) -> LineVoice:
    """The voice."""
    endurance = Endurance(silence_seconds=options.silence_seconds)
    lines = KeptLines(outside.configured, endurance.idle_seconds)
    stocking = partial(_stock, options, outside.configured)
    return LineVoice(ElevenLabsVoiceDialect(options), lines, stocking, _RATE_HZ, endurance)


PROVIDER = Provider("voice", "ElevenLabs: many voices in many languages.", ElevenLabsVoiceOptions, make)
