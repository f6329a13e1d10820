"""Ears that step in for one another."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from vivavoce.engine.events import SteppedIn
from vivavoce.ports.conversion import Conversion, Converter, equal_rates
from vivavoce.ports.speech import Ear, EarBroke, EarWishes, Understood, Words, gives_interims
from vivavoce.providers.ear_cascade import EarCascade, Named, WarmEarCascade
from vivavoce.providers.health import Board

pytestmark = pytest.mark.anyio

FRAME = b"\x01\x00" * 320
FRAME_SECONDS = 0.02


@dataclass
class FakeEar:
    """Understands how much of each stretch it heard, or breaks at the first pause."""

    name: str
    breaks: int = 0
    """How often."""
    sample_rate_hz: int = 16_000
    gives_interims: bool = False
    calls: int = 0
    warmed: int = 0
    closed: int = 0
    left: int = 0
    wishes: list[EarWishes] = field(default_factory=list[EarWishes])

    @asynccontextmanager
    async def listen(self, wishes: EarWishes) -> AsyncGenerator["FakeListening"]:
        self.calls += 1
        self.wishes.append(wishes)
        try:
            yield FakeListening(self)
        finally:
            self.left += 1


class WarmableEar(FakeEar):
    async def warm(self) -> None:
        self.warmed += 1

    async def close(self) -> None:
        self.closed += 1


class FakeListening:
    def __init__(self, ear: FakeEar) -> None:
        self._ear = ear
        self._samples: list[tuple[float, int]] = []
        self._started = 0.0
        self._understood: asyncio.Queue[Understood | EarBroke] = asyncio.Queue()

    def hear(self, at_seconds: float, pcm: bytes) -> None:
        self._samples.append((at_seconds, len(pcm) // 2))

    def speech_started(self, at_seconds: float) -> None:
        self._started = at_seconds

    def speech_stopped(self, at_seconds: float) -> None:
        self._answer(self._started, at_seconds)

    def retune(self, wishes: EarWishes) -> None:
        self._ear.wishes.append(wishes)

    def hear_again(self, since_seconds: float) -> None:
        self._answer(since_seconds, self._samples[-1][0])

    def _answer(self, begin: float, end: float) -> None:
        if self._ear.breaks:
            self._ear.breaks -= 1
            self._understood.put_nowait(EarBroke(f"{self._ear.name} broke"))
            return
        heard = sum(samples for at, samples in self._samples if begin - 1e-6 <= at < end - 1e-6)
        self._understood.put_nowait(Words(f"{self._ear.name} {heard / self._ear.sample_rate_hz:.2f}", end))

    async def __aiter__(self) -> AsyncIterator[Understood]:
        while True:
            understood = await self._understood.get()
            if isinstance(understood, EarBroke):
                raise understood
            yield understood


class Speaker:
    """Somebody at the other end."""

    def __init__(self, listening: object) -> None:
        self.listening = listening
        self.at = 0.0

    def send(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_SECONDS)):
            self.listening.hear(round(self.at, 3), FRAME)  # type: ignore[attr-defined]
            self.at += FRAME_SECONDS

    def say(self, seconds: float) -> None:
        begun = round(self.at, 3)
        self.send(0.06)
        self.listening.speech_started(begun)  # type: ignore[attr-defined]
        self.send(seconds - 0.06)
        stopped = round(self.at, 3)
        self.send(0.1)
        self.listening.speech_stopped(stopped)  # type: ignore[attr-defined]
        self.send(0.2)


def cascade_of(*ears: Ear, board: Board | None = None, conversion: Conversion = equal_rates) -> EarCascade:
    named = [Named(getattr(ear, "name", "?"), ear) for ear in ears]
    return EarCascade(named, conversion, board or Board())


async def finals(cascade: EarCascade, seconds: Sequence[float]) -> list[str]:
    heard: list[str] = []
    async with asyncio.timeout(5), cascade.listen(EarWishes()) as listening:
        speaker = Speaker(listening)
        understood = aiter(listening)
        for each in seconds:
            speaker.send(2.0)
            speaker.say(each)
            words = await anext(understood)
            assert isinstance(words, Words)
            heard.append(words.text)
    return heard


async def test_the_first_hears_while_it_can() -> None:
    one, two = FakeEar("one"), FakeEar("two")
    assert await finals(cascade_of(one, two), [0.5, 1.0]) == ["one 0.50", "one 1.00"]
    assert two.calls == 0


async def test_the_next_is_given_all_that_was_not_heard_yet() -> None:
    one, two = FakeEar("one", breaks=1), FakeEar("two")
    assert await finals(cascade_of(one, two), [0.5, 1.0]) == ["two 0.50", "two 1.00"]


async def test_what_one_has_heard_the_next_does_not_hear_again() -> None:
    one, two = FakeEar("one"), FakeEar("two")
    async with asyncio.timeout(5), cascade_of(one, two).listen(EarWishes()) as listening:
        speaker = Speaker(listening)
        understood = aiter(listening)
        speaker.say(0.5)
        assert (await anext(understood)) == Words("one 0.50", 0.5)
        one.breaks = 1
        speaker.say(1.0)
        words = await anext(understood)
        assert isinstance(words, Words)
        assert words.text == "two 1.00"


async def test_a_stretch_that_goes_on_is_heard_from_its_begin() -> None:
    one, two = FakeEar("one", breaks=1), FakeEar("two")
    async with asyncio.timeout(5), cascade_of(one, two).listen(EarWishes()) as listening:
        speaker = Speaker(listening)
        understood = aiter(listening)
        speaker.say(0.5)
        speaker.say(0.3)  # before anybody answered
        texts = [words.text for words in [await anext(understood), await anext(understood)] if isinstance(words, Words)]
        assert texts == ["two 0.50", "two 0.30"]


async def test_leaving_leaves_whoever_listens() -> None:
    one, two = FakeEar("one", breaks=1), FakeEar("two")
    async with asyncio.timeout(5), cascade_of(one, two).listen(EarWishes()) as listening:
        Speaker(listening).say(0.5)
        await anext(aiter(listening))
        assert (one.left, two.left) == (1, 0)
    assert (one.left, two.left) == (1, 1)


async def test_when_all_are_broken_so_is_the_cascade() -> None:
    one, two = FakeEar("one", breaks=9), FakeEar("two", breaks=9)
    with pytest.raises(EarBroke, match="two broke"):
        await finals(cascade_of(one, two), [0.5])
    assert (one.calls, two.calls) == (1, 1)


async def test_one_that_has_recovered_may_step_in_again() -> None:
    one, two = FakeEar("one", breaks=1), FakeEar("two")
    async with asyncio.timeout(5), cascade_of(one, two).listen(EarWishes()) as listening:
        speaker = Speaker(listening)
        understood = aiter(listening)
        heard: list[str] = []
        for breaks in (0, 1):
            two.breaks = breaks
            speaker.say(0.5)
            words = await anext(understood)
            assert isinstance(words, Words)
            heard.append(words.text)
    assert heard == ["two 0.50", "one 0.50"]


async def test_an_ear_that_fails_again_and_again_rests_in_the_next_call() -> None:
    board, one, two = Board(), FakeEar("one", breaks=9), FakeEar("two")
    for _ in range(4):
        await finals(cascade_of(one, two, board=board), [0.5])
    assert one.calls < 4
    assert two.calls == 4


async def test_wishes_and_hearing_again_reach_whoever_listens() -> None:
    one, two = FakeEar("one", breaks=1), FakeEar("two")
    async with asyncio.timeout(5), cascade_of(one, two).listen(EarWishes()) as listening:
        speaker = Speaker(listening)
        understood = aiter(listening)
        speaker.say(0.5)
        await anext(understood)
        listening.retune(EarWishes("de"))
        assert two.wishes[-1] == EarWishes("de")
        since = speaker.at
        speaker.send(0.4)
        listening.hear_again(since)
        words = await anext(understood)
        assert isinstance(words, Words)
        assert words.text.startswith("two 0.3")


async def test_each_ear_hears_at_its_own_rate() -> None:
    class Halving:
        def convert(self, pcm: bytes, *, last: bool = False) -> bytes:
            return pcm[: len(pcm) // 2]

    def conversion(source_hz: int, target_hz: int) -> Converter:
        assert (source_hz, target_hz) == (16_000, 8_000)
        return Halving()

    one, two = FakeEar("one", breaks=1), FakeEar("two", sample_rate_hz=8_000)
    assert await finals(cascade_of(one, two, conversion=conversion), [0.5]) == ["two 0.50"]


async def test_one_that_cannot_be_loaded_is_asked_last() -> None:
    class Unloadable(FakeEar):
        async def warm(self) -> None:
            raise OSError("no such model")

    one, two = Unloadable("one"), FakeEar("two")
    cascade = WarmEarCascade([Named("one", one), Named("two", two)], equal_rates, Board())
    await cascade.warm()
    assert await finals(cascade, [0.5]) == ["two 0.50"]


async def test_who_has_something_to_load_loads_it_ahead_and_all_are_closed() -> None:
    one, two = FakeEar("one"), WarmableEar("two")
    cascade = WarmEarCascade([Named("one", one), Named("two", two)], equal_rates, Board())
    await cascade.warm()
    await cascade.close()
    assert (two.warmed, two.closed) == (1, 1)


async def test_whoever_steps_in_is_told_with_the_reason_once_for_each_change() -> None:
    one, two = FakeEar("one", breaks=1), FakeEar("two")
    told: list[SteppedIn] = []
    async with asyncio.timeout(5), cascade_of(one, two).listen(EarWishes(stepped_in=told.append)) as listening:
        understood = aiter(listening)
        speaker = Speaker(listening)
        for _ in range(2):
            speaker.say(0.5)
            await anext(understood)
    assert told == [SteppedIn("ear", "one", "two", "one broke")]


async def test_a_call_that_begins_with_another_ear_than_the_first_is_told_of_it() -> None:
    board, one, two = Board(), FakeEar("one"), FakeEar("two")
    board.of("ear", "one").broke("The key is refused.", asyncio.get_running_loop().time(), hopeless=True)
    told: list[SteppedIn] = []
    wishes = EarWishes(stepped_in=told.append)
    async with asyncio.timeout(5), cascade_of(one, two, board=board).listen(wishes) as listening:
        Speaker(listening).say(0.5)
        await anext(aiter(listening))
    assert told == [SteppedIn("ear", "one", "two", "The key is refused.")]


async def test_an_ear_that_cannot_be_left_is_left_all_the_same() -> None:
    class Stuck(FakeEar):
        @asynccontextmanager
        async def listen(self, wishes: EarWishes) -> AsyncGenerator[FakeListening]:
            yield FakeListening(self)
            raise RuntimeError("the socket is gone")

    board = Board()
    assert await finals(cascade_of(Stuck("one", breaks=1), FakeEar("two"), board=board), [0.5]) == ["two 0.50"]
    assert board.of("ear", "two").failed == 0


def test_words_come_while_they_are_spoken_where_the_first_ear_knows_the_language() -> None:
    class English(FakeEar):
        def gives_interims_in(self, language: str) -> bool:
            return language == "en"

    cascade = cascade_of(English("one", gives_interims=True), FakeEar("two"))
    assert gives_interims(cascade, "en")
    assert not gives_interims(cascade, "de")
    assert not gives_interims(cascade_of(FakeEar("one"), FakeEar("two")), "en")
