"""The local ear writes each stretch down at its pause, and a stretch that goes on as a whole."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from vivavoce.ports.speech import AtWork, EarBroke, EarWishes, Language, Understood, Words
from vivavoce.providers.local.features import SAMPLE_RATE_HZ, Samples, samples_of
from vivavoce.providers.local.loaded import Loaded
from vivavoce.providers.local.pool import Pool, Urgency
from vivavoce.providers.local.whisper import Transcript
from vivavoce.providers.speech._heard import KEPT_SECONDS, Heard
from vivavoce.providers.speech.whisper import (
    FIRST_INTERIM_SECONDS,
    LEAD_SECONDS,
    LONG_LULL_SECONDS,
    LONGEST_SECONDS,
    LULL_SECONDS,
    Leisure,
    Models,
    WhisperEar,
    WhisperListening,
)

pytestmark = pytest.mark.anyio

FRAME_SECONDS = 0.1


@dataclass
class FakeWhisper:
    """Says how many tenths of a second it was given; waits while its gate is shut."""

    language: str = "en"
    is_multilingual: bool = True
    breaks: bool = False
    asked: list[tuple[float, str, str]] = field(default_factory=list)
    careful: list[bool] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def transcribe(
        self, samples: Samples, expected: str = "en", prompt: str = "", keywords: str = "", *, careful: bool = True
    ) -> Transcript:
        self.careful.append(careful)
        self.entered.set()
        assert self.gate.wait(10)
        if self.breaks:
            raise MemoryError
        seconds = round(len(samples) / SAMPLE_RATE_HZ, 1)
        self.asked.append((seconds, expected, prompt or keywords))
        return Transcript(f"{seconds} seconds", self.language, -0.1)


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(1)
    yield pool
    pool.close()


def loaded(pool: Pool, model: FakeWhisper) -> Loaded[Any]:
    return Loaded(pool, Urgency.FINAL, lambda: model)


@asynccontextmanager
async def listening(
    pool: Pool, final: FakeWhisper, interim: FakeWhisper | None = None, **wishes: Any
) -> AsyncIterator[tuple[WhisperListening, AsyncIterator[Understood]]]:
    models = Models(
        loaded(pool, final),
        loaded(pool, interim) if interim else None,
        interim_is_english=interim is not None and not interim.is_multilingual,
    )
    async with WhisperEar(models).listen(EarWishes(**wishes)) as ear:
        yield ear, aiter(ear)


def hear(ear: WhisperListening, begin: float, end: float) -> None:
    frame = bytes(round(FRAME_SECONDS * SAMPLE_RATE_HZ) * 2)
    for index in range(round((end - begin) / FRAME_SECONDS)):
        ear.hear(begin + index * FRAME_SECONDS, frame)


async def next_of(understood: AsyncIterator[Understood]) -> Understood:
    """Words or a language; that it is at work, the ear says before."""
    async with asyncio.timeout(10):
        while isinstance(found := await anext(understood), AtWork):
            pass
        return found


async def test_a_stretch_is_written_down_at_its_pause(pool: Pool) -> None:
    final = FakeWhisper()
    async with listening(pool, final, keywords=("Vivavoce", "Hibari")) as (ear, understood):
        hear(ear, 0.0, 1.0)
        ear.speech_started(1.0)
        hear(ear, 1.0, 3.5)
        ear.speech_stopped(3.0)
        assert await next_of(understood) == Words("2.5 seconds", 3.0)
        assert final.asked == [(2.5, "en", "Vivavoce, Hibari.")]
        assert final.asked[0][0] == pytest.approx(2.0 + LEAD_SECONDS + 0.2)


async def test_a_caller_who_goes_on_before_the_words_are_there_gets_one_final_for_all(pool: Pool) -> None:
    final = FakeWhisper()
    final.gate.clear()
    async with listening(pool, final) as (ear, understood):
        hear(ear, 0.0, 1.0)
        ear.speech_started(1.0)
        hear(ear, 1.0, 2.2)
        ear.speech_stopped(2.0)
        await asyncio.to_thread(final.entered.wait, 10)
        ear.speech_started(2.4)
        hear(ear, 2.2, 5.5)
        final.gate.set()
        ear.speech_stopped(5.0)
        assert await next_of(understood) == Words("4.5 seconds", 5.0)


async def test_two_stretches_are_two_finals_in_order_and_the_first_helps_the_second(pool: Pool) -> None:
    final = FakeWhisper()
    async with listening(pool, final) as (ear, understood):
        hear(ear, 0.0, 1.0)
        ear.speech_started(1.0)
        hear(ear, 1.0, 2.5)
        ear.speech_stopped(2.0)
        first = await next_of(understood)
        ear.speech_started(4.0)
        hear(ear, 2.5, 5.5)
        ear.speech_stopped(5.0)
        assert [first, await next_of(understood)] == [Words("1.5 seconds", 2.0), Words("1.5 seconds", 5.0)]
        assert final.asked[1][2] == "1.5 seconds"


async def test_the_small_model_listens_along_while_somebody_speaks(pool: Pool) -> None:
    final, interim = FakeWhisper(), FakeWhisper(is_multilingual=False)
    async with listening(pool, final, interim) as (ear, understood):
        ear.speech_started(0.0)
        hear(ear, 0.0, FIRST_INTERIM_SECONDS + FRAME_SECONDS)
        found = await next_of(understood)
        assert isinstance(found, Words)
        assert not found.final


@pytest.mark.parametrize("language", ["de", "es-MX"])
async def test_a_small_model_of_another_language_keeps_quiet(pool: Pool, language: str) -> None:
    final, interim = FakeWhisper(language=language[:2]), FakeWhisper(is_multilingual=False)
    async with listening(pool, final, interim, language=language) as (ear, understood):
        ear.speech_started(0.0)
        hear(ear, 0.0, 2.0)
        ear.speech_stopped(2.0)
        found = await next_of(understood)
        assert isinstance(found, Words)
        assert found.final
        assert interim.asked == []


async def test_somebody_who_does_not_stop_is_written_down_on_the_way(pool: Pool) -> None:
    async with listening(pool, FakeWhisper()) as (ear, understood):
        ear.speech_started(0.5)
        hear(ear, 0.0, LONGEST_SECONDS + 1.0)
        first = await next_of(understood)
        assert isinstance(first, Words)
        assert first.final
        hear(ear, LONGEST_SECONDS + 1.0, LONGEST_SECONDS + 3.0)
        ear.speech_stopped(LONGEST_SECONDS + 2.5)
        second = await next_of(understood)
        assert isinstance(second, Words)
        assert second.until_seconds == LONGEST_SECONDS + 2.5
        assert float(second.text.split()[0]) < 3.0


async def test_five_minutes_without_a_pause_are_written_down_whole_and_little_of_them_is_kept(pool: Pool) -> None:
    final = FakeWhisper()
    async with listening(pool, final) as (ear, understood):
        ear.speech_started(0.0)
        step = LONGEST_SECONDS + 1.0
        finals: list[Understood] = []
        for number in range(12):
            hear(ear, number * step, (number + 1) * step)
            finals.append(await next_of(understood))
        ear.speech_stopped(12 * step)
        finals.append(await next_of(understood))
        assert all(isinstance(each, Words) and each.final for each in finals)
        heard_seconds = sum(seconds for seconds, _, _ in final.asked)
        assert heard_seconds == pytest.approx(12 * step, rel=0.05)
        assert max(seconds for seconds, _, _ in final.asked) <= LONGEST_SECONDS + 2.0


async def test_another_language_is_reported_before_its_words(pool: Pool) -> None:
    async with listening(pool, FakeWhisper(language="fr")) as (ear, understood):
        ear.speech_started(0.0)
        hear(ear, 0.0, 2.0)
        ear.speech_stopped(2.0)
        assert await next_of(understood) == Language("fr", 2.0)
        assert isinstance(await next_of(understood), Words)


async def test_it_hears_again_what_it_was_asked_to(pool: Pool) -> None:
    async with listening(pool, FakeWhisper()) as (ear, understood):
        hear(ear, 0.0, 6.0)
        ear.hear_again(2.0)
        assert await next_of(understood) == Words("4.0 seconds", 6.0)


async def test_a_model_that_breaks_breaks_the_ear_with_a_reason(pool: Pool) -> None:
    async with listening(pool, FakeWhisper(breaks=True)) as (ear, understood):
        ear.speech_started(0.0)
        hear(ear, 0.0, 1.0)
        ear.speech_stopped(1.0)
        with pytest.raises(EarBroke, match="local ear"):
            await next_of(understood)


def second_of(value: int) -> bytes:
    return value.to_bytes(2, "little") * SAMPLE_RATE_HZ


def test_gaps_are_silence_and_old_audio_is_forgotten() -> None:
    heard = Heard(SAMPLE_RATE_HZ)
    heard.add(0.0, second_of(1))
    heard.add(2.0, second_of(2))
    assert heard.until == pytest.approx(3.0)
    assert heard.between(heard.mark(1.0), heard.mark(2.0)) == second_of(0)
    assert heard.between(heard.mark(2.0), heard.mark(3.0)) == second_of(2)
    for second in range(3, 120):
        heard.add(float(second), second_of(3))
    assert heard.between(heard.mark(119.0), heard.mark(120.0)) == second_of(3)
    assert len(heard.between(0, heard.mark(120.0))) <= (2 * KEPT_SECONDS + 1) * 2 * SAMPLE_RATE_HZ
    assert heard.until == pytest.approx(120.0)


def test_audio_that_was_held_up_and_comes_in_a_lump_keeps_its_order_and_its_marks() -> None:
    heard = Heard(SAMPLE_RATE_HZ)
    heard.add(0.0, second_of(1))
    begin = heard.mark(0.5)
    # The line stood still; then four seconds arrive at once, and the call's clock has no room for them.
    for value, at in ((2, 4.0), (3, 4.0), (4, 4.0), (5, 4.0)):
        heard.add(at, second_of(value))
    heard.add(5.0, second_of(6))
    end = heard.mark(6.0)
    whole = heard.between(begin, end)
    assert whole.endswith(second_of(2) + second_of(3) + second_of(4) + second_of(5) + second_of(6))
    assert whole.startswith(second_of(1)[SAMPLE_RATE_HZ:])
    assert heard.between(heard.mark(5.0), end) == second_of(6)


async def test_words_that_come_along_are_written_down_without_much_thought(pool: Pool) -> None:
    final, interim = FakeWhisper(), FakeWhisper()
    async with listening(pool, final, interim) as (ear, understood):
        ear.speech_started(0.0)
        hear(ear, 0.0, FIRST_INTERIM_SECONDS + 0.1)
        assert not (await next_of(understood)).final
        ear.speech_stopped(0.7)
        assert (await next_of(understood)).final
    assert (interim.careful, final.careful) == ([False], [True])


async def test_on_a_busy_machine_only_the_first_words_of_a_stretch_come_along(pool: Pool) -> None:
    final, interim = FakeWhisper(), FakeWhisper()
    leisure = Leisure(free_at=float("inf"))
    models = Models(loaded(pool, final), loaded(pool, interim), leisure=leisure)
    async with WhisperEar(models).listen(EarWishes()) as ear:
        understood = aiter(ear)
        for begin in (0.0, 10.0):
            ear.speech_started(begin)
            hear(ear, begin, begin + 1.0)
            assert not (await next_of(understood)).final
            hear(ear, begin + 1.0, begin + 4.0)
            ear.speech_stopped(begin + 4.0)
            assert (await next_of(understood)).final
    assert len(interim.asked) == 2


def test_listening_along_leaves_most_of_a_core_to_others() -> None:
    leisure = Leisure()
    assert leisure.has_room(0.0)
    leisure.took(1.0, 1.2)
    assert not leisure.has_room(2.5)
    assert leisure.has_room(2.61)
    leisure.took(1.3, 1.31)
    assert not leisure.has_room(2.5)
    leisure.took(10.0, 10.2, is_busy=True)
    assert not leisure.has_room(13.1)
    assert leisure.has_room(13.21)


# Guesses


def loud(ear: WhisperListening, begin: float, end: float) -> None:
    _speak(ear, begin, end, b"\x00\x10")


def quiet(ear: WhisperListening, begin: float, end: float) -> None:
    _speak(ear, begin, end, b"\x05\x00")


def _speak(ear: WhisperListening, begin: float, end: float, sample: bytes) -> None:
    frame = sample * round(0.02 * SAMPLE_RATE_HZ)
    for index in range(round((end - begin) / 0.02)):
        ear.hear(begin + index * 0.02, frame)


async def until_asked(model: FakeWhisper) -> None:
    assert await asyncio.to_thread(model.entered.wait, 10)
    model.entered.clear()


async def test_it_says_that_it_is_at_work_before_it_has_the_words(pool: Pool) -> None:
    final = FakeWhisper()
    final.gate.clear()
    async with listening(pool, final) as (ear, understood):
        ear.speech_started(0.0)
        hear(ear, 0.0, 1.0)
        ear.speech_stopped(1.0)
        assert await anext(understood) == AtWork(1.0)
        final.gate.set()
        assert await next_of(understood) == Words("1.0 seconds", 1.0)


async def test_a_final_is_begun_at_the_lull_and_is_there_when_the_pause_is_believed(pool: Pool) -> None:
    final = FakeWhisper()
    async with listening(pool, final) as (ear, understood):
        ear.speech_started(0.0)
        loud(ear, 0.0, 1.0)
        quiet(ear, 1.0, 1.0 + LULL_SECONDS)
        await until_asked(final)
        quiet(ear, 1.0 + LULL_SECONDS, 1.3)
        ear.speech_stopped(1.02)
        assert await next_of(understood) == Words("1.1 seconds", 1.02)
        assert len(final.asked) == 1


async def test_a_guess_is_dropped_when_the_voice_comes_back(pool: Pool) -> None:
    final = FakeWhisper()
    async with listening(pool, final) as (ear, understood):
        ear.speech_started(0.0)
        loud(ear, 0.0, 1.0)
        quiet(ear, 1.0, 1.0 + LULL_SECONDS)
        await until_asked(final)
        loud(ear, 1.0 + LULL_SECONDS, 2.0)
        quiet(ear, 2.0, 2.02)
        ear.speech_stopped(2.0)
        assert await next_of(understood) == Words("2.0 seconds", 2.0)


async def test_a_guess_that_did_not_hear_all_is_not_believed(pool: Pool) -> None:
    """The voice went on, but so softly that only voice activity heard it."""
    final = FakeWhisper()
    async with listening(pool, final) as (ear, understood):
        ear.speech_started(0.0)
        loud(ear, 0.0, 1.0)
        quiet(ear, 1.0, 3.0)
        await until_asked(final)
        ear.speech_stopped(2.8)
        assert await next_of(understood) == Words("3.0 seconds", 2.8)


async def test_a_guess_at_a_short_lull_wants_a_thread_to_spare(pool: Pool) -> None:
    final, other = FakeWhisper(), FakeWhisper()
    other.gate.clear()
    async with listening(pool, final) as (ear, understood):
        busy = asyncio.ensure_future(pool.run(Urgency.AUDIO, lambda: other.transcribe(samples_of(bytes(320)))))
        await until_asked(other)
        ear.speech_started(0.0)
        loud(ear, 0.0, 1.0)
        quiet(ear, 1.0, 1.0 + LULL_SECONDS)
        await asyncio.sleep(0)
        assert pool.waiting == 0
        quiet(ear, 1.0 + LULL_SECONDS, 1.4)
        ear.speech_stopped(1.0)
        other.gate.set()
        await busy
        assert await next_of(understood) == Words("1.1 seconds", 1.0)


async def test_a_guess_at_a_long_lull_takes_its_place_behind_the_others(pool: Pool) -> None:
    final, other = FakeWhisper(), FakeWhisper()
    other.gate.clear()
    async with listening(pool, final) as (ear, understood):
        busy = asyncio.ensure_future(pool.run(Urgency.AUDIO, lambda: other.transcribe(samples_of(bytes(320)))))
        await until_asked(other)
        ear.speech_started(0.0)
        loud(ear, 0.0, 1.0)
        quiet(ear, 1.0, 1.0 + LONG_LULL_SECONDS)
        await asyncio.sleep(0)
        assert pool.waiting == 1
        loud(ear, 1.2, 1.22)
        await asyncio.sleep(0)
        other.gate.set()
        await busy
        quiet(ear, 1.22, 1.24)
        ear.speech_stopped(1.22)
        assert await next_of(understood) == Words("1.2 seconds", 1.22)
        assert len(final.asked) == 1


# A busy machine


@pytest.mark.parametrize(
    ("wishes", "by_small"), [(EarWishes(), True), (EarWishes(language="de"), False), (EarWishes(is_live=False), False)]
)
async def test_a_busy_machine_hears_with_its_small_model_where_that_will_do(
    pool: Pool, wishes: EarWishes, by_small: bool
) -> None:
    final, small = FakeWhisper(language=wishes.language), FakeWhisper(is_multilingual=False)
    models = Models(loaded(pool, final), loaded(pool, small), interim_is_english=True, small_above=-1.0)
    async with WhisperEar(models).listen(wishes) as ear:
        understood = aiter(ear)
        ear.speech_started(0.0)
        hear(ear, 0.0, 0.5)
        ear.speech_stopped(0.5)
        await next_of(understood)
    assert (bool(small.asked), bool(final.asked)) == (by_small, not by_small)


async def test_the_small_model_is_told_the_keywords_but_not_what_was_said_before(pool: Pool) -> None:
    final, small = FakeWhisper(), FakeWhisper(is_multilingual=False)
    models = Models(loaded(pool, final), loaded(pool, small), interim_is_english=True, small_above=-1.0)
    async with WhisperEar(models).listen(EarWishes()) as ear:
        understood = aiter(ear)
        for begin in (0.0, 2.0):
            ear.speech_started(begin)
            hear(ear, begin, begin + 0.5)
            ear.speech_stopped(begin + 0.5)
            await next_of(understood)
        ear.retune(EarWishes(keywords=("Vivavoce",)))
        ear.speech_started(4.0)
        hear(ear, 4.0, 4.5)
        ear.speech_stopped(4.5)
        await next_of(understood)
    assert [prompt for _, _, prompt in small.asked] == ["", "", "Vivavoce."]
