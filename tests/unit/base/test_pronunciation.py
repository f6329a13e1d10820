"""How words sound, in the alphabets that people write it in."""

import pytest

from vivavoce.base.pronunciation import as_ipa


@pytest.mark.parametrize(
    ("phonemes", "alphabet", "ipa"),
    [
        ("məˈdɹɪd", "ipa", "məˈdɹɪd"),
        (" /məˈdɹɪd/ ", "IPA", "məˈdɹɪd"),
        ("M AH0 D R IH1 D", "cmu-arpabet", "mədɹˈɪd"),
        ("m ah0 d r ih1 d", "cmu", "mədɹˈɪd"),
        ("B ER1 D ER0", "CMU", "bˈɝdɚ"),
        ("HH AH2", "cmu", "hˌʌ"),
        ("M XX0", "cmu", ""),
        ("Madrid", "cmu", ""),
        ("", "ipa", ""),
        ("//", "ipa", ""),
        ("m@drid", "x-sampa", ""),
    ],
)
def test_both_alphabets_become_ipa_and_what_is_neither_nothing(phonemes: str, alphabet: str, ipa: str) -> None:
    assert as_ipa(phonemes, alphabet) == ipa
