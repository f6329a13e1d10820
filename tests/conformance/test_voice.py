"""Every voice there is, against a double of its vendor's server: what goes well, and everything that may go wrong."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.conformance.servers.cartesia import CartesiaDouble
from tests.conformance.servers.deepgram import DeepgramVoiceDouble
from tests.conformance.servers.double import KEY
from tests.conformance.servers.elevenlabs import ElevenLabsVoiceDouble
from tests.conformance.servers.openai_speech import OpenAIVoiceDouble
from tests.conformance.servers.speaking import CHARACTER_SECONDS, Fault, VoiceDouble, VoiceServer, text_in
from tests.conformance.servers.wyoming import WyomingVoiceDouble

from vivavoce.engine.plan import VoiceChoice
from vivavoce.net.addresses import Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.voice import Manner, Speech, Utterance, Voice, VoiceBroke
from vivavoce.providers import registry
from vivavoce.providers.registry import Closable, Outside

pytestmark = pytest.mark.anyio

DOUBLES: Sequence[VoiceDouble] = (
    ElevenLabsVoiceDouble(),
    CartesiaDouble(),
    DeepgramVoiceDouble(),
    OpenAIVoiceDouble(),
    WyomingVoiceDouble(),
)
WITHOUT_SERVER = ("scripted", "stand_in")
IN_TESTS_OF_ITS_OWN = ("hibari", "kokoro", "livekit")  # tests/unit/providers and tests/voice
BEFORE_SOUND: Sequence[Fault] = ("garbage", "complaint", "hangs_up", "vanishes", "rate")
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PATIENCE_SECONDS = 10
TEXTS = ("Hello there.", "How are you?", "Fine.")
ANYBODY = VoiceChoice(voice_id="")


def named(double: VoiceDouble) -> str:
    return double.provider


@pytest.fixture(params=DOUBLES, ids=named)
def double(request: pytest.FixtureRequest) -> VoiceDouble:
    return request.param


@pytest.fixture(params=[each for each in DOUBLES if each.has_lines], ids=named)
def with_lines(request: pytest.FixtureRequest) -> VoiceDouble:
    return request.param


@asynccontextmanager
async def voice_of(double: VoiceDouble, *faults: Fault, **options: Any) -> AsyncGenerator[tuple[Voice, VoiceServer]]:
    """The provider, and a server with these faults."""
    outbound = HttpOutbound(Anywhere(), user_agent="Vivavoce/test", ssl_context=NO_TLS)
    async with double.serving(*faults) as server:
        provider, checked = registry.options_of(
            "voice", double.provider, {**double.options(server.url), "silence_seconds": 5, **options}
        )
        voice: Voice = provider.make(checked, Outside(outbound, outbound, KnownReferences()))
        assert voice.sample_rate_hz == double.rate_hz
        try:
            yield voice, server
        finally:
            if isinstance(voice, Closable):
                await voice.close()
            await outbound.close()
        assert server.complaints == []


def add(utterance: Utterance, *texts: str, choice: VoiceChoice = ANYBODY, first: int = 1, language: str = "en") -> None:
    for number, text in enumerate(texts, first):
        utterance.add(number, text, choice, language)


async def heard(utterance: Utterance) -> list[Speech]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [speech async for speech in utterance]


async def said(voice: Voice, *texts: str, choice: VoiceChoice = ANYBODY) -> list[Speech]:
    async with voice.speak(Manner()) as utterance:
        add(utterance, *texts, choice=choice)
        utterance.finish()
        return await heard(utterance)


async def failure(voice: Voice, *texts: str) -> str:
    with pytest.raises(VoiceBroke) as broke:
        await said(voice, *texts)
    return str(broke.value)


def by_piece(double: VoiceDouble, speeches: Sequence[Speech]) -> dict[int, str]:
    """What was spoken; pieces come in order, and each is over once."""
    assert [speech.piece for speech in speeches] == sorted(speech.piece for speech in speeches)
    spoken: dict[int, bytes] = {}
    over: list[int] = []
    for speech in speeches:
        assert speech.piece not in over, "a piece that is over has no more sound"
        spoken[speech.piece] = spoken.get(speech.piece, b"") + speech.pcm
        over += [speech.piece] if speech.last else []
    assert over == list(spoken)
    return {piece: text_in(pcm, double.rate_hz) for piece, pcm in spoken.items()}


def test_every_registered_voice_is_tried() -> None:
    tried = [double.provider for double in DOUBLES] + [*WITHOUT_SERVER, *IN_TESTS_OF_ITS_OWN]
    assert sorted(tried) == registry.names("voice")


# What goes well


async def test_pieces_are_spoken_in_order_each_with_its_end(double: VoiceDouble) -> None:
    async with voice_of(double) as (voice, _):
        assert by_piece(double, await said(voice, *TEXTS)) == dict(enumerate(TEXTS, 1))


async def test_a_piece_is_spoken_while_the_next_one_is_not_there_yet(double: VoiceDouble) -> None:
    async with voice_of(double) as (voice, _), voice.speak(Manner()) as utterance:
        speeches: list[Speech] = []
        add(utterance, TEXTS[0])
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for speech in utterance:
                speeches.append(speech)
                if speech.last and speech.piece < len(TEXTS):
                    add(utterance, TEXTS[speech.piece], first=speech.piece + 1)
                elif speech.last:
                    utterance.finish()
                    utterance.finish()
        assert by_piece(double, speeches) == dict(enumerate(TEXTS, 1))


async def test_a_piece_without_words_has_its_end_too(double: VoiceDouble) -> None:
    async with voice_of(double) as (voice, server):
        assert by_piece(double, await said(voice, "One.", " ", "Two.")) == {1: "One.", 2: "", 3: "Two."}
        assert [wished.text for wished in server.wished] == ["One.", "Two."]


async def test_a_reply_without_text_is_silent(double: VoiceDouble) -> None:
    async with voice_of(double) as (voice, server):
        assert await said(voice) == []
        assert server.connections == 0


async def test_every_character_has_its_place(double: VoiceDouble) -> None:
    async with voice_of(double) as (voice, _):
        speeches = await said(voice, *TEXTS)
    if not double.aligns:
        assert not [speech for speech in speeches if speech.alignment is not None]
        return
    for number, text in enumerate(TEXTS, 1):
        seconds, characters, starts = 0.0, "", list[float]()
        for speech in (speech for speech in speeches if speech.piece == number):
            assert speech.alignment is not None, "a piece is aligned as a whole or not at all"
            characters += speech.alignment.text
            starts += [seconds + start for start in speech.alignment.starts_seconds]
            seconds += len(speech.pcm) / 2 / double.rate_hz
        assert characters == text
        assert starts == sorted(starts)
        words = [place for place, character in enumerate(text) if place == 0 or text[place - 1] == " "]
        assert [starts[place] for place in words] == pytest.approx([place * CHARACTER_SECONDS for place in words])


async def test_the_voice_and_its_manner_are_told(double: VoiceDouble) -> None:
    choice = VoiceChoice(voice_id="ours", speed=1.2, stability=0.4)
    async with voice_of(double, voices={"ours": double.voice_there}) as (voice, server):
        await said(voice, "Hello.", choice=choice)
        [wished] = server.wished
        assert wished.voice == double.voice_there
        assert wished.speed in ({1.2} if double.provider != "wyoming" else {None})
        assert wished.stability == (0.4 if double.stability else None)


async def test_markup_goes_to_whom_it_is_for_and_is_heard_nowhere_else(double: VoiceDouble) -> None:
    sounds, pause = '<phoneme alphabet="ipa" ph="eida">Ada</phoneme> is here.', 'One.<break time="1s"/>'
    async with voice_of(double) as (voice, server):
        await said(voice, "2 < 3 > 1.", pause, sounds)
        async with voice.speak(Manner(phoneme_tags=False)) as utterance:
            add(utterance, sounds)
            utterance.finish()
            await heard(utterance)
    as_written = [pause, sounds] if double.provider == "elevenlabs" else ["One.", "Ada is here."]
    assert [wished.text.strip() for wished in server.wished] == ["2 < 3 > 1.", *as_written, "Ada is here."]


async def test_two_voices_share_a_reply(double: VoiceDouble) -> None:
    async with voice_of(double, voices={"ours": double.voice_there}) as (voice, server):
        async with voice.speak(Manner()) as utterance:
            add(utterance, "One.", "Two.")
            add(utterance, "Three.", choice=VoiceChoice(voice_id="ours"), first=3)
            add(utterance, "Four.", first=4)
            utterance.finish()
            assert list(by_piece(double, await heard(utterance)).values()) == ["One.", "Two.", "Three.", "Four."]
        voices = [wished.voice for wished in server.wished]
        assert voices[2] == double.voice_there
        assert double.voice_there not in (voices[0], voices[1], voices[3])


async def test_it_lists_its_voices(double: VoiceDouble) -> None:
    async with voice_of(double) as (voice, _):
        stock = await voice.stock()
        assert double.voice_there in [each.voice_id for each in stock]
        assert all(each.name for each in stock)


async def test_a_line_is_kept_for_the_next_reply(with_lines: VoiceDouble) -> None:
    async with voice_of(with_lines) as (voice, server):
        for _ in range(3):
            assert by_piece(with_lines, await said(voice, "Hello.")) == {1: "Hello."}
        assert server.connections == 1


# Leaving


@pytest.mark.parametrize("fault", ["stalls", "holds"])
async def test_leaving_at_any_moment_tells_the_server_to_stop(double: VoiceDouble, fault: Fault) -> None:
    async with voice_of(double, fault, "") as (voice, server):
        async with voice.speak(Manner()) as utterance, asyncio.timeout(PATIENCE_SECONDS):
            add(utterance, *TEXTS)
            speaking = asyncio.create_task(anext(aiter(utterance)))
            if fault == "holds":
                assert text_in((await speaking).pcm, double.rate_hz)
            else:
                await server.said.wait()
                speaking.cancel()
                await asyncio.wait([speaking])
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.hushed.wait()


async def test_nothing_of_a_reply_that_was_left_is_in_the_next_one(double: VoiceDouble) -> None:
    if "late" not in double.faults:
        return
    async with voice_of(double, "late", "") as (voice, server):
        async with voice.speak(Manner()) as utterance:
            add(utterance, "Old news.")
            assert (await anext(aiter(utterance))).piece == 1
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.hushed.wait()
        async with voice.speak(Manner()) as utterance:
            add(utterance, "New!")
            speech = await anext(aiter(utterance))
            assert text_in(speech.pcm, double.rate_hz) == "New!"


async def test_leaving_before_the_first_word_opens_nothing(double: VoiceDouble) -> None:
    async with voice_of(double) as (voice, server):
        async with voice.speak(Manner()):
            pass
        assert server.connections == 0


# What goes wrong


@pytest.mark.parametrize("fault", BEFORE_SOUND)
async def test_what_fails_before_it_sounds_is_tried_again(double: VoiceDouble, fault: Fault) -> None:
    if fault not in double.faults:
        return
    async with voice_of(double, fault, "") as (voice, server):
        assert by_piece(double, await said(voice, *TEXTS)) == dict(enumerate(TEXTS, 1))
        assert server.connections >= 2


@pytest.mark.parametrize("fault", BEFORE_SOUND)
async def test_what_fails_for_ever_is_broken_and_says_why(double: VoiceDouble, fault: Fault) -> None:
    if fault not in double.faults:
        return
    async with voice_of(double, fault) as (voice, server):
        message = await failure(voice, *TEXTS)
        assert message
        assert KEY not in message
        assert server.connections == 2


async def test_what_breaks_in_the_middle_is_broken_there(double: VoiceDouble) -> None:
    async with voice_of(double, "breaks") as (voice, server), voice.speak(Manner()) as utterance:
        add(utterance, *TEXTS)
        utterance.finish()
        spoken = b""
        with pytest.raises(VoiceBroke):
            async for speech in utterance:
                assert (speech.piece, speech.last) == (1, False)
                spoken += speech.pcm
        assert TEXTS[0].startswith(text_in(spoken, double.rate_hz))
        assert server.connections == 1


@pytest.mark.parametrize("fault", ["stalls", "holds"])
async def test_silence_is_a_failure(double: VoiceDouble, fault: Fault) -> None:
    async with voice_of(double, fault, silence_seconds=0.1) as (voice, _):
        assert "silent" in await failure(voice, *TEXTS)


async def test_a_wrong_key_is_not_tried_again_and_told_to_nobody(
    double: VoiceDouble, caplog: pytest.LogCaptureFixture
) -> None:
    if "key" not in double.faults:
        return
    caplog.set_level(logging.DEBUG)
    async with voice_of(double, "key") as (voice, server):
        message = await failure(voice, "Hello.")
        assert "refuses the key" in message
        assert server.connections == 1
        if double.has_lines:
            with pytest.raises(VoiceBroke) as unlisted:
                await voice.stock()
            message += str(unlisted.value)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.server")]
    assert not [said for said in [message, *ours] if KEY in said]


async def test_a_kept_line_that_was_ended_meanwhile_is_replaced(with_lines: VoiceDouble) -> None:
    async with voice_of(with_lines) as (voice, server):
        await said(voice, "One.")
        server.hang_up.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.left.wait()
        assert by_piece(with_lines, await said(voice, "Two.")) == {1: "Two."}
        assert server.connections == 2


async def test_what_sounds_at_another_rate_says_what_to_do() -> None:
    async with voice_of(WyomingVoiceDouble()) as (_, server):
        provider, checked = registry.options_of("voice", "wyoming", {"address": server.url, "sample_rate_hz": 16_000})
        outbound = HttpOutbound(Anywhere(), user_agent="Vivavoce/test", ssl_context=NO_TLS)
        slower = provider.make(checked, Outside(outbound, outbound, KnownReferences()))
        assert "sample_rate_hz" in await failure(slower, "Hello.")
        await outbound.close()


# Voices without a server


@pytest.mark.parametrize("name", WITHOUT_SERVER)
async def test_a_voice_without_a_server_speaks_and_can_be_left(name: str) -> None:
    provider, options = registry.options_of("voice", name, {})
    voice = provider.make(options, Outside(CannedOutbound(), CannedOutbound(), KnownReferences()))
    async with voice.speak(Manner()) as utterance:
        add(utterance, "Hello.")
        assert (await anext(aiter(utterance))).pcm
    assert await voice.stock() is not None
