"""Rules of pronunciation, applied to a text before a voice gets it. Pure.

    alias     "API" is said as if "A P I" were written
    phoneme   "Madrid" sounds /məˈdɹɪd/: told to the voice beside the text, which stays as it is

Aliases look at the text as it was written: what one put in, no other one finds. Where several fit at a place, the
longest does, and among equals the first. What a voice says of the times of its characters is put back onto the text as
it was written (`Rewritten.written`), so that nobody else knows of the rules.

Sounds are for the voice to put in (`ports.voice.Sounding`); they fit what it is given, aliases' words too. A voice that
cannot be told how words sound says them as they are written, and whoever asked for it is warned.
"""

from collections.abc import Mapping, Sequence

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.base.pronunciation import as_ipa, fits
from vivavoce.engine.events import Alignment
from vivavoce.ports.voice import Sounding, Voice, takes_sounds


@frozen
class Alias:
    """Something that is written one way and said another."""

    written: str
    said: str
    case_sensitive: bool = True
    word_boundaries: bool = True


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


def soundings(rules: Sequence[Mapping[str, Json]]) -> tuple[list[Sounding], list[str]]:
    """The phoneme rules that can be read, and a sentence for each that cannot."""
    found: list[Sounding] = []
    unread: list[str] = []
    for rule in rules:
        if rule["type"] != "phoneme":
            continue
        written, phoneme, alphabet = rule["string_to_replace"], rule["phoneme"], rule["alphabet"]
        if ipa := as_ipa(phoneme, alphabet):
            borders = rule.get("word_boundaries", True)
            found.append(Sounding(written, ipa, rule.get("case_sensitive", True), borders))
        else:
            unread.append(f"The sound of {written!r} is left out: {phoneme!r} is no {alphabet} that can be read here.")
    return found, unread


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


@frozen
class Lexicon:
    """The rules of one utterance, of all its dictionaries in their order."""

    rules: Sequence[Alias] = ()
    soundings: tuple[Sounding, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules or self.soundings)

    def lost_on(self, voice: Voice, name: str) -> str:
        """A sentence for people, where a voice cannot do what the rules ask for."""
        if not self.soundings or takes_sounds(voice):
            return ""
        return f"The voice {name or 'of the default'} takes no phonemes: it says these words as they are written."

    def rewrite(self, text: str) -> Rewritten | None:
        """The text as it is said; None where it is said as it is written."""
        said: list[str] = []
        places: list[int] = []
        length, end = 0, 0
        for found, rule in fits(text, self.rules):
            places.extend(range(length, length + found.start() - end))
            said.extend((text[end : found.start()], rule.said))
            length += found.start() - end
            count = found.end() - found.start()
            places.extend(length + place * len(rule.said) // count for place in range(count))
            length, end = length + len(rule.said), found.end()
        if not said:
            return None
        places.extend(range(length, length + len(text) - end))
        return Rewritten(text, "".join([*said, text[end:]]), places)
