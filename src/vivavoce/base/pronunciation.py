"""How a word sounds, as people write it down: in the International Phonetic Alphabet, or as the CMU dictionary does.

    Madrid   ipa           məˈdɹɪd
             cmu-arpabet   M AH0 D R IH1 D

Inside there is only IPA. What a voice makes of it does not live here: each has an alphabet of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

ALPHABETS: Mapping[str, str] = {
    "ipa": "ipa",
    "cmu": "cmu",
    "cmu-arpabet": "cmu",
    "arpabet": "cmu",
    "x-cmu": "cmu",
}
"""What people call an alphabet, and which of the two it is."""

_CMU: Mapping[str, str] = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AY": "aɪ", "B": "b", "CH": "tʃ", "D": "d", "DH": "ð",
    "EH": "ɛ", "ER": "ɝ", "EY": "eɪ", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i", "JH": "dʒ", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "oʊ", "OY": "ɔɪ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ",
    "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
_UNSTRESSED: Mapping[str, str] = {"AH0": "ə", "ER0": "ɚ"}
_STRESS: Mapping[str, str] = {"1": "ˈ", "2": "ˌ"}
_SOUND = re.compile(r"([A-Z]{1,2})([012])?")
_AROUND = "/[]\\ \t\n"


def as_ipa(phonemes: str, alphabet: str) -> str:
    """The same in IPA; nothing where it cannot be read. Stress stands where it stands in print, before the syllable,
    or right before its vowel."""
    match ALPHABETS.get(alphabet.strip().lower()):
        case "cmu":
            return _of_cmu(phonemes)
        case "ipa":
            found = phonemes.strip(_AROUND)
            return found if any(character.isalpha() for character in found) else ""
        case _:
            return ""


def _of_cmu(phonemes: str) -> str:
    said: list[str] = []
    for each in phonemes.upper().strip(_AROUND).split():
        found = _SOUND.fullmatch(each)
        if found is None or found[1] not in _CMU:
            return ""
        said.append(_STRESS.get(found[2] or "", "") + _UNSTRESSED.get(each, _CMU[found[1]]))
    return "".join(said)


class Rule(Protocol):
    """A rule about something that is written."""

    @property
    def written(self) -> str:
        """What it is about."""
        ...

    @property
    def case_sensitive(self) -> bool:
        """Whether only these letters are meant."""
        ...

    @property
    def word_boundaries(self) -> bool:
        """Whether it has to stand alone."""
        ...


R = TypeVar("R", bound=Rule)


def fits(text: str, rules: Iterable[R]) -> Iterator[tuple[re.Match[str], R]]:
    """Where rules fit, one place after the other. Where several do the longest counts, and among equals the first."""
    folded = text.casefold()
    near = sorted((rule for rule in rules if rule.written.casefold() in folded), key=lambda rule: -len(rule.written))
    if near:
        for found in re.finditer("|".join(f"({_pattern(rule)})" for rule in near), text):
            yield found, near[(found.lastindex or 1) - 1]


def _pattern(rule: Rule) -> str:
    pattern = re.escape(rule.written)
    if rule.word_boundaries:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return f"(?:{pattern})" if rule.case_sensitive else f"(?i:{pattern})"
