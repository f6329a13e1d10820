"""What the better local voice says, the local ears write down; with espeak-ng, in other languages as well."""

import asyncio
from pathlib import Path

import pytest
from tests.voice.sound import resampled, word_errors, words
from tooling.cache import cache_folder

from vivavoce.net.addresses import Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.providers.local.features import SAMPLE_RATE_HZ, samples_of
from vivavoce.providers.local.kokoro import SAMPLE_RATE_HZ as VOICE_RATE_HZ
from vivavoce.providers.local.kokoro import Kokoro, speaks_other_languages
from vivavoce.providers.local.whisper import Whisper
from vivavoce.storage.models.manifest import built_in
from vivavoce.storage.models.shelf import Shelf

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kokoro() -> Kokoro:
    shelf = Shelf(cache_folder() / "models", built_in())

    async def fetch() -> Path:
        outbound = HttpOutbound(Anywhere(), user_agent="vivavoce tests")
        try:
            await shelf.pull([shelf.manifest.model("kokoro")], outbound, lambda _: None)
        finally:
            await outbound.close()
        place = shelf.place("kokoro")
        assert place is not None
        return place

    return Kokoro(asyncio.run(fetch()))


def heard(kokoro: Kokoro, ears: Whisper, voice: str, language: str, text: str) -> str:
    spelled = kokoro.phonemes(text, language, british=voice.startswith("b"))
    pcm = b"".join(kokoro.sound(clause, voice) for clause in spelled)
    return ears.transcribe(samples_of(resampled(pcm, VOICE_RATE_HZ, SAMPLE_RATE_HZ)), language).text


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("af_heart", "I would like to change the delivery address of my order, please."),
        ("am_michael", "Can you tell me when the restaurant opens on Sunday morning?"),
        ("bm_george", "The train was late again, so I missed my connection in Berlin."),
    ],
)
def test_its_english_is_understood(kokoro: Kokoro, ears: Whisper, voice: str, text: str) -> None:
    assert word_errors(text, heard(kokoro, ears, voice, "en", text)) <= 1


OTHERS = [
    ("ef_dora", "es", "Me gustaría cambiar la dirección de entrega de mi pedido."),
    ("ff_siwis", "fr", "Bonjour, je voudrais changer l'adresse de livraison de ma commande."),
    ("if_sara", "it", "Buongiorno, vorrei cambiare l'indirizzo di consegna del mio ordine."),
    ("pf_dora", "pt", "Bom dia, eu gostaria de mudar o endereço de entrega do meu pedido."),
]


def test_other_languages_are_understood_where_they_can_be_pronounced(kokoro: Kokoro, ears: Whisper) -> None:
    for voice, language, text in OTHERS if speaks_other_languages() else ():
        assert word_errors(text, heard(kokoro, ears, voice, language, text)) <= 0.2 * len(words(text)), language


def test_a_text_without_an_end_is_said_breath_by_breath(kokoro: Kokoro) -> None:
    spelled = kokoro.phonemes("word " * 100, "en")
    assert len(spelled) > 1
    assert kokoro.sound("", "af_heart") == b""
