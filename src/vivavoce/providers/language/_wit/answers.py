"""The sentence that answers a question, or nothing.

Every quotable sentence is compared with the question. A question for a time, a price, a place or a telephone number
wants a sentence that holds one: that counts for as much as several words. The best sentence is said if it fits well
enough, with its neighbour if that fits nearly as well; otherwise it is more honest to know nothing.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from vivavoce.base.frozen import frozen
from vivavoce.providers.language._wit.closeness import Meaning, Rarity, blended, coverage
from vivavoce.providers.language._wit.passages import Passage
from vivavoce.providers.language._wit.words import stems

ENOUGH_BY_MEANING = 0.43
ENOUGH_BY_WORDS = 0.5
NEAR = 0.2
"""What is farther away has nothing to do with it."""
_WRONG_KIND = 0.1
_NEARLY = 0.8
_LONGEST = 320

_KIND_WORDS = frozenset(stems("price address time long late early phone number email"))

_HELD_HOURS = (
    r"(?i)\b(?:\d{1,2}(?::\d\d)?|noon|midnight|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|"
    r"sundays?|daily|"
    r"weekdays?|weekends?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hours|days?|weeks?|"
    r"morning|evening)\b"
)
_KINDS: Sequence[tuple[re.Pattern[str], re.Pattern[str]]] = [
    (re.compile(wanted, re.IGNORECASE), re.compile(held))
    for wanted, held in (
        (
            r"\b(?:how much|price|cost|costs|fee|charge)\b",
            r"(?i)[$€£]|\b(?:euros?|dollars?|pounds?|cents?|free|percent)\b|\d",
        ),
        (r"\b(?:when|what time(?! is it\W*$)|opening hours|hours|how late|until when|how early)\b", _HELD_HOURS),
        (r"\bhow long\b", r"(?i)\b(?:minutes?|hours?|days?|weeks?|months?|years?)\b"),
        (
            r"\b(?:where|what(?:'s| is) (?:the|your) address|located)\b",
            r"(?i:\b(?:street|road|avenue|square|lane|floor|building|next to|opposite|behind|station|address)\b)"
            r"|\bat \d|\bin (?:the )?[A-Z]|\bunder [A-Z]",
        ),
        (r"\b(?:phone|telephone) number\b|\bcall you\b(?! (?:from|with|in)\b)", r"\d[\d ()-]{5,}|\bzero\b|\boh\b"),
        (r"\be-?mail\b", r"(?i)@|e-?mail"),
        (r"\bwho\b", r"\b[A-Z][a-z]+ [A-Z][a-z]+|Dr\.?|(?i:doctor|\b(?:team|owner|manager)\b)"),
    )
]
"""What a question asks for, and how a sentence shows that it holds such a thing."""


@frozen
class Found:
    """What answers, and how well."""

    text: str
    score: float


def answer(asked: str, passages: Sequence[Passage], meaning: Meaning) -> Found | None:
    """What of them answers it, if anything does."""
    scored = [
        (_score(asked, passage, rarity, meaning), passage) for rarity in [_rarity(passages)] for passage in passages
    ]
    if not scored:
        return None
    best, passage = max(scored, key=lambda each: each[0])
    if best < (ENOUGH_BY_MEANING if meaning.rows else ENOUGH_BY_WORDS):
        return None
    return Found(_with_neighbour(passage, best, scored), best)


def nearest(asked: str, passages: Sequence[Passage], meaning: Meaning, most: int) -> list[str]:
    """The sentences that come nearest, none of them near enough to be the answer; nothing if all are far."""
    if not asked:
        return []
    rarity = _rarity(passages)
    scored = sorted(((_score(asked, each, rarity, meaning), each.whole) for each in passages), reverse=True)
    return [text for _, text in scored[:most]] if scored and scored[0][0] >= NEAR else []


def _rarity(passages: Sequence[Passage]) -> Rarity:
    return Rarity([_held(passage) for passage in passages])


def _score(asked: str, passage: Passage, rarity: Rarity, meaning: Meaning) -> float:
    covered = coverage(_asked(asked), _held(passage), rarity)
    near = meaning.near(asked, passage.whole)
    if near is not None and passage.is_answer:
        near = max(near, meaning.near(asked, passage.heading) or 0.0)
    return blended(near, covered) + _kind(asked, passage.text)


def _asked(asked: str) -> list[str]:
    """The words of a question; a kind of thing that is asked for is a word too."""
    kinds = [f"?{place}" for place, (ask, _) in enumerate(_KINDS) if ask.search(asked)]
    return [*kinds, *(word for word in stems(asked) if not (kinds and word in _KIND_WORDS))]


@lru_cache(maxsize=4_096)
def _held(passage: Passage) -> list[str]:
    kinds = [f"?{place}" for place, (_, held) in enumerate(_KINDS) if held.search(passage.text)]
    return [*kinds, *stems(passage.whole)]


def _kind(asked: str, text: str) -> float:
    """Less, if it does not hold what the question asks for."""
    return -_WRONG_KIND if any(ask.search(asked) and not held.search(text) for ask, held in _KINDS) else 0.0


def _with_neighbour(best: Passage, score: float, scored: Sequence[tuple[float, Passage]]) -> str:
    """One more sentence from beside it, if it fits nearly as well and is not too long."""
    beside = [
        (fit, passage)
        for fit, passage in scored
        if abs(passage.place - best.place) == 1 and passage.heading == best.heading and fit >= _NEARLY * score
    ]
    if not beside:
        return spoken(best.text)
    _, other = max(beside, key=lambda each: each[0])
    first, second = sorted((best, other), key=lambda each: each.place)
    both = f"{spoken(first.text)} {spoken(second.text)}"
    return both if len(both) <= _LONGEST else spoken(best.text)


def spoken(text: str) -> str:
    """A sentence, with its stop."""
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else text.rstrip(":;,") + "."
