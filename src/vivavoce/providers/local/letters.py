"""The letters in which Kokoro, and Hibari after it, have learnt how words sound: nearly IPA, with one letter for what
English speakers take for one sound, and the stress right before its vowel.

    həˈloʊ   ->   həlˈO
"""

import re
import unicodedata
from collections.abc import Mapping

_VOWELS = "AIOQWYaeiouyæøœɐɑɒɔəɚɛɜɤɨɪɯʊʌᵊᵻ"
_LETTERS = frozenset(f" {_VOWELS}STbcdfhjklmnpqrstvwxzçðŋɕɖɟɡɣɥɰɲɳɴɸɹɻɽɾʁʂʃʈʋʎʒʔʝʣʤʥʦʧʨʰʲˈˌːθχβ\u0303")
_SPOKEN = _LETTERS - set(" ˈˌː\u0303")
_TOGETHER: Mapping[str, str] = {
    "tʃ": "ʧ", "dʒ": "ʤ", "eɪ": "A", "ei": "A", "aɪ": "I", "ai": "I", "aʊ": "W", "au": "W", "ɔɪ": "Y", "oɪ": "Y",
    "oʊ": "O", "ou": "O", "əʊ": "Q", "ɝ": "ɜɹ", "ɚ": "əɹ",
}  # fmt: skip
_TIES = str.maketrans("", "", "\u0361\u035c.‿|‖\u0306\u032a\u0325\u030a\u0329")
_ALIKE = str.maketrans({"g": "ɡ", "'": "ˈ", "ˑ": "ː"})
_IN_ENGLISH = str.maketrans({
    "r": "ɹ", "ʁ": "ɹ", "ʀ": "ɹ", "ɫ": "l", "ʍ": "w", "x": "k", "χ": "k", "ɾ": "T", "ɲ": "nj", "ʎ": "lj", "β": "v",
    "ɣ": "ɡ", "ç": "h", "ʔ": "", "e": "ɛ", "a": "ɑ", "ɐ": "ə", "y": "u", "ø": "ɜ", "œ": "ɜ", "ɨ": "ɪ", "ɤ": "ʌ",
})  # fmt: skip
_AMERICAN = str.maketrans({"ɒ": "ɑ", "ː": "", "Q": "O", "o": "O"})
_BRITISH = str.maketrans({"O": "Q", "o": "Q"})
_SILENT_R = re.compile(rf"([ɜə])ɹ(?![{_VOWELS}ˈˌ])")
_SYLLABIC = re.compile("([nlmɹr])\u0329")
_STRESS = re.compile(rf"([ˈˌ])([^ˈˌ {_VOWELS}]*)([{_VOWELS}])")


def in_letters(ipa: str, language: str = "en", *, british: bool = False) -> str:
    """A sound that is written in IPA; nothing where there is no letter for any of it."""
    text = unicodedata.normalize("NFD", ipa).replace("c\u0327", "ç")
    text = _SYLLABIC.sub(r"ᵊ\1", text).translate(_TIES).translate(_ALIKE)
    for several, letter in _TOGETHER.items():
        text = text.replace(several, letter)
    if language == "en":
        text = text.translate(_IN_ENGLISH).translate(_BRITISH if british else _AMERICAN)
        if british:
            text = _SILENT_R.sub(lambda found: "ɜː" if found[1] == "ɜ" else "ə", text).replace("ːː", "ː")
    if not set("ˈˌ") & set(text) and set(_VOWELS) & set(text):
        text = f"ˈ{text}"  # whoever writes no stress has a word of one syllable, and it is a word that counts
    text = _STRESS.sub(r"\2\1\3", text)
    text = " ".join("".join(each for each in text if each in _LETTERS).split())
    return text if _SPOKEN & set(text) else ""
