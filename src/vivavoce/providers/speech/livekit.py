"""Any ear that is a plugin of LiveKit's framework (`bridges.livekit` says how that works).

A plugin that streams is a line like any other (`_streaming`): what it says is written down as messages, so that pauses,
resending and patience are the same as everywhere. One that does not stream hears utterances (`_utterances`).
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import Any

import orjson
from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.outbound import Farewell, Line, LineRequest, Reply, Request
from vivavoce.ports.speech import EarWishes, Listening
from vivavoce.providers.bridges.livekit import LiveKitOptions, Plugin, failure, lacks, once
from vivavoce.providers.far import Vendor, text_of
from vivavoce.providers.registry import Outside, Provider
from vivavoce.providers.speech import _streaming, _utterances
from vivavoce.providers.speech._streaming import Partial, Settled, Spoken, StreamingEar, Told
from vivavoce.providers.speech._utterances import Understanding, UtteranceEar

_RATE_HZ = 16_000
_ASK = "ask"
_AFTER_WORDS_SECONDS = 0.3


class LiveKitEarOptions(LiveKitOptions):
    """Which plugin listens."""

    class_name: str = Field(default="STT", description="The plugin's class.")
    tells_language: bool = Field(default=True, description="Tell it the agent's language with every stream.")
    answer_seconds: float = Field(default=1.0, gt=0, description="How long a final may take.")


@frozen
class LiveKitEar:
    """The ear (`ports.speech.Ear`)."""

    options: LiveKitEarOptions
    plugin: Plugin
    endurance: _streaming.Endurance
    sample_rate_hz: int = _RATE_HZ
    gives_interims: bool = True

    async def warm(self) -> None:
        """Import it."""
        await self.plugin.get()

    async def close(self) -> None:
        """Let its connections go."""
        await self.plugin.close()

    @asynccontextmanager
    async def listen(self, wishes: EarWishes) -> AsyncGenerator[Listening]:
        """Begin to listen to a call."""
        async with self._ear(await self.plugin.get()).listen(wishes) as listening:
            yield listening

    def _ear(self, stt: Any) -> StreamingEar | UtteranceEar:
        if stt.capabilities.streaming:
            way = _Streams(self.options, self.plugin)
            return StreamingEar(_Dialect(self.plugin.vendor), way, self.endurance, _RATE_HZ)
        patience = _utterances.Endurance(answer_seconds=10 * self.options.answer_seconds)
        return UtteranceEar(_Recognizer(self.options, self.plugin), patience, _RATE_HZ)


def _frame(pcm: bytes) -> Any:
    return import_module("livekit.rtc").AudioFrame(pcm, _RATE_HZ, 1, len(pcm) // 2)


def _language(options: LiveKitEarOptions, language: str) -> dict[str, str]:
    return {"language": language} if options.tells_language else {}


@frozen
class _Streams:
    """Opens a plugin's streams as lines. The language stands where an address would."""

    options: LiveKitEarOptions
    plugin: Plugin

    def send(self, request: Request) -> AbstractAsyncContextManager[Reply]:
        """Plugins are not asked by request."""
        raise TypeError(f"A plugin is no server for {request.method}.")

    @asynccontextmanager
    async def connect(self, request: LineRequest) -> AsyncGenerator[Line]:
        """Another stream."""
        stt = await self.plugin.get()
        stream = stt.stream(**_language(self.options, request.url), conn_options=once())
        try:
            yield _StreamLine(stream, self.plugin.vendor)
        finally:
            await stream.aclose()


class _StreamLine:
    """A plugin's stream (`ports.outbound.Line`)."""

    def __init__(self, stream: Any, vendor: Vendor) -> None:
        self._stream = stream
        self._vendor = vendor
        self.farewell: Farewell | None = None

    async def send(self, message: str | bytes) -> None:
        """Sound, or the wish for the rest of the words."""
        try:
            if isinstance(message, bytes):
                self._stream.push_frame(_frame(message))
            elif message == _ASK:
                self._stream.flush()
        except Exception as error:
            raise failure(self._vendor, error) from None

    async def receive(self) -> str | None:
        """The next event."""
        try:
            event = await anext(self._stream, None)
        except Exception as error:
            raise failure(self._vendor, error) from None
        if event is None:
            self.farewell = Farewell()
            return None
        best = event.alternatives[0] if event.alternatives else None
        told: dict[str, str | float] = {"type": str(getattr(event.type, "value", event.type))}
        if best is not None:
            until = float(getattr(best, "end_time", 0) or 0)
            told |= {"text": str(best.text or ""), "language": str(best.language or ""), "until": until}
        return orjson.dumps(told).decode()


@frozen
class _Dialect:
    """Events as messages (`_streaming.Dialect`)."""

    vendor: Vendor
    always_answers: bool = False
    least_asked_seconds: float = 0.0

    def request(self, wishes: EarWishes) -> LineRequest:
        """The language is all that a stream is told."""
        return LineRequest(wishes.language)

    def audio(self, pcm: bytes) -> bytes:
        """As it is."""
        return pcm

    def ask(self) -> str:
        """The framework calls it flushing."""
        return _ASK

    def keep_alive(self) -> str:
        """The plugin's own business."""
        return ""

    def goodbye(self) -> None:
        """Leaving closes the stream."""
        return

    def read(self, message: str | bytes) -> Iterable[Told]:
        """What the framework tells."""
        body = orjson.loads(message)
        text, language = text_of(body.get("text")).strip(), text_of(body.get("language"))
        match body["type"]:
            case "interim_transcript" | "preflight_transcript":
                yield Partial(text)
            case "final_transcript":
                if language:
                    yield Spoken(language)
                # Some plugins tell where a final ends, which is where its last word does; others do not.
                until = body.get("until") or 0.0
                yield Settled(text, not until, until + _AFTER_WORDS_SECONDS if until else None)
            case _:
                return


@frozen
class _Recognizer:
    """A plugin that hears utterances (`_utterances.Transcriber`)."""

    options: LiveKitEarOptions
    plugin: Plugin

    @property
    def vendor(self) -> Vendor:
        """Whose it is."""
        return self.plugin.vendor

    async def transcribe(self, pcm: bytes, wishes: EarWishes, said_before: str) -> Understanding:
        """Have it recognised."""
        _ = said_before
        stt = await self.plugin.get()
        try:
            event = await stt.recognize(_frame(pcm), **_language(self.options, wishes.language), conn_options=once())
        except Exception as error:
            raise failure(self.vendor, error) from None
        best = event.alternatives[0] if event.alternatives else None
        return Understanding(str(best.text or "").strip(), str(best.language or "")) if best else Understanding("")


def make(options: LiveKitEarOptions, outside: Outside) -> LiveKitEar:
    """The ear."""
    _ = outside
    endurance = _streaming.Endurance(answer_seconds=options.answer_seconds)
    return LiveKitEar(options, Plugin(options, options.class_name), endurance)


PROVIDER = Provider(
    "ear",
    "Any ear that is a plugin of LiveKit's framework.",
    LiveKitEarOptions,
    make,
    lacks,
    connects_itself=True,
)
