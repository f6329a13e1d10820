"""The local ear and voices by the rules that every provider keeps (tests/conformance), with their real models.

One round trip serves both: what the voice says, the ear writes down.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.servers.hearing import EarServer
from tests.conformance.test_ear import FRAME_BYTES, Caller
from tests.conformance.test_voice import add, heard
from tests.voice.sound import resampled

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.speech import EarWishes, Words
from vivavoce.ports.voice import Manner, Speech, Voice
from vivavoce.providers import registry
from vivavoce.providers.registry import Closable, Outside

pytestmark = pytest.mark.anyio

TEXTS = ("Where is my order?", "I would like to speak to a human.")
PATIENCE_SECONDS = 60


@asynccontextmanager
async def made(role: Any, name: str, models: Path) -> AsyncGenerator[Any]:
    def place(model: str) -> Path | None:
        folder = models / model
        return folder if folder.exists() else None

    provider, options = registry.options_of(role, name, {})
    outside = Outside(CannedOutbound(), CannedOutbound(), KnownReferences(), model_place=place)
    assert provider.lacks(options, outside) == ""
    part = provider.make(options, outside)
    try:
        yield part
    finally:
        if isinstance(part, Closable):
            await part.close()


async def said(voice: Voice) -> list[Speech]:
    async with voice.speak(Manner()) as utterance:
        add(utterance, TEXTS[0], " ", choice=VoiceChoice(voice_id=""))
        add(utterance, TEXTS[1], choice=VoiceChoice(voice_id="", speed=1.1), first=3)
        utterance.finish()
        return await heard(utterance)


async def test_the_local_voice_keeps_the_rules_and_the_local_ear_writes_it_down(models: Path) -> None:
    async with made("voice", "hibari", models) as voice, made("ear", "whisper", models) as ear:
        speeches = await said(voice)
        assert [speech.piece for speech in speeches] == sorted(speech.piece for speech in speeches)
        assert [speech.piece for speech in speeches if speech.last] == [1, 2, 3]
        sound = {piece: b"".join(speech.pcm for speech in speeches if speech.piece == piece) for piece in (1, 2, 3)}
        assert sound[2] == b""
        async with asyncio.timeout(PATIENCE_SECONDS), ear.listen(EarWishes()) as listening:
            caller = Caller(listening, EarServer())
            for piece, text in ((1, TEXTS[0]), (3, TEXTS[1])):
                final, stopped = await written_down(caller, resampled(sound[piece], voice.sample_rate_hz, 16_000))
                assert final.until_seconds == stopped
                # The end tells whether all of it was heard; how small words are written is not at issue here.
                assert final.text.lower().strip(" .?!").endswith(text.strip(".?!").partition(" is ")[2] or "a human")


async def written_down(caller: Caller, pcm: bytes) -> tuple[Words, float]:
    """Say it, pause, and wait for the final. Interims may come before."""
    begun = caller.at
    caller.send(pcm[: 3 * FRAME_BYTES])
    caller.listening.speech_started(begun)
    caller.send(pcm[3 * FRAME_BYTES :])
    stopped = caller.pause()
    async for understood in caller.listening:
        if isinstance(understood, Words) and understood.final:
            return understood, stopped
    raise AssertionError("an ear listens for ever")


async def test_a_cough_and_another_hearing_end_with_a_final_of_the_local_ear(models: Path) -> None:
    async with (
        made("ear", "whisper", models) as ear,
        asyncio.timeout(PATIENCE_SECONDS),
        ear.listen(EarWishes()) as listening,
    ):
        caller = Caller(listening, EarServer())
        final, stopped = await written_down(caller, bytes(10 * FRAME_BYTES))
        assert final == Words("", stopped)
        listening.hear_again(0.0)
        assert (await anext(each async for each in listening if isinstance(each, Words))).final


async def test_the_local_voice_can_be_left_at_any_moment(models: Path) -> None:
    async with made("voice", "hibari", models) as voice:
        for moment in range(2):
            async with voice.speak(Manner()) as utterance:
                add(utterance, *TEXTS)
                if moment:
                    assert (await anext(aiter(utterance))).pcm
        assert [speech.piece for speech in await said(voice) if speech.last] == [1, 2, 3]
