"""Moderation: whether a text is what a call should be kept free of, and by how much.

A moderator gives each text scores between 0 and 1 by category; a category that it does not judge has none. Thresholds
are an agent's business: `Verdict.over` says which of them a text passes. The contract has two sets of categories, a
fine one and a newer coarse one (`Content`), where one of the coarse stands for several of the fine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from vivavoce.base.frozen import frozen

Category = Literal[
    "sexual",
    "sexual_minors",
    "violence",
    "violence_graphic",
    "harassment",
    "harassment_threatening",
    "hate",
    "hate_threatening",
    "self_harm",
    "self_harm_intent",
    "self_harm_instructions",
    "profanity",
    "religion_or_politics",
    "medical_and_legal_information",
]
Content = Literal[
    "sexual",
    "violence",
    "harassment",
    "self_harm",
    "profanity",
    "religion_or_politics",
    "medical_and_legal_information",
]

CONTENT: Mapping[Content, Sequence[Category]] = {
    "sexual": ("sexual", "sexual_minors"),
    "violence": ("violence", "violence_graphic"),
    "harassment": ("harassment", "harassment_threatening", "hate", "hate_threatening"),
    "self_harm": ("self_harm", "self_harm_intent", "self_harm_instructions"),
    "profanity": ("profanity",),
    "religion_or_politics": ("religion_or_politics",),
    "medical_and_legal_information": ("medical_and_legal_information",),
}
"""What each coarse category stands for."""


@frozen
class Verdict:
    """What is thought of one text."""

    scores: Mapping[Category, float] = field(default_factory=dict[Category, float])

    def content(self) -> Mapping[Content, float]:
        """The same by the coarse categories: the worst of what each stands for, if any of it was judged."""
        judged: dict[Content, float] = {}
        for name, kinds in CONTENT.items():
            if scores := [self.scores[fine] for fine in kinds if fine in self.scores]:
                judged[name] = max(scores)
        return judged

    def over(self, thresholds: Mapping[Content, float]) -> Sequence[Content]:
        """The coarse categories whose threshold it reaches, the worst first."""
        scores = self.content()
        reached: list[Content] = [
            name for name, threshold in thresholds.items() if name in scores and scores[name] >= threshold
        ]
        return sorted(reached, key=lambda name: -scores[name])


class ModerationFailed(Exception):
    """No verdict came. The message is for logs and holds neither a key nor the text."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable


class Moderator(Protocol):
    """Whoever judges texts."""

    @property
    def categories(self) -> frozenset[Category]:
        """What it judges."""
        ...

    async def judge(self, texts: Sequence[str]) -> Sequence[Verdict]:
        """A verdict for each text, in order; `ModerationFailed` if there is none for one of them."""
        ...


@dataclass
class ScriptedModerator:
    """The double: a text has the scores of every word of the table that stands in it. Keeps what it was asked."""

    words: Mapping[str, Mapping[Category, float]] = field(default_factory=dict[str, Mapping[Category, float]])
    failure: ModerationFailed | None = None
    asked: list[Sequence[str]] = field(default_factory=list[Sequence[str]])

    @property
    def categories(self) -> frozenset[Category]:
        """Those of the table."""
        return frozenset(category for scores in self.words.values() for category in scores)

    async def judge(self, texts: Sequence[str]) -> Sequence[Verdict]:
        """By the table."""
        self.asked.append(texts)
        if self.failure is not None:
            raise self.failure
        return [self._verdict(text) for text in texts]

    def _verdict(self, text: str) -> Verdict:
        scores: dict[Category, float] = dict.fromkeys(self.categories, 0.0)
        for word, found in self.words.items():
            if word in text:
                scores |= {category: max(scores[category], score) for category, score in found.items()}
        return Verdict(scores)
