"""Several voice providers at once: whose a voice id is, and who speaks for an id that nobody has."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.voice import Manner, ScriptedUtterance, ScriptedVoice, StockVoice, VoiceBroke
from vivavoce.providers.voices import AllVoices, VoiceProvider, familiar_voices

pytestmark = pytest.mark.anyio

GEORGE = "JBFqnCBsd6RMkjVDRZzb"
SARAH = "EXAVITQu4vr4xnSDxMaL"


@dataclass(eq=False)
class Theatre:
    """A provider with these voices, whose server may be down."""

    voices: Sequence[StockVoice] = ()
    is_down: bool = False
    asked: list[str] = field(default_factory=list[str])
    sample_rate_hz: int = 16_000

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator[ScriptedUtterance]:
        _ = manner
        yield ScriptedUtterance(ScriptedVoice())

    async def stock(self) -> Sequence[StockVoice]:
        self.asked.append("stock")
        if self.is_down:
            raise VoiceBroke("It does not answer.")
        return self.voices


def voice(id: str, gender: str = "", accent: str = "", age: str = "") -> StockVoice:
    return StockVoice(id, id.title(), ("en",), gender, accent, age)


ACTORS = (voice("ann", "female", "american", "old"), voice("bob", "male", "american"), voice("cid", "male", "british"))


def choice(id: str) -> VoiceChoice:
    return VoiceChoice(voice_id=id, speed=1.1)


async def cast(*theatres: Theatre, ids: dict[str, str] | None = None, mapped: str = "") -> AllVoices:
    providers = [VoiceProvider(f"t{number}", each) for number, each in enumerate(theatres)]
    if mapped:
        providers[-1] = VoiceProvider("last", theatres[-1], frozenset({mapped}))
    voices = AllVoices(providers, ids)
    await voices.learn()
    return voices


async def test_an_id_belongs_to_the_first_provider_that_lists_it() -> None:
    first, second = Theatre(ACTORS), Theatre((voice("bob"), voice("dan")))
    voices = await cast(first, second)
    assert voices.find(choice("bob")).voice is first
    found = voices.find(choice("dan"))
    assert (found.voice, found.choice, found.warning) == (second, choice("dan"), "")
    assert [(each.provider, each.stock.voice_id) for each in voices.offered()] == [
        ("t0", "ann"),
        ("t0", "bob"),
        ("t0", "cid"),
        ("t1", "dan"),
    ]


async def test_or_to_the_first_that_maps_it() -> None:
    first, second = Theatre(ACTORS), Theatre()
    voices = await cast(first, second, mapped=GEORGE)
    assert voices.find(choice(GEORGE)).voice is second


async def test_the_operator_has_the_first_word() -> None:
    voices = await cast(Theatre(ACTORS), ids={GEORGE: "ann", "bob": "cid"})
    assert voices.find(choice(GEORGE)).choice == choice("ann")
    assert voices.find(choice("bob")).choice == choice("cid")


async def test_a_familiar_voice_is_spoken_by_the_one_most_like_it() -> None:
    voices = await cast(Theatre(ACTORS), Theatre((voice("eve", "female", "american", "young"),)))
    assert [voices.find(choice(id)).choice.voice_id for id in (GEORGE, SARAH)] == ["cid", "ann"]
    assert not voices.find(choice(GEORGE)).warning


async def test_the_voices_of_the_contract_are_familiar() -> None:
    for id in (GEORGE, SARAH, "onwK4e9ZLuTAKqWW03F9", "XB0fDUnXU5powFXDhCwa", "cjVigY5qzO86Huf0OWal"):
        assert familiar_voices()[id]["gender"] in ("male", "female")


async def test_what_nobody_knows_is_spoken_by_the_default_one_with_a_warning() -> None:
    first = Theatre(ACTORS)
    found = (await cast(first, Theatre())).find(choice("nobody"))
    assert (found.voice, found.choice) == (first, choice(""))
    assert found.warning == "Nobody here has a voice 'nobody': Ann speaks instead."


async def test_no_voice_at_all_is_the_default_one_without_a_word() -> None:
    assert not (await cast(Theatre(ACTORS))).find(choice("")).warning


async def test_a_provider_that_cannot_be_asked_gets_the_id_as_it_is_and_is_asked_again() -> None:
    first, second = Theatre(ACTORS, is_down=True), Theatre((voice("dan"),))
    voices = await cast(first, second)
    assert not voices.is_whole
    assert voices.find(choice("nobody")).choice == choice("nobody")
    assert voices.find(choice("dan")).voice is second
    first.is_down = False
    await voices.learn()
    assert voices.is_whole
    assert voices.find(choice("nobody")).warning
    assert (len(first.asked), len(second.asked)) == (2, 1)
    await voices.learn(anew=True)
    assert (len(first.asked), len(second.asked)) == (3, 2)
