"""Speech markup in a text: what a mind, or whoever has a text spoken, writes for the voice and nobody is to hear.

    <phoneme alphabet="ipa" ph="ˈmædrɪd">Madrid</phoneme>    the word, and how it sounds
    <break time="1.5s"/>                                      a pause
    <emphasis>now</emphasis>, <prosody rate="slow">           the words alone

Vendors whose own language this is get it as it was written; all others the text without it. Tags of any other name are
text like any other.
"""

import re
from collections.abc import Iterator
from html import unescape

from vivavoce.base.pronunciation import as_ipa

LONGEST_PAUSE_SECONDS = 3.0
_USUAL_PAUSE_SECONDS = 0.4
_PAUSES = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.0}

_INSIDE = r"(?:[^<>\"']|\"[^\"<>]*\"|'[^'<>]*')*"
_TAG = re.compile(rf"</?(?:phoneme|emphasis|prosody|break)\b{_INSIDE}>", re.IGNORECASE)
_BREAK = re.compile(rf"<break\b({_INSIDE})>(?:\s*</break\s*>)?", re.IGNORECASE)
_PHONEME = re.compile(rf"<phoneme\b({_INSIDE})>([^<>]*)</phoneme\s*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TIME = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s)")


def plain(text: str) -> str:
    """The text alone."""
    return _TAG.sub("", _BREAK.sub(" ", text)) if "<" in text else text


def is_marked_up(text: str) -> bool:
    """Whether there is any."""
    return "<" in text and _TAG.search(text) is not None


def without_sounds(text: str) -> str:
    """The text with its other markup."""
    return _PHONEME.sub(lambda found: found[2], text) if "<" in text else text


def passages(text: str) -> Iterator[tuple[str, float]]:
    """The text between pauses, and for how many seconds nothing is said after each."""
    end = 0
    for found in _BREAK.finditer(text):
        yield text[end : found.start()], _pause_seconds(_attributes(found[1]))
        end = found.end()
    yield text[end:], 0.0


def sounds(text: str) -> Iterator[tuple[str, str]]:
    """The text without its tags, piece by piece, and in IPA how a piece sounds, where that is written."""
    end = 0
    for found in _PHONEME.finditer(text):
        yield plain(text[end : found.start()]), ""
        attributes = _attributes(found[1])
        yield found[2], as_ipa(attributes.get("ph", ""), attributes.get("alphabet", "ipa"))
        end = found.end()
    yield plain(text[end:]), ""


def _attributes(written: str) -> dict[str, str]:
    return {name.lower(): unescape(one or other) for name, one, other in _ATTRIBUTE.findall(written)}


def _pause_seconds(attributes: dict[str, str]) -> float:
    found = _TIME.fullmatch(attributes.get("time", "").strip())
    if found is None:
        return _PAUSES.get(attributes.get("strength", ""), _USUAL_PAUSE_SECONDS)
    return min(LONGEST_PAUSE_SECONDS, float(found[1]) / (1_000 if found[2] == "ms" else 1))
