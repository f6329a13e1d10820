"""Which tool somebody wants, if any: by the examples, the name and the purpose of each, and by how much it leads."""

import re
from collections.abc import Iterator, Sequence

from vivavoce.base.frozen import frozen
from vivavoce.providers.language._wit.closeness import Meaning, Rarity, blended, coverage
from vivavoce.providers.language._wit.numbers import VALUES
from vivavoce.providers.language._wit.offers import Offer
from vivavoce.providers.language._wit.phrases import is_question
from vivavoce.providers.language._wit.slots import fill, is_day, is_time
from vivavoce.providers.language._wit.words import stems

ENOUGH_BY_MEANING = 0.4
ENOUGH_BY_WORDS = 0.45
MORE_FOR_A_QUESTION = 0.06
"""Questions want to be told something more often than done."""
SURE = 0.75
"""For "how many" and "who" to mean a tool that changes something."""
_ASKS = re.compile(r"^\W*(?:what|when|where|who|why|how|which)\b", re.IGNORECASE)
LEAD = 0.03
_NAME = 0.95
_PURPOSE = 0.85
_EVIDENCE = 0.08
_MOST_EVIDENCE = 0.16
_A_DAY = 0.5
DAY_STEMS = frozenset(stems("monday tuesday wednesday thursday friday saturday sunday tomorrow week morning afternoon"))


@frozen
class Routed:
    """A tool, and how well it fits."""

    offer: Offer
    score: float
    is_clear: bool
    """It fits well enough, and better than any other."""
    rival: Offer | None = None
    """Another one that fits nearly as well, where both fit well enough."""


def route(said: str, offers: Sequence[Offer], meaning: Meaning) -> Routed | None:
    """The tool that fits best."""
    if not offers:
        return None
    rarity = Rarity([_vocabulary(offer) for offer in offers])
    scores = sorted(((_score(said, offer, rarity, meaning), place) for place, offer in enumerate(offers)), reverse=True)
    best, place = scores[0]
    lead = best - scores[1][0] if len(scores) > 1 else best
    enough = ENOUGH_BY_MEANING if meaning.rows else ENOUGH_BY_WORDS
    if is_question(said):
        enough = SURE if offers[place].changes and _ASKS.match(said) else enough + MORE_FOR_A_QUESTION
    fits = best >= enough
    rival = offers[scores[1][1]] if fits and lead < LEAD else None
    return Routed(offers[place], best, fits and rival is None, rival)


def _vocabulary(offer: Offer) -> tuple[str, ...]:
    choices = [choice for slot in offer.slots for choice in slot.choices]
    return stems(" ".join([*texts_of(offer), *choices]))


def texts_of(offer: Offer) -> list[str]:
    """What it is compared by."""
    return [*offer.examples, offer.purpose, offer.spoken]


def _score(said: str, offer: Offer, rarity: Rarity, meaning: Meaning) -> float:
    nearness = [near for text in texts_of(offer) if (near := meaning.near(said, text)) is not None]
    asked = [word for word in stems(said) if not _is_detail(word)]
    fitness = blended(max(nearness, default=None), max(_words(asked, offer, rarity), default=0.0))
    return fitness + min(_MOST_EVIDENCE, _EVIDENCE * _evidence(said, offer))


def _is_detail(word: str) -> bool:
    """Numbers and days are values of some argument; no tool is wanted for their sake."""
    return word.isdigit() or word in VALUES or word in DAY_STEMS


def _evidence(said: str, offer: Offer) -> float:
    """How many arguments were given along: choices and codes tell, days a little, numbers nothing."""
    telling = [slot for slot in offer.slots if slot.choices or slot.pattern]
    days = [slot for slot in offer.slots if is_day(slot) or is_time(slot)]
    return len(fill(telling, said)) + _A_DAY * len(fill(days, said))


def _words(asked: Sequence[str], offer: Offer, rarity: Rarity) -> Iterator[float]:
    """Examples are compared both ways, a name by whether all of it was said, a purpose by what it holds."""
    for example in offer.examples:
        example_words = stems(example)
        there, back = coverage(asked, example_words, rarity), coverage(example_words, asked, rarity)
        yield 2 * there * back / (there + back) if there + back else 0.0
        yield 0.9 * back if len(set(example_words)) > 1 else 0.0
    name = stems(offer.spoken)
    yield _NAME * coverage(name, asked, rarity) * (1.0 if len(name) > 1 else 0.7)
    yield _PURPOSE * coverage(asked, _vocabulary(offer), rarity)
