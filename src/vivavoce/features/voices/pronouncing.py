"""Rules of pronunciation, applied to a text before a voice gets it. Pure.

    alias     "API" is said as if "A P I" were written
    phoneme   "Madrid" sounds /mʌˈdrɪd/; kept and handed out, but no voice here takes sounds, so it changes nothing

All rules look at the text as it was written: what one put in, no other one finds. Where several fit at a place, the
longest does, and among equals the first. What a voice says of the times of its characters is put back onto the text as
it was written (`Rewritten.written`), so that nobody else knows of the rules.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vivavoce.base.json import Json
from vivavoce.engine.events import Alignment


@dataclass(frozen=True, slots=True)
class Alias:
    """Something that is written one way and said another."""

    written: str
    said: str
    case_sensitive: bool = True
    word_boundaries: bool = True

    @property
    def pattern(self) -> str:
        """Where it fits."""
        found = re.escape(self.written)
        if self.word_boundaries:
            found = rf"(?<!\w){found}(?!\w)"
        return f"(?:{found})" if self.case_sensitive else f"(?i:{found})"


def aliases(rules: Sequence[Mapping[str, Json]]) -> list[Alias]:
    """The alias rules among those of a dictionary."""
    return [
        Alias(
            rule["string_to_replace"],
            rule["alias"],
            rule.get("case_sensitive", True),
            rule.get("word_boundaries", True),
        )
        for rule in rules
        if rule["type"] == "alias"
    ]


class Rewritten:
    """A text as it is said, and where its characters were written."""

    def __init__(self, written: str, said: str, places: Sequence[int]) -> None:
        self.said = said
        self._written = written
        self._places = places
        """For each written character the place in what is said where it begins."""
        self._next = 0
        self._heard = 0

    def written(self, alignment: Alignment) -> Alignment:
        """The next characters that were said, as those that were written."""
        begin, self._heard = self._heard, self._heard + len(alignment.text)
        first = self._next
        while self._next < len(self._places) and self._places[self._next] < self._heard:
            self._next += 1
        starts = [alignment.starts_seconds[max(0, place - begin)] for place in self._places[first : self._next]]
        return Alignment(self._written[first : self._next], tuple(starts))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The alias rules of one utterance, of all its dictionaries in their order."""

    rules: Sequence[Alias] = ()

    def __bool__(self) -> bool:
        return bool(self.rules)

    def rewrite(self, text: str) -> Rewritten | None:
        """The text as it is said; None where it is said as it is written."""
        folded = text.casefold()
        fitting = [rule for rule in self.rules if rule.written.casefold() in folded]
        if not fitting:
            return None
        fitting.sort(key=lambda rule: -len(rule.written))
        pattern = re.compile("|".join(f"({rule.pattern})" for rule in fitting))
        said: list[str] = []
        places: list[int] = []
        length, end = 0, 0
        for found in pattern.finditer(text):
            alias = fitting[(found.lastindex or 1) - 1].said
            places.extend(range(length, length + found.start() - end))
            said.extend((text[end : found.start()], alias))
            length += found.start() - end
            count = found.end() - found.start()
            places.extend(length + place * len(alias) // count for place in range(count))
            length, end = length + len(alias), found.end()
        if not said:
            return None
        places.extend(range(length, length + len(text) - end))
        return Rewritten(text, "".join([*said, text[end:]]), places)
