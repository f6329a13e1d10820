"""How well two texts fit: by the words that they share, and by what they mean where there is an embedder.

Words are weighed by how rare they are among the candidates: to share "croissant" says more than to share "bakery". What
was asked is never wholly in the answer, so what counts is how much of the question's weight the candidate covers.
Words alone are sure of little and meaning alone of too much ("Do you sell cars?" means nearly what "We sell bread"
does), so both count.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from vivavoce.base.frozen import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MEANING = 0.6
"""How much meaning counts beside words."""
_STARTS_ALIKE = 5
_ALIKE = 0.6


@frozen
class Meaning:
    """What texts mean, as rows of numbers; empty where there is no embedder."""

    rows: "Mapping[str, NDArray[np.float32]]" = field(default_factory=dict[str, "NDArray[np.float32]"])

    def near(self, one: str, other: str) -> float | None:
        """0 to 1, or None where one of them is not known."""
        if one not in self.rows or other not in self.rows:
            return None
        return max(0.0, float(self.rows[one] @ self.rows[other]))


class Rarity:
    """How much each word says, among some texts, given as their words."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._count = len(texts)
        self._texts_with = Counter(word for words in texts for word in set(words))

    def weight(self, word: str) -> float:
        """More for what few of them have; most for what none has."""
        return math.log(1.0 + (self._count + 1.0) / (self._texts_with.get(word, 0) + 0.5))


def coverage(asked: Sequence[str], candidate: Sequence[str], rarity: Rarity) -> float:
    """How much of what was asked for is there, 0 to 1."""
    there = set(candidate)
    whole = sum(rarity.weight(word) for word in asked)
    found = sum(rarity.weight(word) * _presence(word, there) for word in asked)
    return found / whole if whole else 0.0


def _presence(word: str, there: set[str]) -> float:
    if word in there:
        return 1.0
    if len(word) >= _STARTS_ALIKE and any(other.startswith(word[:_STARTS_ALIKE]) for other in there):
        return _ALIKE
    return 0.0


def blended(meaning: float | None, words: float) -> float:
    """One number out of both."""
    return words if meaning is None else _MEANING * meaning + (1.0 - _MEANING) * words
