"""Text as words: stems that bring forms of a word together, concepts that bring words together, and sentences."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")

_EMPTY_WORDS = """
a an the and or but if so then than that this these those there here it its it's i'm i me my mine we us our you
your yours he she they them their is are was were be been being am do does did done doing have has had having can
could will would shall should may might must to of in on at by for with from about into over under as not no yes
just only also too very really please hi hello hey ok okay well um uh er like want need wanna i'd i'll
i've you're we're they're that's what's where's who's when's how's there's let's don't doesn't didn't can't won't
what which who whom whose when where why how much many any some all tell know give say ask get got let make go
going take something anything someone anybody thing things one kind sort maybe actually guys folks thanks thank
more else currently possible able question wondering wonder hoping hope look looking find see try trying still now today
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())

# Words that stand for the same in most trades. A word belongs to one row.
_CONCEPTS = """
price cost costs charge fee fees rate priced pricing expensive cheap
address located location situated
open opening opens closed close closing closes hours
phone telephone
mail email e-mail
cancel cancellation cancelling abort
appointment booking reservation slot visit
book reserve schedule
reschedule postpone move
deliver delivery deliveries shipping ship shipped courier
parcel package shipment
order purchase purchased ordered
bill invoice bills
refund reimburse reimbursement
assistant agent receptionist bot chatbot hotline concierge
human person representative colleague operator somebody advisor
broken defective faulty
repair fix
buy sell offer carry stock
doctor physician dr
vegetarian vegan
pay payment paying paid
park parking
kid kids child children
return send-back
"""


@lru_cache(maxsize=8_192)
def stems(text: str) -> tuple[str, ...]:
    """The words that carry meaning, each as its stem or the concept that it belongs to."""
    return tuple(stem(word) for word in spelled(text) if word not in _EMPTY)


def spelled(text: str) -> list[str]:
    """The words in lower case, as they are written."""
    return WORD.findall(text.lower().replace("’", "'"))


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """What the forms of a word share; for words of a concept its first word."""
    word = word.removesuffix("'s")
    return _concepts().get(word) or _concepts().get(_cut(word)) or _cut(word)


@lru_cache(maxsize=1)
def _concepts() -> dict[str, str]:
    rows = [row.split() for row in _CONCEPTS.strip().splitlines()]
    return {form: row[0] for row in rows for word in row for form in (word, _cut(word))}


_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("s", ""))
_MORE_ENDINGS = ("ations", "ation", "ments", "ment", "ing", "ed", "ly", "er", "es", "e", "y")
_SHORTEST_STEM = 4


def _cut(word: str) -> str:
    if word.endswith(("ss", "us", "is")) or len(word) < _SHORTEST_STEM:
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            word = word[: -len(ending)] + instead
            break
    for ending in _MORE_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM - 1:
            word = word[: -len(ending)]
            break
    doubled = len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "aeiouls"
    return word[:-1] if doubled else word


_LONGEST_ABBREVIATION = 10
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”)]*\s+(?=[\"'“(]?[A-Z0-9À-ÖØ-Þ])|(?<=[。！？])")
_ABBREVIATED = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|St|No|approx|e\.g|i\.e|etc|vs|Prof|a\.m|p\.m|[A-Z])\.$", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph."""
    return [sentence for sentence in _joined(_SENTENCE_END.split(text)) if sentence]


def _joined(pieces: Sequence[str]) -> Iterator[str]:
    """Cut at every stop, and put together again what an abbreviation cut."""
    begun = ""
    for piece in pieces:
        begun = f"{begun} {piece.strip()}".strip()
        if not _ABBREVIATED.search(begun[-_LONGEST_ABBREVIATION:]):
            yield begun
            begun = ""
    yield begun


def listed(items: Sequence[str], last: str = "and") -> str:
    """As people list: one, two and three."""
    return f" {last} ".join(filter(None, [", ".join(items[:-1]), items[-1]])) if items else ""


def capital(text: str) -> str:
    """With a capital at the begin, and the rest as it is."""
    return text[:1].upper() + text[1:]


def shortened(text: str, most: int) -> str:
    """The begin of it, up to a word's end."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0].rstrip(",;:") + " ..."
