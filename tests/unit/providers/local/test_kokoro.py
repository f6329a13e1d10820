"""The better local voice: who speaks, in which language, clause by clause; what it computes with stands in here."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.voice import Manner, Sounding, Speech, VoiceBroke
from vivavoce.providers.local import kokoro
from vivavoce.providers.local.kokoro import (
    LONGEST_CLAUSE,
    ORIGINS,
    VOICES,
    Sound,
    Spell,
    clauses,
    in_alphabet,
)
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.voice.kokoro import KokoroOptions, KokoroVoice
from vivavoce.storage.models.manifest import built_in

pytestmark = pytest.mark.anyio


@dataclass
class Double:
    """Computes nothing: a text is its own pronunciation, cut at commas, and its own sound."""

    asked: list[tuple[Urgency, Any]] = field(default_factory=list[tuple[Urgency, Any]])
    breaks: bool = False
    waiting: int = 0

    async def load(self) -> None:
        pass

    async def run(self, urgency: Urgency, work: Callable[[Any], Any]) -> Any:
        await asyncio.sleep(0)
        self.asked.append((urgency, work))
        if self.breaks:
            raise RuntimeError("half a file")
        match work:
            case Spell(text):
                return [part for part in text.split(", ") if part]
            case Sound(phonemes):
                return phonemes.encode()
            case _:
                raise AssertionError(work)


@pytest.fixture
def double() -> Double:
    return Double()


def voice(double: Double, *, other_languages: bool = False, **options: Any) -> KokoroVoice:
    return KokoroVoice(double, KokoroOptions(**options), other_languages)


async def spoken(voice: KokoroVoice, text: str, voice_id: str = "", language: str = "en") -> list[Speech]:
    async with voice.speak(Manner()) as utterance:
        utterance.add(0, text, VoiceChoice(voice_id=voice_id), language)
        utterance.finish()
        async with asyncio.timeout(10):
            return [speech async for speech in utterance]


async def test_a_reply_comes_clause_by_clause_the_first_one_urgently(double: Double) -> None:
    made = await spoken(voice(double), "Well, then, good bye.")
    assert [speech.pcm for speech in made] == [b"Well", b"then", b"good bye.", b""]
    assert made[-1].last
    assert [urgency for urgency, work in double.asked if isinstance(work, Sound)] == [
        Urgency.FIRST_AUDIO,
        Urgency.AUDIO,
        Urgency.AUDIO,
    ]


@pytest.mark.parametrize(
    ("voice_id", "speaker", "british"),
    [
        ("", "af_heart", False),
        ("kokoro_bm_george", "bm_george", True),
        ("am_michael", "am_michael", False),
        ("mine", "bf_emma", True),
        ("nobody", "af_heart", False),
        ("../../etc/passwd", "af_heart", False),
    ],
)
async def test_ids_lead_to_speakers(double: Double, voice_id: str, speaker: str, british: bool) -> None:
    await spoken(voice(double, voices={"mine": "bf_emma"}), "Hello.", voice_id)
    spelling, sound = (work for _, work in double.asked)
    assert (spelling.british, sound.voice) == (british, speaker)


@pytest.mark.parametrize(
    ("voice_id", "language", "other_languages", "expected"),
    [
        ("", "es", True, "es"),
        ("", "es-MX", True, "es"),
        ("", "es", False, "en"),
        ("", "de", True, "en"),
        ("ef_dora", "de", True, "es"),
        ("ef_dora", "en", True, "en"),
        ("jf_alpha", "ja", True, "en"),
    ],
)
async def test_a_language_that_cannot_be_pronounced_is_said_like_the_speakers_own(
    double: Double, voice_id: str, language: str, other_languages: bool, expected: str
) -> None:
    await spoken(voice(double, other_languages=other_languages), "Hola.", voice_id, language)
    assert double.asked[0][1].language == expected


async def test_its_stock_are_the_speakers_that_can_be_pronounced_here(double: Double) -> None:
    english = await voice(double).stock()
    assert len(english) == 28
    assert {code for each in english for code in each.languages} == {"en"}
    assert (english[0].voice_id, english[0].name, english[0].gender) == ("kokoro_af_heart", "Heart", "female")
    more = await voice(double, other_languages=True, default="if_sara").stock()
    assert {code for each in more for code in each.languages} == {"en", "es", "fr", "hi", "it", "pt"}
    assert more[0].name == "Sara"
    assert len({each.voice_id for each in more}) == len(more)


async def test_a_word_is_spelled_as_it_is_to_sound_and_a_pause_is_made(double: Double) -> None:
    manner = Manner(soundings=(Sounding("Bob", "bɒb"),))
    async with voice(double).speak(manner) as utterance:
        utterance.add(0, 'To Bob.<break time="500ms"/>Now.', VoiceChoice(voice_id="bm_george"), "en")
        utterance.finish()
        async with asyncio.timeout(10):
            made = [speech.pcm async for speech in utterance]
    assert made == [b"To [Bob](/b\xcb\x88\xc9\x92b/).", bytes(24_000), b"Now.", b""]


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("En [Bob](/bˈob/), hola.", "<En> bˈob, <hola.>"),
        ("[Bob](/bˈob/).", "bˈob."),
        ("Hola.", "<Hola.>"),
    ],
)
def test_in_other_languages_only_the_rest_is_looked_up(
    monkeypatch: pytest.MonkeyPatch, sentence: str, said: str
) -> None:
    def pronounced(text: str, _: str) -> str:
        return f"<{text.strip()}>"

    monkeypatch.setattr(kokoro, "pronounced", pronounced)
    assert kokoro.with_sounds(sentence, "es") == said


async def test_a_model_that_breaks_breaks_the_voice_with_a_reason(double: Double) -> None:
    double.breaks = True
    with pytest.raises(VoiceBroke, match="local voice"):
        await spoken(voice(double), "Hello.")


async def test_what_cannot_be_said_is_over_at_once(double: Double) -> None:
    assert await spoken(voice(double), "😀") == [Speech(0, b"", last=True)]


def test_every_speaker_is_in_the_list_of_models() -> None:
    files = {file.name for file in built_in().model("kokoro").files}
    assert {f"voices/{name}.bin" for name in VOICES} < files
    assert len(VOICES) == 54
    assert {name[0] for name in VOICES} == ORIGINS.keys()


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("", []),
        ("həlˈO.", ["həlˈO."]),
        ("wˈɛl, həlˈO ðˈɛɹ ænd wˈɛlkəm.", ["wˈɛl, həlˈO ðˈɛɹ ænd wˈɛlkəm."]),
        ("ðə tɹˈAn wɒz lˈAt, sˌQ ˌI mˈɪst mI kənˈɛkʃᵊn.", ["ðə tɹˈAn wɒz lˈAt,", "sˌQ ˌI mˈɪst mI kənˈɛkʃᵊn."]),
        ("ðə tɹˈAn wɒz lˈAt əɡˈɛn, plˈiz.", ["ðə tɹˈAn wɒz lˈAt əɡˈɛn, plˈiz."]),
    ],
)
def test_a_sentence_is_cut_where_one_breathes(sentence: str, expected: list[str]) -> None:
    assert clauses(sentence) == expected


@pytest.mark.parametrize("sentence", ["wˈɜd " * 400, "a" * 3_000, ", ".join(["wˈɜd wˈɜd"] * 300)])
def test_no_clause_is_longer_than_a_breath_and_nothing_is_lost(sentence: str) -> None:
    found = clauses(sentence)
    assert max(map(len, found)) <= LONGEST_CLAUSE
    assert "".join("".join(found).split()) == "".join(sentence.split())


def test_what_espeak_says_becomes_letters_of_its_alphabet() -> None:
    assert in_alphabet("bʊond^ʒˈɔrno\n k^ˈa^ʊ (^e^n)t^ʃˈa^ʊ(^i^t)\n\n") == "bʊonʤˈɔrno, kˈW ʧˈW"


def test_its_folder_is_where_its_model_is(tmp_path: Path) -> None:
    from vivavoce.ports.outbound import CannedOutbound
    from vivavoce.ports.references import KnownReferences
    from vivavoce.providers.assembly import assemble
    from vivavoce.providers.choices import Choices
    from vivavoce.providers.registry import Outside

    def parts(place: Path | None) -> Any:
        outside = Outside(CannedOutbound(), CannedOutbound(), KnownReferences(), model_place=lambda _: place)
        return assemble(Choices(voice="kokoro"), outside)

    assert isinstance(parts(tmp_path).voices.default, KokoroVoice)
    assert "vivavoce models pull kokoro" in parts(None).standings["voice"].message
