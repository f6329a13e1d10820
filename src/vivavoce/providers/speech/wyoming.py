"""Any ear that speaks Wyoming, Home Assistant's protocol: faster-whisper, Vosk, sherpa-onnx and many other local ones.

[providers.ear.wyoming]
address = "tcp://localhost:10300"
"""

from collections.abc import Iterator

from pydantic import Field, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.ports.outbound import Line, LineRequest, Outbound
from vivavoce.ports.speech import EarWishes
from vivavoce.providers.far import Trouble, Vendor, text_of
from vivavoce.providers.registry import Options, Outside, Provider
from vivavoce.providers.speech._utterances import Endurance, Understanding, UtteranceEar
from vivavoce.providers.wyoming_wire import DEFAULT_EAR, Event, Events, NoEvent, sound_of, wyoming_address

_RATE_HZ = 16_000
_CHUNK_BYTES = 2 * _RATE_HZ  # a second


class WyomingEarOptions(Options):
    """Where it is."""

    address: str = Field(default=DEFAULT_EAR, description="Its address: tcp://host:port.")
    model: str | None = Field(default=None, description="The model to ask for, if it has several.")
    answer_seconds: float = Field(default=10.0, gt=0, description="How long a final may take.")

    @field_validator("address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return wyoming_address(value)


@frozen
class WyomingTranscriber:
    """The server (`_utterances.Transcriber`)."""

    options: WyomingEarOptions
    outbound: Outbound

    @property
    def vendor(self) -> Vendor:
        """Whoever it is."""
        return Vendor("The Wyoming ear")

    async def transcribe(self, pcm: bytes, wishes: EarWishes, said_before: str) -> Understanding:
        """A connection for each utterance, as the protocol's own clients do."""
        _ = said_before
        async with self.outbound.connect(LineRequest(self.options.address)) as line:
            await line.send(b"".join(event.encoded() for event in self._asking(pcm, wishes)))
            return await self._answer(line)

    def _asking(self, pcm: bytes, wishes: EarWishes) -> Iterator[Event]:
        asked: dict[str, Json] = {"language": wishes.language.partition("-")[0]}
        if self.options.model:
            asked["name"] = self.options.model
        if wishes.keywords:
            asked["transcript_terms"] = list(wishes.keywords)
        yield Event("transcribe", asked)
        yield Event("audio-start", sound_of(_RATE_HZ))
        for begin in range(0, len(pcm), _CHUNK_BYTES):
            yield Event("audio-chunk", sound_of(_RATE_HZ), pcm[begin : begin + _CHUNK_BYTES])
        yield Event("audio-stop")

    async def _answer(self, line: Line) -> Understanding:
        events = Events()
        while (raw := await line.receive()) is not None:
            try:
                for event in events.feed(raw if isinstance(raw, bytes) else raw.encode()):
                    if event.type == "transcript":
                        text, language = event.data.get("text"), event.data.get("language")
                        return Understanding(text_of(text).strip(), text_of(language))
                    if event.type == "error":
                        raise self.vendor.complaint(text_of(event.data.get("text")))
            except NoEvent as error:
                raise Trouble(f"{self.vendor.name} sent {error}.") from None
        raise Trouble(f"{self.vendor.name} hung up without an answer.")


def make(options: WyomingEarOptions, outside: Outside) -> UtteranceEar:
    """The ear."""
    endurance = Endurance(answer_seconds=options.answer_seconds)
    return UtteranceEar(WyomingTranscriber(options, outside.configured), endurance, _RATE_HZ)


PROVIDER = Provider("ear", "Any local ear that speaks Wyoming, as for Home Assistant.", WyomingEarOptions, make)
