"""Whether what a small model wrote is borne out: by what was said, or by the facts it was given.

A value of an argument must have been said: its words, its figures. A sentence may be spoken if it holds no number, no
name and no other telling word that the facts do not hold, and is one of two at most.
Being strict costs little, for the deterministic mind's answer is there anyway.
"""

import re
from collections.abc import Iterator, Sequence

from vivavoce.base.json import Json, is_array
from vivavoce.providers.language._wit.numbers import codes_in, numbers_in
from vivavoce.providers.language._wit.offers import Slot
from vivavoce.providers.language._wit.slots import fits
from vivavoce.providers.language._wit.words import WORD, sentences, spelled, stem, stems

MOST_SENTENCES = 2
_FIGURES = re.compile(r"\d+")
_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|eu|de|uk|info)\b", re.I)
_DOES_NOT_KNOW = re.compile(
    r"\b(?:(?:do not|don'?t|doesn'?t|cannot|can'?t|not) (?:know|say|have|specif\w*|mention\w*|provide\w*|sure)|sorry|"
    r"unable|as an ai|language model|no information)\b",
    re.I,
)


def is_said(slot: Slot, value: Json, said: str) -> bool:
    """Whether the caller said this value, and it may be one."""
    if value is None or not fits(slot, value):
        return False
    if slot.choices:
        # The words are the agent's own; what changes something is confirmed before it is done.
        return str(value) in slot.choices
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return False
    if isinstance(value, str):
        return bool(value.strip()) and _has_words(value, said)
    return float(value) in numbers_in(said)


def _has_words(value: str, said: str) -> bool:
    codes = "".join(codes_in(said)).replace("-", "").lower()
    heard = {stem(word) for word in spelled(said)}
    return all(stem(word) in heard or (word.isalnum() and word in codes) for word in spelled(value))


def is_shown(value: Json, said: str) -> bool:
    """Whether a value of a form stands in the conversation, every word and figure of it."""
    match value:
        case bool() | None:
            return False
        case str():
            return not faults(value, said, most_sentences=10)
        case int() | float():
            return float(value) in numbers_in(said)
        case _:
            return is_array(value) and all(is_shown(each, said) for each in value)


def faults(reply: str, facts: str, *, most_sentences: int = MOST_SENTENCES) -> list[str]:
    """Why a sentence must not be spoken, in words. Nothing, if it may.

    What was asked lends nothing to it: "Do you open on Sunday?" makes no Sunday, "how much is a baguette" no baguette.
    """
    return list(_faults(reply.strip(), facts, most_sentences))


def has_enough(text: str) -> bool:
    """Whether so much has been written that it cannot be spoken any more."""
    return len(sentences(text)) > MOST_SENTENCES


def _faults(reply: str, facts: str, most_sentences: int) -> Iterator[str]:
    if not reply:
        yield "it says nothing"
    if _DOES_NOT_KNOW.search(reply):
        yield "it does not know"
    if len(sentences(reply)) > most_sentences:
        yield "it talks on"
    numbers = set(numbers_in(facts)) | {float(figure) for figure in _FIGURES.findall(facts)}
    yield from (f"no fact holds the number {each:g}" for each in numbers_in(reply) if each not in numbers)
    held = {stem(word) for word in spelled(facts)}
    yield from (
        f"no fact holds {word}" for word in WORD.findall(reply) if _tells(word) and stem(word.lower()) not in held
    )
    addresses: Sequence[str] = _ADDRESS.findall(reply)
    yield from (f"no fact holds {each}" for each in addresses if each.rstrip(".").lower() not in facts.lower())


def _tells(word: str) -> bool:
    """Whether it carries meaning; numbers are compared by what they are worth."""
    return bool(stems(word)) and not numbers_in(word)
