"""Text written token by token: the engine's port, and the writer that uses it a little at a time.

An engine computes what may follow some tokens, and remembers what it has read in numbered sequences. `Writer` makes of
that one step of a text: it reads a bit of the prompt, or writes one token. A step is a piece of work like any other
(`Write`), so that what is more urgent comes in between, and whoever does not want the rest simply asks for no more.

    prompt  <|im_start|>system ... opening hours ...         written so far  [1220, 753]
    step    the longest begin of it that some sequence has; the rest is read, 32 tokens at a time; then one is written

- Nothing belongs to a call: what comes next follows from the prompt and the tokens alone, whoever asks and how often.
  What sequences hold is a cache, the least used go first, and a begin that several share is in memory once.
- It is always the likeliest token that the grammar allows. How likely each is is known but for the last digits: sums
  are rounded otherwise when more tokens are read at a time, or lie elsewhere in the memory. Where two are as good as
  equally likely the other one may come another time; reading all anew in each turn would be the price of the same one.

The double is an engine whose tokens are characters and whose model is a table.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, ClassVar, Protocol

from vivavoce.base.frozen import frozen

AT_ONCE = 32
"""Tokens that are read in a step: a third of a second on one thread."""
_LEAST_SHARED = 16
"""A shorter begin is read anew."""
_MOST_GRAMMARS = 16


class TooLong(ValueError):
    """There is no room for so much text."""


class Malformed(ValueError):
    """A grammar that cannot be followed."""


class Engine(Protocol):
    """Computes tokens. One thread at a time."""

    @property
    def sequences(self) -> int:
        """How many there are."""
        ...

    @property
    def cells(self) -> int:
        """How many tokens it remembers, of all sequences together."""
        ...

    def tokens(self, text: str) -> list[int]:
        """A text as the model reads it."""
        ...

    def piece(self, token: int) -> bytes:
        """What a token says."""
        ...

    def is_end(self, token: int) -> bool:
        """Whether the text ends with it."""
        ...

    def forget(self, sequence: int, length: int) -> None:
        """Forget what a sequence holds from this length on."""
        ...

    def copy(self, source: int, target: int, length: int) -> None:
        """Let an empty sequence begin like another one."""
        ...

    def read(self, sequence: int, tokens: Sequence[int], begin: int, threads: int) -> None:
        """Read tokens on from a length; afterwards it is known what may follow the last."""
        ...

    def grammar(self, text: str) -> Any:
        """A grammar, at its begin; `Malformed` if it is none."""
        ...

    def likeliest(self, grammar: Any) -> int:
        """The likeliest token after the last that was read, of those that a grammar (or None) allows."""
        ...

    def accept(self, grammar: Any, token: int) -> None:
        """Go on in a grammar."""
        ...


@frozen
class Step:
    """What a step has brought."""

    token: int | None
    """The next token; none while the prompt is still being read, and at the end."""
    text: str
    """All that was written, whole characters only."""
    is_done: bool
    left: int
    """Tokens that are still to be read before one can be written."""
    prompt_tokens: int
    known: int
    """How many of all tokens needed no reading in this step."""


@dataclass(slots=True)
class _Sequence:
    number: int
    tokens: list[int] = field(default_factory=list[int])


class Writer:
    """Writes with an engine, and remembers what it has read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._free = list(range(engine.sequences))
        self._held: OrderedDict[int, _Sequence] = OrderedDict()
        """The least used first."""
        self._grammars: OrderedDict[tuple[str, tuple[int, ...]], Any] = OrderedDict()
        self._read: tuple[str, list[int]] = ("", [])
        self._turn = threading.Lock()

    def step(self, prompt: str, begun: Sequence[int], grammar: str, threads: int) -> Step:
        """Read on, or write the next token."""
        # Steps come one at a time; but one that nobody waits for any more may not be over yet.
        with self._turn:
            return self._step(prompt, begun, grammar, threads)

    def _step(self, prompt: str, begun: Sequence[int], grammar: str, threads: int) -> Step:
        asked = self._tokens(prompt)
        tokens = [*asked, *begun]
        if len(tokens) >= self._engine.cells:
            raise TooLong(f"{len(tokens)} tokens are more than the {self._engine.cells} that there is room for.")
        sequence = self._place(tokens)
        known = len(sequence.tokens)
        more = tokens[known : known + AT_ONCE]
        self._engine.read(sequence.number, more, known, threads)
        sequence.tokens += more
        left = len(tokens) - len(sequence.tokens)
        token = None if left else self._next(grammar, begun)
        is_done = token is not None and self._engine.is_end(token)
        written = [*begun] if token is None or is_done else [*begun, token]
        return Step(None if is_done else token, self._text(written), is_done, left, len(asked), known)

    def _tokens(self, prompt: str) -> list[int]:
        if self._read[0] != prompt:
            self._read = (prompt, self._engine.tokens(prompt))
        return self._read[1]

    def _text(self, tokens: Sequence[int]) -> str:
        return b"".join(map(self._engine.piece, tokens)).decode("utf-8", "ignore")

    # What is remembered

    def _place(self, tokens: Sequence[int]) -> _Sequence:
        """A sequence that holds a begin of the tokens, all but the last at most, with room for the rest."""
        nearest = max(self._held.values(), key=lambda each: _alike(each.tokens, tokens), default=None)
        shared = min(_alike(nearest.tokens, tokens), len(tokens) - 1) if nearest else 0
        if nearest is not None and self._is_gone_on_with(nearest, shared, tokens):
            self._cut(nearest, shared)
            self._held.move_to_end(nearest.number)
            self._make_room(len(tokens) - shared, nearest)
            return nearest
        return self._branched(nearest if shared >= _LEAST_SHARED else None, shared, tokens)

    def _is_gone_on_with(self, nearest: _Sequence, shared: int, tokens: Sequence[int]) -> bool:
        """Whether nothing of it would be lost but its last token, which is read again; or it has no room beside it."""
        has_room = self._engine.sequences > 1 and len(nearest.tokens) + len(tokens) <= self._engine.cells
        return shared >= len(nearest.tokens) - 1 or not has_room

    def _branched(self, source: _Sequence | None, shared: int, tokens: Sequence[int]) -> _Sequence:
        """Another sequence, which begins like one that stays."""
        if source is not None:
            self._held.move_to_end(source.number)
        self._make_room(len(tokens) - (shared if source else 0), source)
        if not self._free:
            self._drop(source)
        found = _Sequence(self._free.pop())
        if source is not None:
            self._engine.copy(source.number, found.number, shared)
            found.tokens = source.tokens[:shared]
        self._held[found.number] = found
        return found

    def _cut(self, sequence: _Sequence, length: int) -> None:
        if length < len(sequence.tokens):
            self._engine.forget(sequence.number, length)
            del sequence.tokens[length:]

    def _make_room(self, needed: int, kept: _Sequence | None) -> None:
        """Forget the least used until so many tokens more find room. What several share is counted for each."""
        while sum(len(each.tokens) for each in self._held.values()) + needed > self._engine.cells:
            if not self._drop(kept):
                break

    def _drop(self, kept: _Sequence | None) -> bool:
        dropped = next((each for each in self._held.values() if each is not kept), None)
        if dropped is None:
            return False
        self._engine.forget(dropped.number, 0)
        del self._held[dropped.number]
        self._free.append(dropped.number)
        return True

    # What may follow

    def _next(self, text: str, begun: Sequence[int]) -> int:
        if not text:
            return self._engine.likeliest(None)
        grammar = self._grammar(text, tuple(begun))
        token = self._engine.likeliest(grammar)
        if not self._engine.is_end(token):
            self._engine.accept(grammar, token)
            self._grammars[text, (*begun, token)] = grammar
            while len(self._grammars) > _MOST_GRAMMARS:
                self._grammars.popitem(last=False)
        return token

    def _grammar(self, text: str, begun: tuple[int, ...]) -> Any:
        """A grammar after some tokens: as it was left, else gone through again."""
        found = self._grammars.pop((text, begun), None)
        if found is None:
            found = self._engine.grammar(text)
            for token in begun:
                self._engine.accept(found, token)
        return found


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@frozen
class Write:
    """Work: the next step of a text."""

    gives: ClassVar[type[Step]] = Step

    prompt: str
    begun: Sequence[int] = ()
    grammar: str = ""
    threads: int = 1

    def __call__(self, writer: Writer) -> Step:
        """Take it."""
        return writer.step(self.prompt, self.begun, self.grammar, self.threads)


# ---------------------------------------------------------------------------------------------------------------
# The double

END = 0


class TableEngine:
    """The double of `Engine`: a token is a character, and what follows a prompt stands in a table.

    The first entry whose key the prompt ends with counts; then the answer is spelled out to its end. A grammar is not
    followed, but for `root ::= only ...`, which allows these characters. `has_read` counts the tokens computed.
    """

    def __init__(self, answers: Mapping[str, str], *, sequences: int = 4, cells: int = 4096) -> None:
        self.answers = answers
        self.sequences = sequences
        self.cells = cells
        self.has_read: list[int] = []
        self._memory: dict[int, list[int]] = {}
        self._last: list[int] = []

    def tokens(self, text: str) -> list[int]:
        """Its characters."""
        return [ord(character) for character in text]

    def piece(self, token: int) -> bytes:
        """The character."""
        return chr(token).encode()

    def is_end(self, token: int) -> bool:
        """Whether it is the end."""
        return token == END

    def forget(self, sequence: int, length: int) -> None:
        """Forget the rest."""
        self._memory[sequence] = self._memory.get(sequence, [])[:length]

    def copy(self, source: int, target: int, length: int) -> None:
        """Begin alike."""
        assert not self._memory.get(target)
        self._memory[target] = self._memory[source][:length]

    def read(self, sequence: int, tokens: Sequence[int], begin: int, threads: int) -> None:
        """Read them."""
        _ = threads
        held = self._memory.setdefault(sequence, [])
        assert len(held) == begin, "what is read must follow what was"
        held.extend(tokens)
        assert sum(map(len, self._memory.values())) <= self.cells
        self.has_read.append(len(tokens))
        self._last = held

    def grammar(self, text: str) -> frozenset[int] | None:
        """The characters that it allows; None for all of them."""
        if not text.startswith("root ::= "):
            raise Malformed(text)
        _, found, only = text.partition("root ::= only ")
        return frozenset({END, *map(ord, only)}) if found else None

    def likeliest(self, grammar: Any) -> int:
        """The next character of the answer."""
        token = self._after("".join(map(chr, self._last)))
        if grammar is not None and token not in grammar:
            raise Malformed(chr(token))
        return token

    def _after(self, text: str) -> int:
        for key, answer in self.answers.items():
            _, found, written = text.rpartition(key)
            if found and answer.startswith(written):
                return ord(answer[len(written)]) if len(written) < len(answer) else END
        return END

    def accept(self, grammar: Any, token: int) -> None:
        """The set stays the same."""
