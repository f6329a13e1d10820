"""What may be quoted: the facts in a prompt and in retrieved text, cut into sentences.

A prompt is written for the agent, and most of it must never be read out: who it is, how it talks, what to do when. So
sections of that kind are left out by their heading, and sentences that tell the agent to do something by how they
begin. What remains speaks of the world: hours, prices, people, conditions. Questions with their answers, and headings
with what stands under them, stay together.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import Instructions, Message
from vivavoce.providers.language._wit.words import sentences

CONTEXT = "For your information:"

_HEADING = re.compile(
    r"^\s*(?:#{1,6}\s*(?P<marked>.+?)\s*#*|\*\*(?P<bold>[^*]+?):?\*\*:?|<(?P<tag>[a-z_ -]+)>)\s*$", re.I
)
_CLOSING_TAG = re.compile(r"^\s*</[a-z_ -]+>\s*$", re.I)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_QUESTION = re.compile(r"^\s*(?:Q|Question)\s*[:.]\s*(?P<text>.+)$", re.I)
_ANSWER = re.compile(r"^\s*(?:A|Answer)\s*[:.]\s*(?P<text>.+)$", re.I)
_FOR_THE_AGENT = re.compile(
    r"\b(?:personality|persona|role|identity|character|tone|style|voice|goals?|objectives?|tasks?|instructions?|"
    r"rules?|guardrails?|"
    r"guidelines?|workflow|process|steps?|tools?|constraints?|behaviou?r|environment|examples?|do not|don'ts?|language|"
    r"output|format|safety|escalation)\b",
    re.I,
)
_ORDER_WORDS = """
acknowledge act address adopt allow always answer apologize apologise ask assist avoid be begin call check collect
confirm connect consider continue decline describe determine direct do don't end ensure explain find focus follow
gather give greet guide handle help if ignore introduce keep lead let listen maintain make mention mirror never
offer only pause please politely prefer present proceed provide read redirect refer refuse remain remember repeat
reply respond say show speak spell start state stay stick suggest summarise summarize tell thank then transfer
treat try understand use verify wait when whenever while write you your you're
"""
_ORDERS = frozenset(_ORDER_WORDS.split())
_TO_THE_AGENT = re.compile(
    r"\b(?:you are|you're|you must|you should|you can|you may|you will|you have|you never|you always|your (?:goal|"
    r"job|task|role|"
    r"name|tone|responses?|answers?|caller)|as an ai|the (?:caller|user)(?:'s)?|callers|users|system prompt|"
    r"the agent)\b",
    re.I,
)
_TO_THE_AGENT_ONLY = re.compile(
    r"\b(?:you are|you're|you never|you always|you will|your (?:goal|job|task|role|name|tone|responses?|answers?|"
    r"caller)|as an ai|"
    r"the (?:caller|user)(?:'s)?|callers|users|system prompt|the agent)\b",
    re.I,
)
_LEANS = re.compile(
    r"^(?:after that|otherwise|outside (?:of )?(?:it|these|this|them)|it|they|this|these|that|those|but|however|"
    r"then|in that case|"
    r"if not|besides|also)\b",
    re.I,
)
"""Begins of sentences that mean nothing without the one before."""
_LONGEST = 300
_LONGEST_QUOTED = 1_000
"""Nobody would listen to more, whatever it answers."""
_LONGEST_HEADING = 200
_LONGEST_LINE = 4_000
_LONGEST_TEXT = 200_000
_CLOCK = re.compile(
    r"^(?:today|the (?:current )?(?:date|time)|current (?:date|time)|it) (?:is|:)? ?\W*\d{4}-\d\d-\d\d", re.I
)
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
_SHORTEST = 3
_MARGIN = 60
"""A shorter line was ended, not broken."""
_APART = 100_000
"""More places than a message has, so that sentences of two messages are no neighbours."""


@frozen
class Passage:
    """Something that may be quoted."""

    text: str
    heading: str = ""
    """The heading, or the question, that it stands under."""
    section: str = ""
    """What the text around it is about."""
    is_answer: bool = False
    """The heading is what people ask."""
    place: int = 0
    """Neighbours of one paragraph have places one after the other."""

    @property
    def is_own(self) -> bool:
        """Whether it stands in the agent's prompt, and so is there in every turn."""
        return self.place < _APART

    @property
    def whole(self) -> str:
        """With its heading, for whoever compares."""
        return f"{self.heading}: {self.text}" if self.heading else self.text


def passages_in(messages: Sequence[Message]) -> list[Passage]:
    """Everything quotable in the system messages: the prompt, and what was retrieved or told beside it."""
    found: list[Passage] = []
    for place, message in enumerate(messages):
        if isinstance(message, Instructions):
            text = message.text[:_LONGEST_TEXT].removeprefix(CONTEXT)
            found += _passages(text, place * _APART, is_prompt=place == 0 and not message.text.startswith(CONTEXT))
    return found


def passages_of(text: str) -> Sequence[Passage]:
    """The sentences of a text that was written for people."""
    return _passages(text[:_LONGEST_TEXT], 0, is_prompt=False)


@lru_cache(maxsize=512)
def _passages(text: str, first: int, *, is_prompt: bool) -> tuple[Passage, ...]:
    reader = _Reader(first, is_prompt)
    for line in _unwrapped(text):
        reader.read(line)
    return tuple(reader.found)


class _Reader:
    """Reads a text line by line and keeps what may be quoted."""

    def __init__(self, place: int, is_prompt: bool) -> None:
        self.found: list[Passage] = []
        self._place = place
        self._is_prompt = is_prompt
        self._section = ""
        self._question = ""
        self._is_hidden = False

    def read(self, line: str) -> None:
        """The next line."""
        if not line.strip():
            self._place += 2
        elif _CLOSING_TAG.match(line):
            self._begin("")
        elif len(line) <= _LONGEST_HEADING and (match := _HEADING.match(line)):
            self._begin(next(filter(None, match.groups())).replace("_", " ").strip().rstrip(":"))
        elif match := _QUESTION.match(line):
            self._question, self._is_hidden = match["text"].strip(), False
            self._place += 2
        elif not self._is_hidden:
            self._keep(line)

    def _begin(self, heading: str) -> None:
        """Another section; one that is a question has its answer under it."""
        self._question = heading if heading.endswith("?") else ""
        self._section = "" if self._question else heading
        self._is_hidden = self._is_prompt and not self._question and bool(_FOR_THE_AGENT.search(heading))
        self._place += 2

    def _keep(self, line: str) -> None:
        if self._question:
            # An answer was written to be said, and whole.
            answered = _ANSWER.match(line)
            self._add(" ".join(_plain(answered["text"] if answered else line).split()))
            return
        for sentence in _in_line(line):
            if not self._is_prompt or _is_fact(sentence, bool(self._section)):
                self._add(sentence)
            self._place += 1

    def _add(self, text: str) -> None:
        """Add it; a sentence that leans on the one before becomes part of it."""
        if len(text) > _LONGEST_QUOTED:
            return
        before = self.found[-1] if self.found else None
        if (
            before is not None
            and _LEANS.match(text)
            and self._place == before.place + 1
            and len(before.text) + len(text) < _LONGEST
        ):
            self.found[-1] = Passage(
                f"{before.text} {text}", before.heading, before.section, before.is_answer, self._place
            )
        else:
            heading = self._question or self._section
            self.found.append(Passage(text, heading, self._section, bool(self._question), self._place))


def _unwrapped(text: str) -> list[str]:
    """The lines, with those joined that were broken at the margin."""
    lines: list[str] = []
    before = ""
    for line in _lines(text):
        # What counts is the line before and not all that it was joined to, which may be a long paragraph by now.
        if _is_broken(before) and line.strip() and not _begins_anew(line):
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        else:
            lines.append(line)
        before = line.rstrip()
    return lines


def _lines(text: str) -> Iterator[str]:
    """The lines; what has no end is cut into pieces."""
    for line in text.splitlines():
        yield from (line[at : at + _LONGEST_LINE] for at in range(0, len(line) or 1, _LONGEST_LINE))


def _begins_anew(line: str) -> bool:
    marks = (_HEADING, _CLOSING_TAG, _BULLET, _QUESTION, _ANSWER)
    line = line[:_LONGEST_HEADING]
    return line.lstrip().startswith("|") or any(mark.match(line) for mark in marks)


def _is_broken(line: str) -> bool:
    return (
        _MARGIN <= len(line) <= _LONGEST_HEADING
        and not line.endswith((".", "!", "?", ":", "|"))
        and not _HEADING.match(line)
    )


def _in_line(line: str) -> Iterator[str]:
    """The sentences of a line, without marks of bullets and tables."""
    line = _BULLET.sub("", line).strip()
    if line.startswith("|"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        line = "" if all(set(cell) <= set("-: ") for cell in cells) else ", ".join(filter(None, cells))
    yield from (
        sentence for sentence in sentences(_plain(line)) if len(sentence.split()) >= _SHORTEST or ":" in sentence
    )


def _plain(line: str) -> str:
    return re.sub(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1", r"\2", line).strip()


def _is_fact(sentence: str, has_heading: bool) -> bool:
    """Whether it speaks of the world. Under a heading "you" may be a customer; elsewhere it is the agent."""
    first = re.split(r"[\s,:]", sentence.strip("\"'“ "), maxsplit=1)[0].lower()
    to_the_agent = _TO_THE_AGENT_ONLY if has_heading else _TO_THE_AGENT
    is_order = first in _ORDERS and not (has_heading and first in ("you", "your", "when", "if"))
    return not (is_order or to_the_agent.search(sentence) or _PLACEHOLDER.search(sentence) or _CLOCK.match(sentence))
