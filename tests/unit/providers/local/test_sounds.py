"""Words whose sound is given: links in the text that is spelled, in the letters of the voice."""

from functools import partial

import pytest

from vivavoce.ports.voice import Sounding
from vivavoce.providers.local.letters import in_letters
from vivavoce.providers.local.sounds import held, parts, sounding
from vivavoce.providers.local.speakable import speakable

MADRID = Sounding("Madrid", "məˈdɹɪd")


def linked(text: str, *rules: Sounding, with_sounds: bool = True) -> str:
    return sounding(speakable(held(text, with_sounds=with_sounds)), rules, in_letters)


@pytest.mark.parametrize(
    ("ipa", "american", "british"),
    [
        ("həˈloʊ", "həlˈO", "həlˈQ"),
        ("həˈləʊ", "həlˈO", "həlˈQ"),
        ("tʃɛk", "ʧˈɛk", "ʧˈɛk"),
        ("t͡ʃɛk", "ʧˈɛk", "ʧˈɛk"),
        ("ˈmʌðɚ", "mˈʌðəɹ", "mˈʌðə"),
        ("ˈbʌtn̩", "bˈʌtᵊn", "bˈʌtᵊn"),
        ("ˈɡɝl", "ɡˈɜɹl", "ɡˈɜːl"),
        ("ˈʒu.ʒa", "ʒˈuʒɑ", "ʒˈuʒɑ"),
        ("miːˈʁei", "miɹˈA", "miːɹˈA"),
        ("???", "", ""),
        ("日本", "", ""),
    ],
)
def test_ipa_in_the_letters_of_the_voices(ipa: str, american: str, british: str) -> None:
    assert in_letters(ipa) == american
    assert in_letters(ipa, british=True) == british


def test_other_languages_keep_their_sounds() -> None:
    assert in_letters("ˈpeɾo", "es") == "pˈeɾo"
    assert in_letters("ˈpeɾo") == "pˈɛTO"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In Madrid, now.", "In [Madrid](/mədɹˈɪd/), now."),
        ("Madrids madrid", "Madrids madrid"),
        ("**Madrid**", "[Madrid](/mədɹˈɪd/)"),
        ("[Madrid](https://x.example)", "[Madrid](/mədɹˈɪd/)"),
        ('<phoneme alphabet="ipa" ph="mɑ drɪd">Madrid</phoneme>', "[Madrid](/mˈɑ dɹɪd/)"),
        ('<phoneme alphabet="ipa" ph="wɪn">Nguyen Van</phoneme>.', "[Nguyen Van](/wˈɪn/)."),
        ('<phoneme alphabet="ipa" ph="???">Bob</phoneme>', "Bob"),
        ('<phoneme alphabet="ipa" ph="wɪn"> </phoneme>x', "x"),
        ("\ue000Madrid\ue001x\ue002", "Madridx"),
    ],
)
def test_a_word_with_a_sound_is_a_link_to_it(text: str, expected: str) -> None:
    assert linked(text, MADRID) == expected


def test_the_longest_fits_first_and_borders_and_case_can_be_left_aside() -> None:
    rules = (Sounding("New", "a"), Sounding("New York", "b"), Sounding("ork", "k", word_boundaries=False))
    assert linked("New York, New ork", *rules) == "[New York](/b/), [New](/ˈɑ/) [ork](/k/)"
    assert linked("MADRID", Sounding("Madrid", "wɪn", case_sensitive=False)) == "[MADRID](/wˈɪn/)"


def test_tags_can_be_left_without_their_sounds() -> None:
    assert linked('<phoneme alphabet="ipa" ph="wɪn">Nguyen</phoneme>', with_sounds=False) == "Nguyen"


def test_a_text_is_taken_apart_at_its_links() -> None:
    assert list(parts("En [Bob](/bˈob/), hola")) == [("En ", ""), ("Bob", "bˈob"), (", hola", "")]
    spelled = partial(in_letters, language="es")
    assert sounding("Hola Madrid", [MADRID], spelled) == "Hola [Madrid](/mədɹˈɪd/)"
