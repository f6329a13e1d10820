"""The scripted ear and voice: their figures hold, because every measurement of a call rests on them."""

import asyncio

import pytest

from vivavoce.engine.plan import VoiceChoice
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.speech import EarWishes, Listening, Words
from vivavoce.ports.voice import Manner, Speech
from vivavoce.providers.registry import Outside, find

FRAME_SECONDS = 0.02
OUTSIDE = Outside(CannedOutbound(), CannedOutbound(), KnownReferences())


def understood_of(*speech: tuple[float, float], seconds: float) -> list[tuple[float, Words]]:
    """What the ear understands when speech starts and stops at these times, and when, in audio time."""
    provider = find("ear", "scripted")
    ear = provider.make(provider.options(), OUTSIDE)

    async def main() -> list[tuple[float, Words]]:
        found: list[tuple[float, Words]] = []
        async with ear.listen(EarWishes()) as listening:
            task = asyncio.create_task(_collect(listening, found))
            for frame in range(round(seconds / FRAME_SECONDS)):
                await pass_time(FRAME_SECONDS)
                _hear(listening, frame * FRAME_SECONDS, speech)
            task.cancel()
        return found

    return run_virtually(main())


async def _collect(listening: Listening, found: list[tuple[float, Words]]) -> None:
    async for understood in listening:
        assert isinstance(understood, Words)
        found.append((round(asyncio.get_running_loop().time(), 3), understood))


def _hear(listening: Listening, at: float, speech: tuple[tuple[float, float], ...]) -> None:
    """The frame, and 100 ms later than the sound what voice activity says of it."""
    end = at + FRAME_SECONDS
    is_voice = any(start < end and at < stop for start, stop in speech)
    listening.hear(at, (b"\x00\x20" if is_voice else b"\x00\x00") * 320)
    for start, stop in speech:
        if abs(start + 0.1 - end) < FRAME_SECONDS / 2:
            listening.speech_started(start)
        if abs(stop + 0.1 - end) < FRAME_SECONDS / 2:
            listening.speech_stopped(stop)


def test_the_interim_comes_after_300_ms_of_speech_and_the_final_after_150_ms_of_silence() -> None:
    assert understood_of((1.0, 2.0), seconds=3) == [
        (1.3, Words("where", 1.3, final=False)),
        (2.15, Words("where is my order", 2.0)),
    ]


def test_a_cough_is_understood_as_nothing_and_costs_no_line() -> None:
    heard = understood_of((1.0, 1.2), (2.0, 3.0), seconds=4)
    assert [words.text for _, words in heard if words.final] == ["", "where is my order"]


def test_a_cough_that_is_over_when_the_first_word_would_come_has_no_first_word() -> None:
    assert [words.text for _, words in understood_of((1.0, 1.26), seconds=2)] == [""]


async def _spoken(provider_name: str, *texts: str, **options: object) -> list[tuple[float, Speech]]:
    provider = find("voice", provider_name)
    voice = provider.make(provider.options.model_validate(options), OUTSIDE)
    async with voice.speak(Manner()) as utterance:
        for piece, text in enumerate(texts):
            utterance.add(piece, text, VoiceChoice(voice_id="any"), "en")
        utterance.finish()
        return [(round(asyncio.get_running_loop().time(), 3), speech) async for speech in utterance]


def test_a_sentence_sounds_for_1500_ms_in_chunks_of_100_at_five_times_real_time() -> None:
    spoken = run_virtually(_spoken("scripted", "A sentence of any length."))
    assert [at for at, _ in spoken[:3]] == [0.1, 0.12, 0.14]
    assert len(spoken) == 15
    assert all(len(speech.pcm) == 3_200 for _, speech in spoken)
    assert [speech.last for _, speech in spoken] == [False] * 14 + [True]
    alignments = [speech.alignment for _, speech in spoken]
    assert "".join(alignment.text for alignment in alignments if alignment) == "A sentence of any length."


def test_every_chunk_of_a_reply_sounds_different_and_every_reply_the_same() -> None:
    first, second = (run_virtually(_spoken("scripted", "One.", "Two.", "Three.")) for _ in range(2))
    assert len({speech.pcm for _, speech in first}) == len(first) == 45
    assert [speech.pcm for _, speech in first] == [speech.pcm for _, speech in second]


def test_as_long_as_its_text_where_that_is_wished() -> None:
    spoken = run_virtually(_spoken("scripted", "ten chars.", "", seconds_per_piece=None))
    assert sum(len(speech.pcm) for _, speech in spoken) == round(0.6 * 32_000)
    assert [speech.piece for _, speech in spoken if speech.last] == [0, 1]


def test_the_stand_in_hums_words_and_rests_between_them() -> None:
    [speech] = [speech for _, speech in run_virtually(_spoken("stand_in", "a b"))][:1]
    each = round(0.06 * 16_000) * 2
    assert any(speech.pcm[:each])
    assert speech.alignment is not None


@pytest.mark.parametrize("amplitude", [0, 1_000])
def test_loudness_is_an_option(amplitude: int) -> None:
    [(_, first), *_] = run_virtually(_spoken("scripted", "hm", amplitude=amplitude))
    samples = memoryview(first.pcm).cast("h")
    assert max(samples) == pytest.approx(amplitude, abs=1)
