"""The bridge to LiveKit's plugins, with a plugin that behaves as the framework's base classes promise.

The framework itself is too large for the tests; what is faked here are the few names of it that the bridge uses.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from vivavoce.engine.commands import AgentMessage, CallMade, Instructions, ToolMessage, ToolOffer, UserMessage
from vivavoce.engine.plan import ModelChoice, VoiceChoice
from vivavoce.ports.language import ChatRequest, Finished, MindFailed, Text, ToolWanted
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.speech import EarBroke, EarWishes, Words
from vivavoce.ports.voice import Manner, Speech, VoiceBroke
from vivavoce.providers import registry
from vivavoce.providers.registry import Closable, Outside, Warmable

pytestmark = pytest.mark.anyio

OUTSIDE = Outside(CannedOutbound(), CannedOutbound(), KnownReferences())
FRAME = b"\x01\x00" * 320


class APIStatusError(Exception):
    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.retryable = status_code >= 500


@dataclass
class AudioFrame:
    data: bytes
    sample_rate: int
    num_channels: int
    samples_per_channel: int


class Stream:
    """What streams of the framework have in common: events, an end, and being closed."""

    def __init__(self, plugin: "FakePlugin") -> None:
        self.plugin = plugin
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        plugin.streams.append(self)
        self.closed = False

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        event = await self.events.get()
        if event is None:
            raise StopAsyncIteration
        if isinstance(event, Exception):
            raise event
        return event

    async def aclose(self) -> None:
        self.closed = True


class SpeechStream(Stream):
    def push_frame(self, frame: AudioFrame) -> None:
        assert (frame.sample_rate, frame.num_channels, frame.samples_per_channel * 2) == (16_000, 1, len(frame.data))
        self.plugin.heard += len(frame.data)

    def flush(self) -> None:
        trouble = self.plugin.troubles.pop(0) if self.plugin.troubles else None
        if trouble is not None:
            self.events.put_nowait(trouble)
            return
        self.events.put_nowait(event("start_of_speech"))
        self.events.put_nowait(event("interim_transcript", "where is"))
        for text, end_time in self.plugin.finals:
            self.events.put_nowait(event("final_transcript", text, end_time))


class SynthesizeStream(Stream):
    def push_text(self, text: str) -> None:
        self.plugin.said.append(text)

    def end_input(self) -> None:
        sound(self, self.plugin)


def event(kind: str, text: str | None = None, end_time: float = 0.0) -> SimpleNamespace:
    said = [] if text is None else [SimpleNamespace(text=text, language="en", end_time=end_time)]
    return SimpleNamespace(type=SimpleNamespace(value=kind), alternatives=said)


def sound(stream: Stream, plugin: "FakePlugin") -> None:
    if plugin.troubles:
        stream.events.put_nowait(plugin.troubles.pop(0))
        return
    for _ in range(2):
        stream.events.put_nowait(SimpleNamespace(frame=AudioFrame(memoryview(FRAME), 24_000, 1, 320)))
    stream.events.put_nowait(None)


@dataclass
class FakePlugin:
    """A plugin's class and the object that it makes, all in one."""

    streaming: bool = True
    sample_rate: int = 24_000
    num_channels: int = 1
    troubles: list[Exception] = field(default_factory=list[Exception])
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    streams: list[Stream] = field(default_factory=list[Stream])
    languages: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])
    asked: list[Any] = field(default_factory=list[Any])
    chunks: Sequence[Any] = ()
    finals: Sequence[tuple[str, float]] = (("Where is my order?", 0.0),)
    heard: int = 0
    made: int = 0
    closed: bool = False

    def __call__(self, **arguments: Any) -> "FakePlugin":
        self.arguments = arguments
        self.made += 1
        return self

    @property
    def capabilities(self) -> SimpleNamespace:
        return SimpleNamespace(streaming=self.streaming)

    async def aclose(self) -> None:
        self.closed = True

    def stream(self, *, conn_options: Any, language: str = "") -> Stream:
        assert conn_options.max_retry == 0
        self.languages.append(language)
        return SpeechStream(self) if language else SynthesizeStream(self)

    async def recognize(self, frame: AudioFrame, *, conn_options: Any, language: str = "") -> SimpleNamespace:
        self.languages.append(language)
        self.heard += len(frame.data)
        if self.troubles:
            raise self.troubles.pop(0)
        return event("final_transcript", "Where is my order?")

    def synthesize(self, text: str, *, conn_options: Any) -> Stream:
        self.said.append(text)
        stream = Stream(self)
        sound(stream, self)
        return stream

    def chat(self, *, chat_ctx: Any, tools: Sequence[Any], conn_options: Any) -> Stream:
        self.asked.append((chat_ctx, tools))
        stream = Stream(self)
        for chunk in [*self.chunks, *self.troubles, None]:
            stream.events.put_nowait(chunk)
        return stream


class ChatContext:
    """The framework's messages."""

    def __init__(self) -> None:
        self.items: list[Any] = []

    @classmethod
    def empty(cls) -> "ChatContext":
        return cls()

    def add_message(self, *, role: str, content: str) -> None:
        self.items.append((role, content))


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePlugin]:
    """A plugin called `acme`, installed with its framework."""
    plugin = FakePlugin()
    contents: dict[str, dict[str, Any]] = {
        "livekit": {"__path__": []},
        "livekit.rtc": {"AudioFrame": AudioFrame},
        "livekit.agents": {"APIConnectOptions": SimpleNamespace, "__path__": []},
        "livekit.agents.llm": {
            "ChatContext": ChatContext,
            "FunctionCall": lambda **call: ("call", call),
            "FunctionCallOutput": lambda **output: ("output", output),
            "function_tool": lambda _, raw_schema: raw_schema,
        },
        "livekit.plugins": {"__path__": []},
        "livekit.plugins.acme": {"STT": plugin, "TTS": plugin, "LLM": plugin},
    }
    for name, names in contents.items():
        module = ModuleType(name)
        module.__spec__ = SimpleNamespace(name=name)  # type: ignore[assignment]
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, name, module)
    yield plugin


def provider(role: Any, **options: Any) -> Any:
    found, checked = registry.options_of(
        role, "livekit", {"plugin": "acme", "arguments": {"api_key": "open sesame"}, **options}
    )
    assert found.lacks(checked, OUTSIDE) == ""
    return found.make(checked, OUTSIDE)


@pytest.mark.parametrize("role", ["ear", "voice", "language"])
def test_what_is_not_installed_is_lacking_and_says_how_to_get_it(role: Any) -> None:
    found, options = registry.options_of(
        role, "livekit", {"plugin": "no_such", **({"models": ["m"]} if role == "language" else {})}
    )
    assert "livekit-plugins-no-such" in found.lacks(options, OUTSIDE)


# Ears


@asynccontextmanager
async def heard(ear: Any) -> AsyncIterator[Any]:
    async with asyncio.timeout(5), ear.listen(EarWishes("en-GB")) as listening:
        at = 0.0
        for frame in range(60):
            listening.hear(at, FRAME)
            at = round(at + 0.02, 3)
            if frame == 5:
                listening.speech_started(0.0)
        listening.speech_stopped(at)
        yield listening


async def final_of(listening: Any) -> Words:
    async for understood in listening:
        if isinstance(understood, Words) and understood.final:
            return understood
    raise AssertionError("an ear listens for ever")


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_plugin_hears(plugin: FakePlugin, streaming: bool) -> None:
    plugin.streaming = streaming
    ear = provider("ear")
    async with heard(ear) as listening:
        assert await final_of(listening) == Words("Where is my order?", 1.2)
    assert plugin.arguments == {"api_key": "open sesame"}
    assert plugin.languages == ["en-GB"]
    assert plugin.heard > 0
    assert all(stream.closed for stream in plugin.streams)
    await ear.close()
    assert plugin.closed


async def test_what_a_plugin_settles_on_the_way_is_part_of_the_final(plugin: FakePlugin) -> None:
    plugin.finals = [("Where is", 0.5), ("my order?", 1.1)]
    async with heard(provider("ear")) as listening:
        assert await final_of(listening) == Words("Where is my order?", 1.2)


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_stream_that_breaks_is_opened_anew(plugin: FakePlugin, streaming: bool) -> None:
    plugin.streaming = streaming
    plugin.troubles = [APIStatusError("too busy", 503)]
    async with heard(provider("ear")) as listening:
        assert (await final_of(listening)).text == "Where is my order?"
    assert len(plugin.languages) == 2


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_wrong_key_is_told_without_it(plugin: FakePlugin, streaming: bool) -> None:
    plugin.streaming = streaming
    plugin.troubles = [APIStatusError("wrong key open sesame", 401)]
    with pytest.raises(EarBroke, match="refuses the key") as broke:
        async with heard(provider("ear")) as listening:
            await final_of(listening)
    assert "sesame" not in str(broke.value)


async def test_it_is_imported_once_and_ahead(plugin: FakePlugin) -> None:
    ear = provider("ear")
    assert isinstance(ear, Warmable)
    assert isinstance(ear, Closable)
    await ear.warm()
    await ear.warm()
    assert plugin.made == 1


# Voices


async def spoken(voice: Any, *texts: str) -> list[Speech]:
    async with asyncio.timeout(5), voice.speak(Manner()) as utterance:
        for number, text in enumerate(texts, 1):
            utterance.add(number, text, VoiceChoice(voice_id=""), "en")
        utterance.finish()
        return [speech async for speech in utterance]


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_plugin_speaks(plugin: FakePlugin, streaming: bool) -> None:
    plugin.streaming = streaming
    voice = provider("voice")
    speeches = await spoken(voice, "One.", "Two.")
    assert [(speech.piece, len(speech.pcm), speech.last) for speech in speeches] == [
        (1, 640, False),
        (1, 640, False),
        (1, 0, True),
        (2, 640, False),
        (2, 640, False),
        (2, 0, True),
    ]
    assert plugin.said == ["One.", "Two."]
    assert all(stream.closed for stream in plugin.streams)
    assert [each.voice_id for each in await voice.stock()] == ["livekit_acme"]


async def test_leaving_closes_the_plugins_stream(plugin: FakePlugin) -> None:
    async with provider("voice").speak(Manner()) as utterance:
        utterance.add(1, "One.", VoiceChoice(voice_id=""), "en")
        await anext(aiter(utterance))
        assert not plugin.streams[0].closed
    assert plugin.streams[0].closed


async def test_a_voice_that_fails_is_broken_and_told_without_a_key(plugin: FakePlugin) -> None:
    plugin.troubles = [APIStatusError("wrong key open sesame", 401)]
    with pytest.raises(VoiceBroke, match="refuses the key") as broke:
        await spoken(provider("voice"), "One.")
    assert "sesame" not in str(broke.value)


async def test_another_rate_says_what_to_do(plugin: FakePlugin) -> None:
    plugin.sample_rate = 22_050
    with pytest.raises(VoiceBroke, match="sample_rate_hz"):
        await spoken(provider("voice"), "One.")


# Minds


def chunk(content: str | None = None, *calls: tuple[str, str, str], usage: Any = None) -> SimpleNamespace:
    made = [SimpleNamespace(call_id=call_id, name=name, arguments=given) for call_id, name, given in calls]
    return SimpleNamespace(delta=SimpleNamespace(content=content, tool_calls=made), usage=usage)


USED = SimpleNamespace(prompt_tokens=20, completion_tokens=5, prompt_cached_tokens=16)
HISTORY = (
    Instructions("Be kind."),
    UserMessage("Weather?"),
    AgentMessage("Let me look.", (CallMade(call_id="c1", name="get_weather", arguments={"city": "Rome"}, at=0.0),)),
    ToolMessage("c1", "get_weather", "Sunny."),
)


async def pieces(mind: Any, *tools: ToolOffer) -> list[Any]:
    request = ChatRequest(ModelChoice(model="acme-1"), HISTORY, tools)
    async with asyncio.timeout(5), mind.chat(request) as said:
        return [piece async for piece in said]


async def test_a_plugin_thinks(plugin: FakePlugin) -> None:
    plugin.chunks = [chunk("Hel"), chunk("lo."), SimpleNamespace(delta=None, usage=USED)]
    answer = await pieces(provider("language", models=["acme-1"]))
    assert answer == [Text("Hel"), Text("lo."), Finished("stop", 20, 5, 16)]
    [(context, tools)] = plugin.asked
    assert tools == []
    assert context.items == [
        ("system", "Be kind."),
        ("user", "Weather?"),
        ("assistant", "Let me look."),
        ("call", {"call_id": "c1", "name": "get_weather", "arguments": '{"city":"Rome"}'}),
        ("output", {"call_id": "c1", "name": "get_weather", "output": "Sunny.", "is_error": False}),
    ]
    assert plugin.streams[0].closed


async def test_a_plugin_calls_tools(plugin: FakePlugin) -> None:
    plugin.chunks = [chunk(None, ("c2", "get_time", '{"zone": "CET"}'), ("c3", "get_date", ""))]
    offer = ToolOffer("get_time", "The time.", {"type": "object"})
    answer = await pieces(provider("language", models=["acme-1"]), offer)
    assert answer == [
        ToolWanted("c2", "get_time", {"zone": "CET"}),
        ToolWanted("c3", "get_date", {}),
        Finished("tools"),
    ]
    [(_, [tool])] = plugin.asked
    assert tool == {"name": "get_time", "description": "The time.", "parameters": {"type": "object"}}


@pytest.mark.parametrize(("status", "retryable"), [(401, False), (503, True)])
async def test_a_mind_that_fails_says_so_without_a_key(plugin: FakePlugin, status: int, retryable: bool) -> None:
    plugin.troubles = [APIStatusError("no, open sesame", status)]
    with pytest.raises(MindFailed) as failed:
        await pieces(provider("language", models=["acme-1"]))
    assert failed.value.retryable is retryable
    assert "sesame" not in failed.value.message


async def test_arguments_that_are_none_are_a_failure(plugin: FakePlugin) -> None:
    plugin.chunks = [chunk(None, ("c2", "get_time", "zone=CET"))]
    with pytest.raises(MindFailed, match="no JSON object"):
        await pieces(provider("language", models=["acme-1"]))
