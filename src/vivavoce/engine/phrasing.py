"""From a stream of tokens to pieces that can be spoken.

The mind writes in tokens that end anywhere: inside a word, a number, a tag. The voice wants pieces that sound like
speech, and the caller wants the first of them soon. So:

- The first piece may be a short clause ("Well, "), the following ones are sentences, or clauses of a long one.
- A piece ends only where the text shows that it ends: a sentence mark counts when something other than a closing
  quote or another digit follows, so that `3.14`, `e.g.` and `$1,000` stay whole. What is unclear waits for more.
- `<LABEL>text</LABEL>` changes the voice inside a reply. Tags are taken out of the text, also when they arrive in
  several tokens. They do not nest, and an unknown label speaks with the default voice.
- The pieces joined are the text, character for character, without the tags.
"""

from __future__ import annotations

import re

from vivavoce.base.frozen import frozen

_FIRST_MINIMUM = 8
"""Characters of the shortest first piece: below that a voice has nothing to go by."""
_LONG = 140
"""From here on a comma is enough."""
_TOO_LONG = 280
"""From here on any space is."""

_SENTENCE_END = re.compile(r"""[.!?…]+["'”’)\]]*(?=\s)|[。！？]+["'”’」』]*|\n+""")
_SENTENCE_ENDS_HERE = re.compile(r"(?:[a-zà-ÿ]{3,}\.|[!?])$")
"""The end of what has come so far, and surely of a sentence. Worth the small risk for the first piece only."""
_CLAUSE_END = re.compile(r"""[,;:–—]["'”’)\]]*(?=\s)|[，；：、]""")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|[Dd]r|[Mm]rs?|[Mm]s|[Pp]rof|[Ss]t|[Nn]o|vs|etc|e\.g|i\.e|z\.B|usw|bzw|ca|approx)\.$"
)
_TAG = re.compile(r"<(/?)([A-Za-z][\w .'-]{0,63})>")
_TAG_BEGUN = re.compile(r"<(?:/?(?:[A-Za-z][\w .'-]{0,63})?)?$")
_KEPT_TAGS = frozenset({"break", "phoneme", "emphasis", "prosody"})
"""Speech markup that is for the voice itself."""


@frozen
class Phrase:
    """A piece of text to be spoken in one go."""

    text: str
    label: str | None = None
    """The voice's label, where it is not the default voice."""


class Phrasing:
    """The splitter of one reply."""

    def __init__(self, labels: tuple[str, ...] = ()) -> None:
        self._labels = labels
        self._raw = ""
        """Received, and not yet searched for tags."""
        self._text = ""
        """Without tags, and not yet a piece; all in the voice of `_label`."""
        self._label: str | None = None
        self._first = True

    def push(self, delta: str) -> list[Phrase]:
        """Add what the mind wrote; the pieces that are ready."""
        self._raw += delta
        return self._read(at_end=False)

    def finish(self) -> list[Phrase]:
        """The mind has come to an end: everything that is left."""
        return self._read(at_end=True)

    def drop(self) -> None:
        """Forget what is not yet a piece: another model goes on from the last one."""
        self._raw = self._text = ""

    def _read(self, *, at_end: bool) -> list[Phrase]:
        ready: list[Phrase] = []
        if not self._labels:
            self._text, self._raw = self._text + self._raw, ""
        while tag := _TAG.search(self._raw) if self._labels else None:
            self._take(tag.start())
            self._raw = self._raw[tag.end() - tag.start() :]
            if tag.group(2) in _KEPT_TAGS:
                self._text += tag.group(0)
                continue
            ready += self._split(at_end=True)
            self._label = self._label_of(tag)
        begun = _TAG_BEGUN.search(self._raw)
        self._take(len(self._raw) if at_end or begun is None else begun.start())
        return ready + self._split(at_end=at_end)

    def _take(self, length: int) -> None:
        self._text, self._raw = self._text + self._raw[:length], self._raw[length:]

    def _label_of(self, tag: re.Match[str]) -> str | None:
        closing, name = tag.groups()
        return None if closing or name not in self._labels else name

    def _split(self, *, at_end: bool) -> list[Phrase]:
        ready: list[Phrase] = []
        while (end := self._end_of_piece()) is not None:
            self._cut(end, ready)
        if at_end:
            self._cut(len(self._text), ready)
        return ready

    def _cut(self, end: int, ready: list[Phrase]) -> None:
        piece, rest = self._text[:end], self._text[end:]
        if not piece:
            return
        if not piece.strip() and ready:
            ready[-1] = Phrase(ready[-1].text + piece, ready[-1].label)
        else:
            ready.append(Phrase(piece, self._label))
            self._first = self._first and not piece.strip()
        self._text = rest

    def _end_of_piece(self) -> int | None:
        text = self._text
        lead = len(text) - len(text.lstrip())
        sentence = self._end_of_sentence(lead)
        clause = self._end_of_clause(lead, _FIRST_MINIMUM if self._first else _LONG)
        if sentence is not None or clause is not None:
            return min(end for end in (sentence, clause) if end is not None)
        if len(text) - lead <= _TOO_LONG:
            return None
        space = text.rfind(" ", lead, lead + _TOO_LONG)
        return space if space > lead else lead + _TOO_LONG

    def _end_of_sentence(self, lead: int) -> int | None:
        text = self._text
        for match in _SENTENCE_END.finditer(text, lead):
            if not _ABBREVIATION.search(text[: match.end()]):
                return match.end()
        ends_here = self._first and _SENTENCE_ENDS_HERE.search(text) and not _ABBREVIATION.search(text)
        return len(text) if ends_here else None

    def _end_of_clause(self, lead: int, minimum: int) -> int | None:
        ends = (match.end() for match in _CLAUSE_END.finditer(self._text, lead))
        return next((end for end in ends if end - lead >= minimum), None)


_MARKDOWN = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(?m)^\s{0,3}(?:#{1,6}|>|[-*+])\s+"), ""),
    (re.compile(r"(\*\*|__|~~|`+)"), ""),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])"), r"\1"),
)


def speakable(text: str) -> str:
    """The text as a voice should get it: markup that models write for the eye is taken out."""
    for pattern, plain in _MARKDOWN:
        text = pattern.sub(plain, text)
    return text.strip()


def has_words(text: str) -> bool:
    """There is something to pronounce."""
    return any(character.isalnum() for character in text)
