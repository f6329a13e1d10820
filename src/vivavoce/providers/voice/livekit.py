"""Any voice that is a plugin of LiveKit's framework (`bridges.livekit` says how that works).

Which voice it is stands in the plugin's arguments: a table is one voice, and its id is the table's plugin.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.voice import StockVoice
from vivavoce.providers.bridges.livekit import LiveKitOptions, Plugin, failure, lacks, once
from vivavoce.providers.far import Trouble, Vendor
from vivavoce.providers.registry import Outside, Provider
from vivavoce.providers.voice._lines import Piece
from vivavoce.providers.voice._pieces import PieceVoice


class LiveKitVoiceOptions(LiveKitOptions):
    """Which plugin speaks."""

    class_name: str = Field(default="TTS", description="The plugin's class.")
    sample_rate_hz: int = Field(default=24_000, ge=8_000, le=48_000, description="The rate of its sound.")
    voices: Mapping[str, str] = Field(default_factory=dict, description="Voice ids for which it speaks; any values.")
    silence_seconds: float = Field(default=10.0, gt=0, description="Silence after which it is taken for dead.")


@frozen
class LiveKitSpeaker:
    """The plugin (`_pieces.Speaker`)."""

    options: LiveKitVoiceOptions
    plugin: Plugin

    @property
    def vendor(self) -> Vendor:
        """Whose it is."""
        return self.plugin.vendor

    async def sound(self, piece: Piece) -> AsyncGenerator[bytes]:
        """A stream for each piece, on the connections that the plugin keeps."""
        tts = await self.plugin.get()
        if tts.num_channels != 1 or tts.sample_rate != self.options.sample_rate_hz:
            raise Trouble(
                f"{self.vendor.name} sounds at {tts.sample_rate} Hz on {tts.num_channels} channels: "
                "set its option sample_rate_hz to that, and one channel.",
                hopeless=True,
            )
        stream = self._stream(tts, piece.text)
        try:
            while (audio := await self._next(stream)) is not None:
                yield bytes(audio.frame.data)
        finally:
            await stream.aclose()

    def _stream(self, tts: Any, text: str) -> Any:
        if not tts.capabilities.streaming:
            return tts.synthesize(text, conn_options=once())
        stream = tts.stream(conn_options=once())
        stream.push_text(text)
        stream.end_input()
        return stream

    async def _next(self, stream: Any) -> Any:
        try:
            return await anext(stream, None)
        except Exception as error:
            raise failure(self.vendor, error) from None

    async def stock(self) -> Sequence[StockVoice]:
        """The one that it is."""
        name = self.options.plugin
        return [StockVoice(f"livekit_{name}", name.replace("_", " ").title(), (), knobs=())]


class LiveKitVoice(PieceVoice):
    """The voice (`ports.voice.Voice`), which has something to import."""

    async def warm(self) -> None:
        """Import it."""
        if isinstance(self.speaker, LiveKitSpeaker):
            await self.speaker.plugin.get()

    async def close(self) -> None:
        """Let its connections go."""
        if isinstance(self.speaker, LiveKitSpeaker):
            await self.speaker.plugin.close()


def make(options: LiveKitVoiceOptions, outside: Outside) -> LiveKitVoice:
    """The voice."""
    _ = outside
    speaker = LiveKitSpeaker(options, Plugin(options, options.class_name))
    return LiveKitVoice(speaker, options.sample_rate_hz, options.silence_seconds)


PROVIDER = Provider(
    "voice",
    "Any voice that is a plugin of LiveKit's framework.",
    LiveKitVoiceOptions,
    make,
    lacks,
    connects_itself=True,
)
