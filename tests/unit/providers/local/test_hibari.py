"""The local voice speaks sentence by sentence, in its shapes, and stops when nobody listens."""

import asyncio

import numpy as np
import pytest

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.voice import Manner, Sounding, Speech
from vivavoce.providers.local.hibari import SAMPLE_RATE_HZ, SHAPES, Hibari, Sound, parts
from vivavoce.providers.local.letters import in_letters
from vivavoce.providers.local.loaded import Loaded
from vivavoce.providers.local.pool import Pool, Urgency
from vivavoce.providers.voice._lines import Piece
from vivavoce.providers.voice._local import texts_of
from vivavoce.providers.voice.hibari import HibariOptions, HibariVoice

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def model() -> Hibari:
    return Hibari()


@pytest.fixture
def voice(model: Hibari) -> HibariVoice:
    return HibariVoice(Loaded(Pool(1), Urgency.FINAL, lambda: model), HibariOptions(voices={"her-voice": "deep"}))


def seconds(pcm: bytes) -> float:
    return len(pcm) / 2 / SAMPLE_RATE_HZ


async def spoken(voice: HibariVoice, *texts: str, choice: VoiceChoice | None = None) -> list[Speech]:
    async with voice.speak(Manner()) as utterance:
        for piece, text in enumerate(texts):
            utterance.add(piece, text, choice or VoiceChoice(voice_id=""), "en")
        utterance.finish()
        async with asyncio.timeout(30):
            return [speech async for speech in utterance]


async def test_every_piece_is_spoken_in_order_and_ends(voice: HibariVoice) -> None:
    made = await spoken(voice, "Hello there. How are you today?", "Good bye.")
    assert [speech.piece for speech in made] == sorted(speech.piece for speech in made)
    assert [speech.piece for speech in made if speech.last] == [0, 1]
    assert len([speech for speech in made if speech.piece == 0 and speech.pcm]) == 2
    assert 1.0 < sum(seconds(speech.pcm) for speech in made if speech.piece == 0) < 6.0


async def test_what_cannot_be_said_is_over_at_once(voice: HibariVoice) -> None:
    made = await spoken(voice, "😀", "...", "Yes.")
    assert [(speech.piece, speech.last) for speech in made if not speech.pcm] == [(0, True), (1, True), (2, True)]
    assert any(speech.pcm for speech in made if speech.piece == 2)


async def test_the_same_text_sounds_the_same_each_time(model: Hibari) -> None:
    once, again = (b"".join(model.speak("Hello there.", SHAPES["heart"])) for _ in range(2))
    assert once == again


def test_a_begin_and_its_rest_are_the_same_sound_as_the_whole(model: Hibari) -> None:
    (phonemes,) = model.phonemes("Hello there, this is a sentence that takes a moment to be said.")
    sentence = Sound(phonemes, 0.80, 0.93)
    begin, rest = (part(model) for part in parts(sentence))
    whole, joined = (np.frombuffer(pcm, "<i2").astype(np.int32) for pcm in (sentence(model), begin + rest))
    assert len(joined) == len(whole)
    assert np.abs(joined - whole).max() <= 1
    assert parts(sentence)[1](model) == rest, "also where the begin is forgotten"
    assert parts(Sound("jˈɛs.")) == [Sound("jˈɛs.")]


async def test_a_long_first_sentence_is_heard_before_it_is_whole(voice: HibariVoice) -> None:
    text = "The answer to this question is longer than anybody likes to wait for."
    first, rest, *_ = await spoken(voice, f"{text} {text}")
    assert 0.2 < seconds(first.pcm) < 0.75 < seconds(rest.pcm)


async def test_shapes_differ_in_pitch(model: Hibari) -> None:
    def pitch(shape: str) -> float:
        samples = np.frombuffer(b"".join(model.speak("Aaah, oh no.", SHAPES[shape])), "<i2").astype("f4")
        # The shortest delay at which the sound is like itself.
        spectrum = np.fft.rfft(samples, 2 * len(samples))
        alike = np.fft.irfft(np.abs(spectrum) ** 2)[: SAMPLE_RATE_HZ // 60]
        first = SAMPLE_RATE_HZ // 400
        return SAMPLE_RATE_HZ / (first + int(alike[first:].argmax()))

    assert pitch("deep") < pitch("male") < 0.7 * pitch("heart") < pitch("low") < pitch("heart") < pitch("high")


async def test_speed_is_a_factor_within_reason(model: Hibari) -> None:
    text = "This sentence is long enough to be measured."
    usual, quick, wild = (seconds(b"".join(model.speak(text, SHAPES["heart"], at))) for at in (1.0, 1.5, 50.0))
    assert quick < 0.85 * usual
    assert wild > 0.3 * usual


def test_voice_ids_lead_to_shapes_always_the_same(voice: HibariVoice) -> None:
    assert voice.shape(VoiceChoice(voice_id="")) == SHAPES["heart"]
    assert voice.shape(VoiceChoice(voice_id="male")) == SHAPES["male"]
    assert voice.shape(VoiceChoice(voice_id="her-voice")) == SHAPES["deep"]
    assert voice.shape(VoiceChoice(voice_id="hibari_wren")) == SHAPES["high"]
    assert voice.shape(VoiceChoice(voice_id="cjVigY5qzO86Huf0OWal")) == SHAPES["heart"]


async def test_its_stock_are_its_shapes_and_the_preferred_one_comes_first(model: Hibari) -> None:
    usual, other = (
        HibariVoice(Loaded(Pool(1), Urgency.FINAL, lambda: model), HibariOptions(default=name))
        for name in ("heart", "male")
    )
    assert [each.name for each in await usual.stock()] == ["Lark", "Merle", "Martin", "Drake", "Wren"]
    assert (await other.stock())[0].name == "Martin"
    assert {voice.shape(VoiceChoice(voice_id=each.voice_id)) for voice in (usual,) for each in await usual.stock()} == {
        *SHAPES.values()
    }


def test_a_word_whose_sound_is_given_sounds_like_that(model: Hibari) -> None:
    texts = list(texts_of(piece("Ask Nguyen, please.", Sounding("Nguyen", "wɪn")), "en", in_letters))
    assert texts == ["Ask [Nguyen](/wˈɪn/), please."]
    assert "wˈɪn" in model.phonemes("Ask [Nguyen](/wˈɪn/), please.")[0]


async def test_markup_is_not_read_aloud_and_a_break_is_a_pause(voice: HibariVoice) -> None:
    [plain] = [speech.pcm for speech in await spoken(voice, "Hello there.") if speech.pcm]
    tagged = 'Hello <phoneme alphabet="ipa" ph="ðɛɚ">there</phoneme>.<break time="1s"/>'
    sound, pause = [speech.pcm for speech in await spoken(voice, tagged) if speech.pcm]
    assert seconds(sound) == pytest.approx(seconds(plain), rel=0.2)
    assert pause == bytes(2 * SAMPLE_RATE_HZ)


def piece(text: str, *soundings: Sounding) -> Piece:
    return Piece(0, text, VoiceChoice(voice_id=""), "en", soundings=soundings)
