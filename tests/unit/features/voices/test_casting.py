"""Who speaks in a call: own voices are stock voices by another name, rules stand before them, warnings are told."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from tests.scenarios.simulation import plan

from vivavoce.engine.plan import LabelledVoice, LanguagePreset, Plan, VoiceChoice, VoiceSettings
from vivavoce.features.voices.casting import Cast, WorkspaceCasting
from vivavoce.features.voices.dictionaries import Dictionaries
from vivavoce.features.voices.own import OwnVoices
from vivavoce.features.workspace.service import Actor, AuditLog
from vivavoce.ports.clock import SystemClock
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.ports.identity import ALL, Caller
from vivavoce.ports.voice import FoundVoice, Manner, ScriptedUtterance, ScriptedVoice, Sounding, Voice

pytestmark = pytest.mark.anyio


STOCK = ("stock", "known", "other", "any")


@dataclass
class Stage:
    """An installation with one voice, that speaks for whoever is in stock."""

    voice: ScriptedVoice = field(default_factory=lambda: ScriptedVoice(first_byte_seconds=0.0, speed=1e6))

    def find(self, choice: VoiceChoice) -> FoundVoice:
        return FoundVoice(self.voice, choice, "" if choice.voice_id in STOCK else "Who is that?")


class Workspace:
    """What a workspace keeps."""

    def __init__(self) -> None:
        clock = SystemClock()
        documents = MemoryDocuments(clock)
        audit = AuditLog(documents)
        self.own, self.dictionaries = OwnVoices(documents, audit), Dictionaries(documents, clock, audit)
        self.actor = Actor("ws_a", Caller("ws_a", "user", "admin", frozenset({ALL})))

    async def cast(self, voice_id: str, *locators: dict[str, str], workspace_id: str = "ws_a") -> Cast:
        settings = VoiceSettings(voice=VoiceChoice(voice_id=voice_id, speed=1.0), pronunciation_dictionaries=locators)
        return await self.cast_for(plan(voice=settings), workspace_id)

    async def cast_for(self, plan: Plan, workspace_id: str = "ws_a") -> Cast:
        return await WorkspaceCasting(self.own, self.dictionaries).cast(workspace_id, plan, Stage())

    async def made(self, *rules: dict[str, str]) -> str:
        return (await self.dictionaries.create(self.actor, "Words", None, rules)).id


def choice(voice_id: str, speed: float | None = 1.0) -> VoiceChoice:
    return VoiceChoice(voice_id=voice_id, speed=speed)


async def heard(voice: Voice, texts: Sequence[str]) -> list[tuple[str, float]]:
    """What is said to be spoken, and for how many seconds, of each piece."""
    made: dict[int, tuple[str, float]] = {}
    async with voice.speak(Manner()) as utterance:
        for piece, text in enumerate(texts):
            utterance.add(piece, text, choice("any"), "en")
        utterance.finish()
        async for speech in utterance:
            text, seconds = made.get(speech.piece, ("", 0.0))
            assert speech.alignment is not None
            made[speech.piece] = (text + speech.alignment.text, seconds + len(speech.pcm) / 32_000)
    return list(made.values())


async def test_a_voice_of_ones_own_is_the_stock_voice_at_its_speed() -> None:
    workspace = Workspace()
    document = await workspace.own.create(workspace.actor, {"name": "Nora", "base_voice_id": "stock"}, {"speed": 0.8})
    cast = await workspace.cast(document.id)
    assert cast.voices.find(choice(document.id)).choice == choice("stock", 0.8)
    assert cast.voices.find(choice(document.id, 1.1)).choice == choice("stock", 1.1)
    assert cast.voices.find(choice("other")).choice == choice("other")
    elsewhere = await workspace.cast(document.id, workspace_id="ws_b")
    assert elsewhere.voices.find(choice(document.id)).choice == choice(document.id)


async def test_who_is_not_there_is_told() -> None:
    assert (await Workspace().cast("stranger")).warnings == ("Who is that?",)
    assert (await Workspace().cast("known")).warnings == ()


@pytest.mark.parametrize("where", ["labelled", "languages"])
async def test_a_voice_that_only_a_part_of_the_call_speaks_with_is_warned_of(where: str) -> None:
    known, stranger = choice("known"), choice("stranger")
    other = {
        "labelled": plan(voice=VoiceSettings(voice=known, labelled=(LabelledVoice(label="x", voice=stranger),))),
        "languages": plan(voice=VoiceSettings(voice=known), languages=(LanguagePreset(code="de", voice=stranger),)),
    }[where]
    assert (await Workspace().cast_for(other)).warnings == ("Who is that?",)


async def test_another_language_may_have_a_voice_of_ones_own() -> None:
    workspace = Workspace()
    document = await workspace.own.create(workspace.actor, {"name": "Nora", "base_voice_id": "stock"}, {})
    german = plan(
        voice=VoiceSettings(voice=choice("known")), languages=(LanguagePreset(code="de", voice=choice(document.id)),)
    )
    cast = await workspace.cast_for(german)
    assert cast.voices.find(choice(document.id)).choice == choice("stock")
    assert cast.warnings == ()


async def test_words_are_pronounced_and_nobody_else_knows_of_it() -> None:
    workspace = Workspace()
    dictionary_id = await workspace.made({"type": "alias", "string_to_replace": "API", "alias": "interface"})
    cast = await workspace.cast("known", {"pronunciation_dictionary_id": dictionary_id})
    found = cast.voices.find(choice("known"))
    assert cast.voices.find(choice("other")).voice is found.voice
    [(plain, seconds), (text, longer)] = await heard(found.voice, ["Our own.", "Our API."])
    assert (plain, text) == ("Our own.", "Our API.")
    assert longer == pytest.approx(seconds + 0.06 * (len("interface") - len("API")))
    assert cast.warnings == ()


async def test_a_version_stays_as_it_was() -> None:
    workspace = Workspace()
    dictionary_id = await workspace.made({"type": "alias", "string_to_replace": "API", "alias": "interface"})
    first = (await workspace.dictionaries.get("ws_a", dictionary_id)).body["latest_version_id"]
    await workspace.dictionaries.revise(workspace.actor, dictionary_id, lambda _: [])
    newest = await workspace.cast("known", {"pronunciation_dictionary_id": dictionary_id})
    assert isinstance(newest.voices.find(choice("known")).voice, ScriptedVoice)
    older = await workspace.cast("known", {"pronunciation_dictionary_id": dictionary_id, "version_id": first})
    assert not isinstance(older.voices.find(choice("known")).voice, ScriptedVoice)


async def test_what_cannot_be_pronounced_is_told_and_the_call_goes_on() -> None:
    workspace = Workspace()
    phoneme = {"type": "phoneme", "string_to_replace": "Madrid", "phoneme": "məˈdɹɪd", "alphabet": "ipa"}
    dictionary_id = await workspace.made(phoneme, {**phoneme, "string_to_replace": "Rome", "alphabet": "x-sampa"})
    cast = await workspace.cast(
        "known", {"pronunciation_dictionary_id": dictionary_id}, {"pronunciation_dictionary_id": "pdict_gone"}
    )
    assert list(cast.warnings) == [
        "The sound of 'Rome' is left out: 'məˈdɹɪd' is no x-sampa that can be read here.",
        "There is no pronunciation dictionary 'pdict_gone' in this workspace.",
        "The voice known takes no phonemes: it says these words as they are written.",
    ]


class Told(ScriptedVoice):
    """A voice that can be told how words sound."""

    takes_sounds = True
    told: tuple[Sounding, ...] = ()

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator[ScriptedUtterance]:
        Told.told = manner.soundings
        async with super().speak(manner) as utterance:
            yield utterance


async def test_a_voice_that_takes_sounds_is_told_them_beside_the_text() -> None:
    workspace = Workspace()
    phoneme = {"type": "phoneme", "string_to_replace": "Bob", "phoneme": "B AO1 B", "alphabet": "cmu-arpabet"}
    locator = {"pronunciation_dictionary_id": await workspace.made(phoneme)}
    settings = VoiceSettings(voice=choice("known"), pronunciation_dictionaries=(locator,))
    casting = WorkspaceCasting(workspace.own, workspace.dictionaries)
    cast = await casting.cast("ws_a", plan(voice=settings), Stage(Told(first_byte_seconds=0.0, speed=1e6)))
    assert cast.warnings == ()
    assert [text for text, _ in await heard(cast.voices.find(choice("known")).voice, ["Hello Bob."])] == ["Hello Bob."]
    assert Told.told == (Sounding("Bob", "bˈɔb"),)
