"""Any server that speaks OpenAI's speech API: OpenAI itself, Kokoro-FastAPI, speaches, vLLM and others."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence

import orjson
from pydantic import Field, SecretStr, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.ports.outbound import Outbound, Patience, Request
from vivavoce.ports.voice import StockVoice
from vivavoce.providers.far import Vendor, http_address, said_in
from vivavoce.providers.registry import Options, Outside, Provider
from vivavoce.providers.voice._lines import Piece
from vivavoce.providers.voice._pieces import PieceVoice

_FOREIGN_ID = re.compile(r"[A-Za-z0-9]{20}")
"""A voice id of the contract's, which no such server knows."""
_SLOWEST, _FASTEST = 0.25, 4.0
_LARGEST_BYTES = 64 * 1024 * 1024
_GENDERS = {
    "alloy": "neutral", "ash": "male", "ballad": "male", "cedar": "male", "coral": "female", "echo": "male",
    "fable": "neutral", "marin": "female", "nova": "female", "onyx": "male", "sage": "female", "shimmer": "female",
    "verse": "male",
}  # fmt: skip


class OpenAIVoiceOptions(Options):
    """Where it is, and how it speaks."""

    base_url: str = Field(default="https://api.openai.com/v1", description="Address of the API; /audio/speech follows.")
    api_key: SecretStr | None = Field(default=None, description="Sent as bearer token; servers of your own need none.")
    model: str = Field(
        default="gpt-4o-mini-tts",
        description="The model that speaks. OpenAI ends its own on 2027-01-06; other servers keep theirs.",
    )
    default: str = Field(default="coral", description="The voice for agents that name none.")
    voices: Mapping[str, str] = Field(default_factory=dict, description="Voice ids and the voice each gets.")
    stock: tuple[str, ...] = Field(default=tuple(_GENDERS), description="The voices that the server has.")
    sample_rate_hz: int = Field(default=24_000, ge=8_000, le=48_000, description="The rate of its raw sound.")
    instructions: str | None = Field(default=None, description="How it is to speak, for models that can be told.")
    silence_seconds: float = Field(default=10.0, gt=0, description="Silence after which it is taken for dead.")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return http_address(value)


@frozen
class OpenAISpeaker:
    """The server (`_pieces.Speaker`)."""

    options: OpenAIVoiceOptions
    outbound: Outbound

    @property
    def vendor(self) -> Vendor:
        """Whoever it is."""
        key = self.options.api_key
        return Vendor("The speech server", (key.get_secret_value(),) if key else ())

    async def sound(self, piece: Piece) -> AsyncGenerator[bytes]:
        """Raw sound, streamed."""
        headers = {"content-type": "application/json"}
        if self.options.api_key is not None:
            headers["authorization"] = f"Bearer {self.options.api_key.get_secret_value()}"
        patience = Patience(
            silence_seconds=self.options.silence_seconds, total_seconds=600.0, largest_bytes=_LARGEST_BYTES
        )
        url = f"{self.options.base_url}/audio/speech"
        request = Request("POST", url, headers, orjson.dumps(self._body(piece)), patience)
        async with self.outbound.send(request) as reply:
            if reply.status != 200:
                raise self.vendor.refusal(reply.status, said_in(await reply.read()))
            if "json" in reply.headers.get("content-type", "") or "html" in reply.headers.get("content-type", ""):
                raise self.vendor.complaint("it answered something that is no sound")
            async for chunk in reply.chunks():
                yield chunk

    def _body(self, piece: Piece) -> Body:
        options = self.options
        wanted = options.voices.get(piece.voice.voice_id, piece.voice.voice_id)
        body: Body = {
            "model": options.model,
            "input": piece.text,
            "voice": options.default if not wanted or _FOREIGN_ID.fullmatch(wanted) else wanted,
            "response_format": "pcm",
        }
        if piece.voice.speed is not None:
            body["speed"] = min(_FASTEST, max(_SLOWEST, piece.voice.speed))
        if options.instructions:
            body["instructions"] = options.instructions
        return body

    async def stock(self) -> Sequence[StockVoice]:
        """As the settings say; the API has no list of them."""
        voices = [StockVoice(name, name.capitalize(), (), _GENDERS.get(name, "")) for name in self.options.stock]
        return sorted(voices, key=lambda each: each.voice_id != self.options.default)


def make(options: OpenAIVoiceOptions, outside: Outside) -> PieceVoice:
    """The voice."""
    speaker = OpenAISpeaker(options, outside.configured)
    return PieceVoice(speaker, options.sample_rate_hz, options.silence_seconds)


PROVIDER = Provider(
    "voice", "Any server that speaks OpenAI's speech API, your own or a vendor's.", OpenAIVoiceOptions, make
)
