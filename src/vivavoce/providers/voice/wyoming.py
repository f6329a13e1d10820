"""Any voice that speaks Wyoming, Home Assistant's protocol: Piper and many other local ones.

[providers.voice.wyoming]
address = "tcp://localhost:10200"
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

from pydantic import Field, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.ports.outbound import Line, LineRequest, Outbound
from vivavoce.ports.voice import StockVoice
from vivavoce.providers.far import Trouble, Vendor, field_of, list_of, text_of
from vivavoce.providers.registry import Options, Outside, Provider
from vivavoce.providers.voice._lines import Piece
from vivavoce.providers.voice._pieces import PieceVoice
from vivavoce.providers.wyoming_wire import DEFAULT_VOICE, Event, Events, NoEvent, wyoming_address


class WyomingVoiceOptions(Options):
    """Where it is, and how it sounds."""

    address: str = Field(default=DEFAULT_VOICE, description="Its address: tcp://host:port.")
    sample_rate_hz: int = Field(
        default=22_050, ge=8_000, le=48_000, description="The rate of its sound; Piper's smaller voices have 16000."
    )
    default: str = Field(default="", description="The voice for agents that name none; empty leaves it to the server.")
    voices: Mapping[str, str] = Field(default_factory=dict, description="Voice ids and the voice each gets.")
    silence_seconds: float = Field(default=10.0, gt=0, description="Silence after which it is taken for dead.")

    @field_validator("address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return wyoming_address(value)


@frozen
class WyomingSpeaker:
    """The server (`_pieces.Speaker`)."""

    options: WyomingVoiceOptions
    outbound: Outbound

    @property
    def vendor(self) -> Vendor:
        """Whoever it is."""
        return Vendor("The Wyoming voice")

    async def sound(self, piece: Piece) -> AsyncGenerator[bytes]:
        """A connection for each piece, as the protocol's own clients do."""
        async with self.outbound.connect(LineRequest(self.options.address)) as line:
            await line.send(Event("synthesize", {"text": piece.text, "voice": self._voice(piece)}).encoded())
            async for event in self._events(line):
                match event.type:
                    case "audio-start" | "audio-chunk":
                        self._check(event.data)
                        yield event.payload
                    case "audio-stop":
                        return
                    case "error":
                        raise self.vendor.complaint(text_of(event.data.get("text")))
                    case _:
                        pass

    def _voice(self, piece: Piece) -> Body:
        name = self.options.voices.get(piece.voice.voice_id, piece.voice.voice_id) or self.options.default
        return {"name": name} if name else {"language": piece.language.partition("-")[0]}

    def _check(self, shape: Mapping[str, Json]) -> None:
        rate_hz = shape.get("rate")
        if rate_hz != self.options.sample_rate_hz:
            raise Trouble(
                f"{self.vendor.name} sounds at {rate_hz} Hz: set its option sample_rate_hz to that.", hopeless=True
            )
        if (shape.get("width"), shape.get("channels")) != (2, 1):
            raise Trouble(f"{self.vendor.name} does not sound in 16 bits on one channel.", hopeless=True)

    async def _events(self, line: Line) -> AsyncGenerator[Event]:
        events = Events()
        while (raw := await line.receive()) is not None:
            for event in self._whole(events, raw if isinstance(raw, bytes) else raw.encode()):
                yield event
        raise Trouble(f"{self.vendor.name} hung up in the middle of a reply.")

    def _whole(self, events: Events, raw: bytes) -> Iterator[Event]:
        try:
            yield from events.feed(raw)
        except NoEvent as error:
            raise Trouble(f"{self.vendor.name} sent {error}.") from None

    async def stock(self) -> Sequence[StockVoice]:
        """What the server describes."""
        async with self.outbound.connect(LineRequest(self.options.address)) as line:
            await line.send(Event("describe").encoded())
            async for event in self._events(line):
                if event.type == "info":
                    return [voice for program in list_of(event.data.get("tts")) for voice in _voices(program)]
        return ()


def _voices(program: Json) -> Iterator[StockVoice]:
    for voice in list_of(field_of(program, "voices")):
        if not field_of(voice, "installed"):
            continue
        name = text_of(field_of(voice, "name"))
        languages = tuple(text_of(each).replace("_", "-") for each in list_of(field_of(voice, "languages")))
        about = text_of(field_of(voice, "description"))
        yield StockVoice(name, name, languages, description=about, speaks_only_these=bool(languages), knobs=())


def make(options: WyomingVoiceOptions, outside: Outside) -> PieceVoice:
    """The voice."""
    speaker = WyomingSpeaker(options, outside.configured)
    return PieceVoice(speaker, options.sample_rate_hz, options.silence_seconds)


PROVIDER = Provider("voice", "Any local voice that speaks Wyoming, as for Home Assistant.", WyomingVoiceOptions, make)
