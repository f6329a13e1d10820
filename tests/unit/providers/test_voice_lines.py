"""Which lines of far voices are kept for the next reply, and which are better not."""

from collections.abc import Sequence

import orjson
import pytest
from pydantic import SecretStr

from vivavoce.engine.plan import VoiceChoice
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.outbound import CannedLine, CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.voice import Manner, Normalisation, VoiceBroke
from vivavoce.providers.registry import Outside
from vivavoce.providers.voice import elevenlabs
from vivavoce.providers.voice._lines import LineVoice, Piece

SOUND = "AAAA" * 100


def voice(outbound: CannedOutbound) -> LineVoice:
    options = elevenlabs.ElevenLabsVoiceOptions(api_key=SecretStr("key-of-ours"))
    return elevenlabs.make(options, Outside(outbound, outbound, KnownReferences()))


class Vendor:
    """A line on which each piece sounds at once, and is over only when it is told so."""

    def __init__(self, *, sounds: bool = True) -> None:
        self.begun: list[str] = []
        self.line = CannedLine(answering=self._answer)
        self._sounds = sounds

    def _answer(self, message: str | bytes) -> Sequence[str]:
        body = orjson.loads(message)
        if "flush" not in body:
            return ()
        self.begun.append(body["context_id"])
        sound = {"audio": SOUND, "contextId": body["context_id"]}
        return (orjson.dumps(sound).decode(),) if self._sounds else ()

    def ends_all(self) -> None:
        for context in self.begun:
            self.line.say(orjson.dumps({"isFinal": True, "contextId": context}).decode())


async def interrupted(made: LineVoice, *, after_seconds: float = 0.1, sounds: bool = True) -> None:
    """A reply of two sentences that nobody lets speak to its end."""
    async with made.speak(Manner()) as utterance:
        utterance.add(0, "One.", VoiceChoice(voice_id="v"), "en")
        utterance.add(1, "Two.", VoiceChoice(voice_id="v"), "en")
        speeches = aiter(utterance)
        if sounds:
            await anext(speeches)
        else:
            with pytest.raises(TimeoutError):
                import asyncio

                async with asyncio.timeout(after_seconds):
                    await anext(speeches)
        await pass_time(after_seconds)


def test_who_is_interrupted_again_and_again_does_not_open_more_contexts_than_a_line_may_have() -> None:
    async def script() -> None:
        first, second = Vendor(), Vendor()
        outbound = CannedOutbound(lines=(first.line, second.line))
        made = voice(outbound)
        for _ in range(3):
            await interrupted(made)
        assert (len(first.begun), len(second.begun)) == (4, 2)
        await made.close()

    run_virtually(script())


def test_a_line_whose_contexts_are_over_serves_as_often_as_it_likes() -> None:
    async def script() -> None:
        vendor = Vendor()
        outbound = CannedOutbound(lines=(vendor.line,))
        made = voice(outbound)
        for _ in range(5):
            await interrupted(made)
            vendor.ends_all()
            await pass_time(0.1)
        assert len(outbound.connected) == 1
        await made.close()

    run_virtually(script())


@pytest.mark.parametrize(("after_seconds", "lines"), [(1.0, 1), (4.0, 2)])
def test_a_line_that_may_be_dead_is_not_kept(after_seconds: float, lines: int) -> None:
    async def script() -> None:
        silent, good = Vendor(sounds=False), Vendor()
        outbound = CannedOutbound(lines=(silent.line, good.line))
        made = voice(outbound)
        await interrupted(made, after_seconds=after_seconds / 2, sounds=False)
        try:
            await interrupted(made, after_seconds=0.1, sounds=lines == 2)
        finally:
            await made.close()
        assert len(outbound.connected) == lines

    run_virtually(script())


@pytest.mark.parametrize(
    ("error", "connections", "denied"),
    [("quota_exceeded", 1, True), ("voice_not_found", 1, False), ("internal_error", 2, False)],
)
def test_what_cannot_be_mended_is_not_tried_again(error: str, connections: int, denied: bool) -> None:
    def refuses(message: str | bytes) -> Sequence[str]:
        body = orjson.loads(message)
        refused = {"error": error, "message": "No.", "contextId": body["context_id"]}
        return (orjson.dumps(refused).decode(),) if "flush" in body else ()

    async def script() -> None:
        outbound = CannedOutbound(lines=(CannedLine(answering=refuses), CannedLine(answering=refuses)))
        made = voice(outbound)
        with pytest.raises(VoiceBroke) as broke:
            await interrupted(made)
        assert broke.value.denied == denied
        assert len(outbound.connected) == connections
        await made.close()

    run_virtually(script())


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        ("eleven_flash_v2_5", "auto", ""),
        ("eleven_flash_v2_5", "on", ""),
        ("eleven_flash_v2_5", "off", "off"),
        ("eleven_multilingual_v2", "on", "on"),
    ],
)
def test_the_vendor_is_told_whether_to_write_numbers_out(model: str, asked: Normalisation, sent: str) -> None:
    choice = VoiceChoice(voice_id="v", model_id=model)
    request = voice(CannedOutbound()).dialect.request(Piece(0, "1", choice, "en", asked))
    assert f"apply_text_normalization={sent}" in request.url if sent else "normalization" not in request.url
