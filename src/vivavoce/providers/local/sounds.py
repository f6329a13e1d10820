"""Words whose sound is given: in the text that a local voice spells, each stands as a link to its phonemes.

    written   <phoneme alphabet="ipa" ph="ˈmædrɪd">Madrid</phoneme>, or a rule of a dictionary that fits "Madrid"
    spelled   [Madrid](/mˈædɹɪd/)

Hibari's rules of pronunciation read such links; where eSpeak NG pronounces, the text is taken apart at them (`parts`).
"""

import re
from collections.abc import Callable, Iterator, Sequence

from vivavoce.base.pronunciation import fits
from vivavoce.ports.voice import Sounding
from vivavoce.providers import markup

_BEGIN, _MIDDLE, _END, _SPACE = "\ue000", "\ue001", "\ue002", "\ue003"
"""Characters that nobody writes: no rule of what is speakable touches them, and nothing is cut at the last one."""
_HELD = re.compile(f"{_BEGIN}([^{_BEGIN}-{_END}]*){_MIDDLE}([^{_BEGIN}-{_END}]*){_END}")
_STRAY = re.compile(f"[{_BEGIN}-{_SPACE}]")
_LINK = re.compile(r"\[([^\]]+)\]\(/([^)]*)/\)")
_LONGEST_SOUND = 200


def held(text: str, *, with_sounds: bool = True) -> str:
    """The text without its speech markup; words whose sound it gives hold it, unseen."""
    text = _STRAY.sub("", text)
    if "<" not in text:
        return text
    return "".join(_holding(word, ipa) if ipa and with_sounds else word for word, ipa in markup.sounds(text))


def _holding(word: str, ipa: str) -> str:
    if not word.strip():
        return word
    return f"{_BEGIN}{word}{_MIDDLE}{ipa[:_LONGEST_SOUND]}{_END}".replace(" ", _SPACE)


def sounding(text: str, rules: Sequence[Sounding], spelled: Callable[[str], str]) -> str:
    """A portion with links to the sounds of its words: those that it holds, and those that rules give."""
    parts = [part if _HELD.fullmatch(part) else _ruled(part, rules) for part in _taken_apart(text)]

    def linked(found: re.Match[str]) -> str:
        word, sound = found[1].replace(_SPACE, " "), spelled(found[2].replace(_SPACE, " "))
        # What a voice has no letter for is said as it is written.
        return f"[{word.replace(']', '')}](/{sound}/)" if sound else word

    return _STRAY.sub("", _HELD.sub(linked, "".join(parts)))


def _taken_apart(text: str) -> Iterator[str]:
    end = 0
    for found in _HELD.finditer(text):
        yield text[end : found.start()]
        yield found[0]
        end = found.end()
    yield text[end:]


def _ruled(text: str, rules: Sequence[Sounding]) -> str:
    said: list[str] = []
    end = 0
    for found, rule in fits(text, rules):
        said += (text[end : found.start()], _holding(found[0], rule.ipa))
        end = found.end()
    return "".join([*said, text[end:]])


def parts(text: str) -> Iterator[tuple[str, str]]:
    """A text taken apart at its links: what is written, and its phonemes where these are given."""
    end = 0
    for found in _LINK.finditer(text):
        yield text[end : found.start()], ""
        yield found[1], found[2]
        end = found.end()
    yield text[end:], ""
