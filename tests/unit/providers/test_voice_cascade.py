"""Voices that step in for one another."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from vivavoce.engine.events import Alignment, SteppedIn
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.conversion import Converter
from vivavoce.ports.voice import Manner, Speech, StockVoice, Voice, VoiceBroke
from vivavoce.providers.health import Board
from vivavoce.providers.voice_cascade import Backup, VoiceCascade
from vivavoce.providers.voices import AllVoices, Backups, VoiceProvider

pytestmark = pytest.mark.anyio

CHARACTER_SECONDS = 1 / 15


@dataclass
class FakeVoice:
    """Speaks a character at a time; breaks after so many of them."""

    breaks_after: int | None = None
    aligns: bool = True
    sample_rate_hz: int = 3_000
    character_seconds: float = CHARACTER_SECONDS
    said: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Voice id and text."""
    left: int = 0
    listed: tuple[StockVoice, ...] = ()

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["FakeUtterance"]:
        try:
            yield FakeUtterance(self)
        finally:
            self.left += 1

    async def stock(self) -> tuple[StockVoice, ...]:
        return self.listed


class FakeUtterance:
    def __init__(self, voice: FakeVoice) -> None:
        self._voice = voice
        self._pieces: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None:
        self._voice.said.append((voice.voice_id, text))
        self._pieces.put_nowait((piece, text))

    def finish(self) -> None:
        self._pieces.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Speech]:
        voice, spoken = self._voice, 0
        while (item := await self._pieces.get()) is not None:
            number, text = item
            for character in text:
                if spoken == voice.breaks_after:
                    raise VoiceBroke("It broke.")
                spoken += 1
                alignment = Alignment(character, (0.0,)) if voice.aligns else None
                yield Speech(number, bytes(2 * round(voice.character_seconds * voice.sample_rate_hz)), alignment)
            yield Speech(number, b"", Alignment("", ()) if voice.aligns else None, last=True)


def same(choice: VoiceChoice) -> VoiceChoice:
    return choice


def cascade_of(*voices: Voice, board: Board | None = None) -> VoiceCascade:
    def conversion(source_hz: int, target_hz: int) -> Converter:
        return Stretching(target_hz / source_hz)

    named = [Backup(str(number), voice, same) for number, voice in enumerate(voices)]
    return VoiceCascade(named, conversion, board or Board())


@dataclass
class Stretching:
    factor: float

    def convert(self, pcm: bytes, *, last: bool = False) -> bytes:
        return bytes(round(len(pcm) * self.factor))


async def spoken(cascade: Voice, *texts: str) -> list[Speech]:
    async with asyncio.timeout(5), cascade.speak(Manner()) as utterance:
        for number, text in enumerate(texts, 1):
            utterance.add(number, text, VoiceChoice(voice_id="v"), "en")
        utterance.finish()
        return [speech async for speech in utterance]


def ends(speeches: list[Speech]) -> list[int]:
    return [speech.piece for speech in speeches if speech.last]


async def test_the_first_speaks_while_it_can() -> None:
    one, two = FakeVoice(), FakeVoice()
    assert ends(await spoken(cascade_of(one, two), "One.", "Two.")) == [1, 2]
    assert two.said == []


@pytest.mark.parametrize(
    ("after", "rest"),
    [
        (0, "Your order is late."),
        (2, "Your order is late."),
        (4, "order is late."),
        (5, "order is late."),
        (8, "order is late."),
        (11, "is late."),
    ],
)
@pytest.mark.parametrize("aligns", [True, False])
async def test_the_next_speaks_what_was_not_spoken(after: int, rest: str, aligns: bool) -> None:
    one, two = FakeVoice(after, aligns), FakeVoice(aligns=aligns)
    speeches = await spoken(cascade_of(one, two), "Your order is late.", "Sorry.")
    assert [text for _, text in two.said] == [rest, "Sorry."]
    placed = "".join(speech.alignment.text for speech in speeches if speech.alignment is not None)
    assert placed == ("Your order is late.Sorry." if aligns else "")
    assert ends(speeches) == [1, 2]
    assert [speech.piece for speech in speeches] == sorted(speech.piece for speech in speeches)


@pytest.mark.parametrize(("after", "characters"), [(2, 2 + 19), (6, 19), (8, 19), (12, 19)])
async def test_the_word_that_was_cut_is_heard_once_where_an_alignment_tells_of_it(after: int, characters: int) -> None:
    speeches = await spoken(cascade_of(FakeVoice(after), FakeVoice()), "Your order is late.")
    seconds = sum(len(speech.pcm) for speech in speeches) / 2 / 3_000
    assert seconds == pytest.approx(characters * CHARACTER_SECONDS)  # only a reply's first word is not waited for


async def test_what_waits_for_the_end_of_its_word_keeps_its_place() -> None:
    alone, among = await spoken(FakeVoice(), "Your order is late."), FakeVoice()
    speeches = await spoken(cascade_of(among, FakeVoice()), "Your order is late.")
    assert places(speeches) == pytest.approx(places(alone))
    assert b"".join(each.pcm for each in speeches) == b"".join(each.pcm for each in alone)


class Pausing(FakeVoice):
    """Speaks a word after a while, and goes no further."""

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["PausingUtterance"]:  # type: ignore[override]
        yield PausingUtterance(self)


class PausingUtterance(FakeUtterance):
    async def __aiter__(self) -> AsyncIterator[Speech]:
        number, _ = await self._pieces.get() or (0, "")
        yield Speech(number, bytes(6_000), Alignment("Your ", tuple(place / 5 for place in range(5))))
        yield Speech(number, bytes(6_000), Alignment("ord", (0.5, 0.7, 0.9)))
        raise VoiceBroke("It broke.")


async def test_a_pause_before_a_word_that_is_cut_is_heard() -> None:
    speeches = await spoken(cascade_of(Pausing(), FakeVoice()), "Your order is late.")
    seconds = sum(len(speech.pcm) for speech in speeches) / 2 / 3_000
    assert seconds == pytest.approx(1.0 + 0.5 + len("order is late.") * CHARACTER_SECONDS)


def places(speeches: list[Speech]) -> list[float]:
    """When each character begins."""
    found, before = list[float](), 0.0
    for speech in speeches:
        found += [before + start for start in (speech.alignment.starts_seconds if speech.alignment else ())]
        before += len(speech.pcm) / 2 / 3_000
    return found


async def test_a_piece_that_was_spoken_to_its_end_is_not_begun_again() -> None:
    one, two = FakeVoice(breaks_after=4), FakeVoice()
    assert ends(await spoken(cascade_of(one, two), "One.", "Two.")) == [1, 2]
    assert [text for _, text in two.said] == ["Two."]


async def test_a_piece_that_lacked_only_its_end_gets_it() -> None:
    class Cut(FakeVoice):
        @asynccontextmanager
        async def speak(self, manner: Manner) -> AsyncGenerator["CutUtterance"]:  # type: ignore[override]
            yield CutUtterance(self)

    class CutUtterance(FakeUtterance):
        async def __aiter__(self) -> AsyncIterator[Speech]:
            async for speech in super().__aiter__():
                if speech.last:
                    raise VoiceBroke("It broke.")
                yield speech

    two = FakeVoice()
    assert ends(await spoken(cascade_of(Cut(), two), "One.", "Two.")) == [1, 2]
    assert [text for _, text in two.said] == ["Two."]


async def test_text_that_comes_after_the_change_is_for_the_next_too() -> None:
    one, two = FakeVoice(breaks_after=0), FakeVoice()
    async with asyncio.timeout(5), cascade_of(one, two).speak(Manner()) as utterance:
        utterance.add(1, "One.", VoiceChoice(voice_id="v"), "en")
        async for speech in utterance:
            if speech.last and speech.piece == 1:
                utterance.add(2, "Two.", VoiceChoice(voice_id="v"), "en")
                utterance.finish()
    assert [text for _, text in two.said] == ["One.", "Two."]


async def test_when_all_are_broken_so_is_the_cascade() -> None:
    one, two = FakeVoice(breaks_after=2), FakeVoice(breaks_after=0)
    with pytest.raises(VoiceBroke):
        await spoken(cascade_of(one, two), "Hello.")
    assert (one.left, two.left) == (1, 1)


async def test_leaving_leaves_whoever_speaks() -> None:
    one = FakeVoice()
    async with cascade_of(one, FakeVoice()).speak(Manner()) as utterance:
        utterance.add(1, "Hello.", VoiceChoice(voice_id="v"), "en")
        await anext(aiter(utterance))
        assert one.left == 0
    assert one.left == 1


async def test_all_sound_has_the_rate_of_the_first() -> None:
    one, two = FakeVoice(breaks_after=0), FakeVoice(sample_rate_hz=6_000)
    cascade = cascade_of(one, two)
    assert cascade.sample_rate_hz == 3_000
    speeches = await spoken(cascade, "Hello.")
    seconds = sum(len(speech.pcm) for speech in speeches) / 2 / 3_000
    assert seconds == pytest.approx(6 * CHARACTER_SECONDS)


async def test_a_voice_that_fails_again_and_again_rests() -> None:
    board, one, two = Board(), FakeVoice(breaks_after=0), FakeVoice()
    for _ in range(4):
        await spoken(cascade_of(one, two, board=board), "Hello.")
    assert one.left < 4


async def test_whoever_steps_in_speaks_with_the_voice_most_like_the_one_meant() -> None:
    theirs = (StockVoice("t1", "Tina", (), "female"), StockVoice("t2", "Tom", (), "male"))
    ours = (StockVoice("o1", "Olga", (), "female"), StockVoice("o2", "Otto", (), "male"))
    one, two = FakeVoice(breaks_after=0, listed=theirs), FakeVoice(listed=ours)
    providers = [VoiceProvider("one", one), VoiceProvider("two", two)]
    voices = AllVoices(providers, backups=Backups(["two"]))
    await voices.learn()
    found = voices.find(VoiceChoice(voice_id="t2", model_id="theirs"))
    assert voices.find(VoiceChoice(voice_id="t1")).voice is found.voice
    async with asyncio.timeout(5), found.voice.speak(Manner()) as utterance:
        utterance.add(1, "Hello.", replace(found.choice), "en")
        utterance.finish()
        assert ends([speech async for speech in utterance]) == [1]
    assert two.said == [("o2", "Hello.")]


async def test_without_a_list_nobody_steps_in() -> None:
    one, two = FakeVoice(), FakeVoice()
    voices = AllVoices([VoiceProvider("one", one), VoiceProvider("two", two)])
    assert voices.find(VoiceChoice(voice_id="")).voice is one


@pytest.mark.parametrize("after", [len("Now"), len("Now, then"), len("Now, then:")])
@pytest.mark.parametrize("aligns", [True, False])
async def test_a_word_before_a_mark_is_not_said_again(after: int, aligns: bool) -> None:
    one, two = FakeVoice(after, aligns), FakeVoice(aligns=aligns)
    speeches = await spoken(cascade_of(one, two), "Now, then: it isn't 3.5 late.")
    assert [text for _, text in two.said] == ["then: it isn't 3.5 late." if after == 3 else "it isn't 3.5 late."]
    placed = "".join(speech.alignment.text for speech in speeches if speech.alignment is not None)
    assert placed == ("Now, then: it isn't 3.5 late." if aligns else "")


@pytest.mark.parametrize("after", [len("Now, then: it isn"), len("Now, then: it isn'")])
async def test_a_mark_within_a_word_does_not_end_it(after: int) -> None:
    one, two = FakeVoice(after), FakeVoice()
    await spoken(cascade_of(one, two), "Now, then: it isn't late.")
    assert [text for _, text in two.said] == ["isn't late."]


@dataclass
class WordVoice(FakeVoice):
    """Tells of two words at once, as some vendors do, and breaks when so much of them has sounded."""

    sounds_seconds: float = 0.0

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["WordUtterance"]:  # type: ignore[override]
        yield WordUtterance(self)


class WordUtterance(FakeUtterance):
    async def __aiter__(self) -> AsyncIterator[Speech]:
        voice = self._voice
        assert isinstance(voice, WordVoice)
        number, _ = await self._pieces.get() or (0, "")
        words = Alignment("Your order", (0.0,) * 4 + (0.3,) * 6)
        yield Speech(number, bytes(2 * round(voice.sounds_seconds * voice.sample_rate_hz)), words)
        raise VoiceBroke("It broke.")


@pytest.mark.parametrize(
    ("sounds_seconds", "rest"),
    [(0.1, "Your order is late."), (0.31, "order is late."), (0.5, "order is late."), (0.8, "is late.")],
)
async def test_a_word_that_was_told_of_and_has_not_sounded_is_not_lost(sounds_seconds: float, rest: str) -> None:
    two = FakeVoice()
    speeches = await spoken(cascade_of(WordVoice(sounds_seconds=sounds_seconds), two), "Your order is late.")
    assert [text for _, text in two.said] == [rest]
    assert "".join(each.alignment.text for each in speeches if each.alignment) == "Your order is late."


async def test_without_an_alignment_the_voices_own_pace_says_how_far_it_came() -> None:
    one, two = FakeVoice(breaks_after=20, aligns=False, character_seconds=2 / 15), FakeVoice(aligns=False)
    await spoken(cascade_of(one, two), "It is known.", "Your order is late.")
    assert [text for _, text in two.said] == ["order is late."]


async def test_any_failure_brings_the_next_one_and_is_told_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    class Odd(FakeVoice):
        @asynccontextmanager
        async def speak(self, manner: Manner) -> AsyncGenerator[FakeUtterance]:
            raise ValueError("secret words of a library")
            yield FakeUtterance(self)

    told: list[SteppedIn] = []
    two = FakeVoice()
    async with asyncio.timeout(5), cascade_of(Odd(), two).speak(Manner(stepped_in=told.append)) as utterance:
        utterance.add(1, "Hello.", VoiceChoice(voice_id="v"), "en")
        utterance.finish()
        assert ends([speech async for speech in utterance]) == [1]
    assert told == [SteppedIn("voice", "0", "1", "It failed (ValueError).")]


async def test_the_last_ones_failure_of_any_kind_is_a_broken_voice() -> None:
    class Odd(FakeVoice):
        @asynccontextmanager
        async def speak(self, manner: Manner) -> AsyncGenerator[FakeUtterance]:
            raise ValueError("secret words of a library")
            yield FakeUtterance(self)

    with pytest.raises(VoiceBroke, match="ValueError"):
        await spoken(cascade_of(FakeVoice(breaks_after=0), Odd()), "Hello.")
