"""Every ear there is, against a double of its vendor's server: what goes well, and everything that may go wrong.

The caller speaks at once, not in real time: ears count audio. Whoever waits here waits for a word or for an event.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.conformance.servers.assemblyai import AssemblyAIDouble
from tests.conformance.servers.deepgram import DeepgramEarDouble
from tests.conformance.servers.double import KEY
from tests.conformance.servers.elevenlabs import ElevenLabsEarDouble
from tests.conformance.servers.hearing import RATE_HZ, EarDouble, EarServer, Fault, sound_of
from tests.conformance.servers.openai_speech import OpenAIEarDouble
from tests.conformance.servers.wyoming import WyomingEarDouble

from vivavoce.net.addresses import Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.speech import Ear, EarBroke, EarWishes, Listening, Understood, Words
from vivavoce.providers import registry
from vivavoce.providers.registry import Outside

pytestmark = pytest.mark.anyio

DOUBLES: Sequence[EarDouble] = (
    DeepgramEarDouble(),
    ElevenLabsEarDouble(),
    AssemblyAIDouble(),
    OpenAIEarDouble(),
    WyomingEarDouble(),
)
WITHOUT_SERVER = ("scripted", "stand_in")
# tests/unit/providers/local/test_whisper_ear.py and, with its models, tests/voice; tests/unit/providers/test_livekit.py
IN_TESTS_OF_ITS_OWN = ("whisper", "livekit")
FAULTS: Sequence[Fault] = ("garbage", "complaint", "hangs_up", "vanishes", "breaks", "rate")
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
FRAME_BYTES = RATE_HZ // 50 * 2
PATIENCE_SECONDS = 10


def named(double: EarDouble) -> str:
    return double.provider


@pytest.fixture(params=DOUBLES, ids=named)
def double(request: pytest.FixtureRequest) -> EarDouble:
    return request.param


@pytest.fixture(params=[each for each in DOUBLES if each.streams], ids=named)
def streaming(request: pytest.FixtureRequest) -> EarDouble:
    return request.param


@dataclass
class Caller:
    """Somebody who is listened to."""

    listening: Listening
    server: EarServer
    at: float = 0.0

    def send(self, pcm: bytes) -> None:
        for begin in range(0, len(pcm), FRAME_BYTES):
            frame = pcm[begin : begin + FRAME_BYTES]
            self.listening.hear(self.at, frame)
            self.at += len(frame) / 2 / RATE_HZ

    def begin(self, *words: str) -> None:
        """Begin to speak. Voice activity notices a little late."""
        begun = self.at
        sound = sound_of(*words)
        self.send(sound[: 3 * FRAME_BYTES])
        self.listening.speech_started(begun)
        self.send(sound[3 * FRAME_BYTES :])

    def pause(self) -> float:
        """Stop, and be silent for a while."""
        stopped = self.at
        self.send(bytes(5 * FRAME_BYTES))
        self.listening.speech_stopped(stopped)
        self.send(bytes(15 * FRAME_BYTES))
        return stopped

    def say(self, *words: str) -> float:
        self.begin(*words)
        return self.pause()

    async def next(self) -> Understood:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await anext(aiter(self.listening))

    async def final(self) -> Words:
        while True:
            understood = await self.next()
            if isinstance(understood, Words) and understood.final:
                return understood

    async def broken(self) -> str:
        with pytest.raises(EarBroke) as broke:
            await self.final()
        return str(broke.value)


def ear_of(double: EarDouble, url: str, outbound: HttpOutbound, **options: Any) -> Ear:
    provider, checked = registry.options_of("ear", double.provider, {**double.options(url), **options})
    ear = provider.make(checked, Outside(outbound, outbound, KnownReferences()))
    waits = tuple(0.0 for _ in ear.endurance.retry_seconds)
    return replace(ear, endurance=replace(ear.endurance, retry_seconds=waits))


@asynccontextmanager
async def call(
    double: EarDouble, *faults: Fault, wishes: EarWishes | None = None, **options: Any
) -> AsyncGenerator[Caller]:
    """A server with these faults, and a caller to whom it listens."""
    outbound = HttpOutbound(Anywhere(), user_agent="Vivavoce/test", ssl_context=NO_TLS)
    async with double.serving(*faults) as server:
        ear = ear_of(double, server.url, outbound, **options)
        async with ear.listen(wishes or EarWishes()) as listening:
            yield Caller(listening, server)
        assert server.complaints == []
    await outbound.close()


def test_every_registered_ear_is_tried() -> None:
    tried = [double.provider for double in DOUBLES] + [*WITHOUT_SERVER, *IN_TESTS_OF_ITS_OWN]
    assert sorted(tried) == registry.names("ear")


# What goes well


async def test_a_pause_makes_a_final_of_what_was_said(double: EarDouble) -> None:
    async with call(double) as caller:
        stopped = caller.say("red", "green", "blue")
        assert await caller.final() == Words("red green blue", stopped)


async def test_every_stretch_of_speech_has_its_own_final(double: EarDouble) -> None:
    async with call(double) as caller:
        for words in ("red", "green blue", "white"):
            stopped = caller.say(*words.split())
            assert await caller.final() == Words(words, stopped)


async def test_words_arrive_while_they_are_spoken(streaming: EarDouble) -> None:
    async with call(streaming) as caller:
        caller.begin("red", "green")
        while (understood := await caller.next()) and understood.text != "red green":  # pyright: ignore
            assert isinstance(understood, Words)
            assert not understood.final
        caller.pause()
        assert (await caller.final()).text == "red green"


async def test_a_cough_is_answered_with_nothing(double: EarDouble) -> None:
    async with call(double, answer_seconds=0.3) as caller:
        caller.listening.speech_started(caller.at)
        caller.send(sound_of("amber", seconds=0.04))
        stopped = caller.pause()
        assert await caller.final() == Words("", stopped)


async def test_two_pauses_that_follow_closely_are_asked_about_on_one_line(streaming: EarDouble) -> None:
    async with call(streaming, answer_seconds=0.3) as caller:
        caller.begin("red")
        caller.listening.speech_stopped(caller.at)
        assert (await caller.final()).text == "red"
        lines = caller.server.connections
        caller.listening.speech_started(caller.at)
        caller.send(sound_of("amber", seconds=0.04))
        caller.listening.speech_stopped(caller.at)
        assert (await caller.final()).text == ""
        caller.say("blue")
        assert (await caller.final()).text == "blue"
        assert caller.server.connections == lines


async def test_a_keyword_that_the_vendor_would_refuse_is_not_told(streaming: EarDouble) -> None:
    keywords = ("amber", "x" * 60, "one two three four five six", "<white>")
    async with call(streaming, wishes=EarWishes("en", keywords)) as caller:
        caller.say("red")
        assert (await caller.final()).text == "red"
        assert "amber" in caller.server.wished[0].keywords
        assert not caller.server.complaints


async def test_what_a_client_did_not_send_was_silence(double: EarDouble) -> None:
    async with call(double) as caller:
        caller.say("red")
        assert (await caller.final()).text == "red"
        caller.at += 30.0
        stopped = caller.say("blue")
        assert await caller.final() == Words("blue", stopped)


async def test_the_language_and_the_keywords_are_told(double: EarDouble) -> None:
    async with call(double, wishes=EarWishes("en-GB", ("amber", "white"))) as caller:
        caller.say("red")
        await caller.final()
        wished = caller.server.wished[0]
        assert (wished.language.partition("-")[0], list(wished.keywords)) == ("en", ["amber", "white"])


async def test_another_language_is_listened_for_from_there_on(double: EarDouble) -> None:
    async with call(double) as caller:
        caller.say("red")
        await caller.final()
        caller.listening.retune(EarWishes("de"))
        caller.say("green")
        assert (await caller.final()).text == "green"
        assert caller.server.wished[-1].language in {"de", "any"}


async def test_a_stretch_is_heard_again(double: EarDouble) -> None:
    async with call(double) as caller:
        caller.say("red")
        assert (await caller.final()).text == "red"
        since = caller.at
        caller.send(sound_of("green", "blue"))
        caller.send(bytes(20 * FRAME_BYTES))
        if double.streams:
            caller.server.connections = 0
        caller.listening.hear_again(since)
        assert (await caller.final()).text == "green blue"


async def test_a_silent_client_keeps_its_line(streaming: EarDouble) -> None:
    outbound = HttpOutbound(Anywhere(), user_agent="Vivavoce/test", ssl_context=NO_TLS)
    async with streaming.serving() as server:
        ear: Any = ear_of(streaming, server.url, outbound)
        ear = replace(ear, endurance=replace(ear.endurance, keep_alive_seconds=0.02))
        async with ear.listen(EarWishes()), asyncio.timeout(PATIENCE_SECONDS):
            await server.kept_alive.wait()


# What goes wrong


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_fails_once_is_tried_again_with_all_that_was_said(double: EarDouble, fault: Fault) -> None:
    if fault not in double.faults:
        return
    async with call(double, fault, "") as caller:
        stopped = caller.say("red", "green", "blue")
        assert await caller.final() == Words("red green blue", stopped)
        assert caller.server.connections == 2


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_fails_for_ever_is_broken_and_says_why(double: EarDouble, fault: Fault) -> None:
    if fault not in double.faults:
        return
    async with call(double, fault) as caller:
        caller.say("red", "green")
        message = await caller.broken()
        assert KEY not in message
        assert message.endswith((".", ")", "nonsense")) or ":" in message
        assert caller.server.connections > 1


async def test_a_server_that_says_nothing_to_a_sentence_is_broken(double: EarDouble) -> None:
    async with call(double, "stalls", answer_seconds=0.05) as caller:
        while True:
            caller.say("red", "green", "blue", "white")
            try:
                understood = await caller.final()
            except EarBroke as broke:
                assert "silent" in str(broke) or "in time" in str(broke)
                return
            assert understood.text == ""


async def test_a_sentence_to_which_nothing_is_said_is_sent_once_more(double: EarDouble) -> None:
    async with call(double, "stalls", "", answer_seconds=0.3) as caller:
        stopped = caller.say("red", "green", "blue", "white")
        assert await caller.final() == Words("red green blue white", stopped)
        assert caller.server.connections == 2


async def test_a_line_that_breaks_between_two_sentences_is_opened_anew(streaming: EarDouble) -> None:
    async with call(streaming, "", "vanishes", "") as caller:
        caller.say("red")
        assert (await caller.final()).text == "red"
        caller.listening.retune(EarWishes("en"))
        caller.say("green")
        assert (await caller.final()).text == "green"


async def test_a_wrong_key_is_not_tried_again_and_told_to_nobody(
    double: EarDouble, caplog: pytest.LogCaptureFixture
) -> None:
    if "key" not in double.faults:
        return
    caplog.set_level(logging.DEBUG)
    async with call(double, "key") as caller:
        caller.say("red")
        message = await caller.broken()
        assert "refuses the key" in message
        assert caller.server.connections == 1
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.server")]
    assert not [said for said in [message, *ours] if KEY in said]


@pytest.mark.parametrize("moment", ["before", "speaking", "asked"])
async def test_leaving_at_any_moment_hangs_up(double: EarDouble, moment: str) -> None:
    async with call(double, "stalls") as caller:
        if moment != "before":
            caller.begin("red", "green")
        if moment == "asked" or not double.streams:
            caller.begin("red")
            caller.pause()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await caller.server.arrived.wait()
        server = caller.server
    async with asyncio.timeout(PATIENCE_SECONDS):
        await server.left.wait()


# Ears without a server


@pytest.mark.parametrize("name", WITHOUT_SERVER)
async def test_an_ear_without_a_server_can_be_listened_with_and_left(name: str) -> None:
    provider, options = registry.options_of("ear", name, {})
    ear = provider.make(options, Outside(CannedOutbound(), CannedOutbound(), KnownReferences()))
    async with ear.listen(EarWishes()) as listening:
        caller = Caller(listening, EarServer())
        stopped = caller.say("red", "green")
        final = await caller.final()
        assert final.until_seconds == stopped
        assert final.text
