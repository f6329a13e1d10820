"""No model at all: words that give a category away. What works without anything, the same everywhere.

It catches what is plainly said, in English and in whatever words the settings add. It knows nothing of context: whoever
needs judgement configures a model.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import get_args

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.moderation import Category, Verdict
from vivavoce.providers.registry import Options, Outside, Provider

_CATEGORIES: tuple[Category, ...] = get_args(Category)
PLAIN, HINT = 0.9, 0.2
"""A word that leaves no doubt, and one that is mostly harmless: only a threshold below the usual 0.3 minds it."""

_PLAIN: Mapping[Category, Sequence[str]] = {
    "sexual": ("porn", "pornography", "blowjob", "masturbat*", "have sex with", "sexting", "nude photos"),
    "sexual_minors": ("child porn*", "underage sex"),
    "violence": ("kill you", "kill him", "kill her", "kill them", "build a bomb", "shoot up", "stab you", "murder you"),
    "violence_graphic": ("behead*", "dismember*", "disembowel*"),
    "harassment": ("you idiot", "you moron", "you are worthless", "you're worthless", "shut up, you", "piece of trash"),
    "harassment_threatening": ("i will find you", "i'll find you", "i know where you live", "you will regret this"),
    "hate": ("subhuman*", "go back to your country", "racial purity", "inferior race"),
    "self_harm": ("kill myself", "hurt myself", "cut myself", "end my life", "suicide"),
    "self_harm_intent": ("want to die", "i will kill myself", "going to kill myself", "going to end my life"),
    "self_harm_instructions": ("how to kill yourself", "ways to kill yourself", "painless suicide"),
    "profanity": ("fuck*", "motherfuck*", "shit", "bullshit", "asshole*", "bitch*", "bastard*", "cunt*", "dickhead*"),
    "religion_or_politics": ("vote for", "the only true religion", "elect the", "political party", "impeach*"),
    "medical_and_legal_information": ("your diagnosis is", "you should sue", "stop taking your medication"),
}
_HINTS: Mapping[Category, Sequence[str]] = {
    "sexual": ("sexy", "horny", "naked", "erotic*"),
    "violence": ("kill*", "murder*", "weapon*", "gun", "guns", "bomb", "bombs", "stabb*"),
    "violence_graphic": ("gore", "mutilat*"),
    "harassment": ("idiot", "moron", "stupid", "loser", "pathetic"),
    "self_harm": ("self-harm", "overdose", "anorexi*"),
    "profanity": ("damn", "crap", "hell", "piss*", "arse"),
    "religion_or_politics": (
        *("god", "jesus", "allah", "church", "mosque", "synagogue", "bible", "quran", "religion*"),
        *("election*", "president", "senator*", "republican*", "democrat*", "abortion", "politic*"),
    ),
    "medical_and_legal_information": (
        *("diagnos*", "dosage", "prescri*", "symptom*", "milligram*", "antibiotic*", "chemotherapy"),
        *("lawsuit*", "sue", "attorney*", "lawyer*", "liable", "liability", "plaintiff", "legal advice"),
    ),
}


class WordListOptions(Options):
    """More words."""

    words: dict[Category, tuple[str, ...]] = Field(
        default_factory=dict[Category, tuple[str, ...]],
        description="More words by category; an asterisk at the end stands for any ending.",
    )


@frozen
class WordList:
    """The list, looked for with patterns that are made at first use (`ports.moderation.Moderator`)."""

    plain: Mapping[Category, tuple[str, ...]]
    hints: Mapping[Category, tuple[str, ...]]

    @property
    def categories(self) -> frozenset[Category]:
        """Those it has words for."""
        return frozenset(self.plain) | frozenset(self.hints)

    async def judge(self, texts: Sequence[str]) -> Sequence[Verdict]:
        """By the words that stand in them."""
        return [self._verdict(_plainly(text)) for text in texts]

    def _verdict(self, text: str) -> Verdict:
        scores: dict[Category, float] = dict.fromkeys(self.categories, 0.0)
        for lists, score in ((self.hints, HINT), (self.plain, PLAIN)):
            scores |= {category: score for category, words in lists.items() if _pattern(words).search(text)}
        return Verdict(scores)


def _plainly(text: str) -> str:
    """Small letters without accents, typographic apostrophes or runs of space."""
    folded = unicodedata.normalize("NFKD", text.casefold()).replace("\u2019", "'")
    return " ".join("".join(each for each in folded if not unicodedata.combining(each)).split())


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    written = [re.escape(_plainly(word.removesuffix("*"))) + (r"\w*" if word.endswith("*") else "") for word in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(written)})(?!\w)")


def make(options: WordListOptions, outside: Outside) -> WordList:
    """The list with these words added; what an operator adds leaves no doubt."""
    _ = outside
    plain: dict[Category, tuple[str, ...]] = {
        name: (*_PLAIN.get(name, ()), *options.words.get(name, ())) for name in _CATEGORIES
    }
    return WordList(
        {name: words for name, words in plain.items() if words},
        {name: tuple(words) for name, words in _HINTS.items()},
    )


PROVIDER = Provider("moderation", "No model: words that leave no doubt, and your own.", WordListOptions, make)
