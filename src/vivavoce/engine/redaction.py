"""A journal without what people said: the same call, decided the same way, in made-up words.

A recorded call makes a good test, but its words are somebody's. So every word of the caller, the agent and the tools
becomes an invented one of the same length and shape, the same word always the same invention; numbers become other
numbers, prompts and names are dropped. What decisions hang on stays: punctuation and spaces, times, the listener's
noises and small words of the engine's own lists, and the settings of the agent.

    redacted(journal, salt)      the journal in other words, with the digests it has today
    differing_event(a, b)        the first event that two journals decide differently in kind
    recording_of(journal, salt)       the text of a test made of a call

The salt is random and thrown away, so nobody can try words out. A few decisions may still hang on the very words, such
as an echo the ear misheard; then the redacted call is decided otherwise, and whoever made it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b
from itertools import zip_longest
from typing import cast

from vivavoce.engine.commands import Command, Tell
from vivavoce.engine.events import (
    Alignment,
    ContextGiven,
    EarFailed,
    Event,
    HangUpAsked,
    Heard,
    HumanSaid,
    LineDropped,
    SteppedIn,
    TakenOver,
    Thought,
    ThoughtFailed,
    ToolFailed,
    ToolReturned,
    Typed,
    Voiced,
    VoiceFailed,
    WantsTool,
)
from vivavoce.engine.interruption import IGNORE_TERMS, SOUNDS
from vivavoce.engine.journal import Entry, Journal, approve, decode, replay
from vivavoce.engine.plan import Caller, LanguagePreset, ModelChoice, Opening, Plan, PromptPiece, VariableValue
from vivavoce.engine.turns import NUMBER_WORDS, UNFINISHED_WORDS

_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u109f\u1780-\u17ff])+")
"""Letters and digits, and the marks that belong to letters in Hebrew, Arabic, Indian and Thai scripts."""
_KEPT_TAG = re.compile(r"</?(?:break|phoneme|emphasis|prosody)\b[^>]*>")
_ABBREVIATIONS = frozenset(("dr", "mr", "mrs", "ms", "prof", "st", "no", "vs", "etc", "usw", "bzw", "ca", "approx"))
_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"
_NOBODY = "redacted"


def redacted(journal: Journal, salt: bytes) -> Journal:
    """The journal in other words."""
    veil = _Veil(journal.header.plan, salt)
    plan = _plan(journal.header.plan, veil)
    thoughts = _thoughts(journal.entries, veil)
    entries = tuple(
        replace(entry, event=_event(entry.event, thoughts.get(number), veil))
        for number, entry in enumerate(journal.entries)
    )
    return decode(approve(Journal(replace(journal.header, plan=plan), entries)))


class HangsOnWords(ValueError):
    """In other words the call would be decided otherwise, from event `number` on."""

    def __init__(self, number: int) -> None:
        super().__init__(f"In other words the call would be decided otherwise, from event {number} on.")
        self.number = number


def recording_of(journal: Journal, salt: bytes | None) -> str:
    """A call as a test: in other words, or in its own (`salt` None). `HangsOnWords` where others will not do."""
    kept = journal if salt is None else redacted(journal, salt)
    changed = None if salt is None else differing_event(journal, kept)
    if changed is not None:
        raise HangsOnWords(changed)
    return approve(kept)


def differing_event(one: Journal, other: Journal) -> int | None:
    """The number of the first event that leads to other kinds of commands; None if there is none."""
    pairs = zip_longest(replay(one), replay(other))
    for number, (first, second) in enumerate(pairs, 1):
        if first is None or second is None or _kinds(first.commands) != _kinds(second.commands):
            return number
    return None


def _kinds(commands: Iterable[Command]) -> list[str]:
    return [type(one.event if isinstance(one, Tell) else one).__name__ for one in commands]


# ---------------------------------------------------------------------------------------------------------------
# Words


class _Veil:
    """Invents words, the same for the same word."""

    def __init__(self, plan: Plan, salt: bytes) -> None:
        self._salt = salt
        self._kept = _kept_words(plan)

    def text(self, text: str) -> str:
        """A text in invented words, exactly as long."""
        parts: list[str] = []
        end = 0
        for tag in _KEPT_TAG.finditer(text):
            parts += [_WORD.sub(self._invented, text[end : tag.start()]), tag.group()]
            end = tag.end()
        return "".join([*parts, _WORD.sub(self._invented, text[end:])])

    def value(self, value: object) -> object:
        """A JSON value with every text and number in it replaced."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.value(one) for name, one in cast("Mapping[str, object]", value).items()}
        if isinstance(value, list):
            return [self.value(one) for one in cast("list[object]", value)]
        if isinstance(value, bool) or value is None:
            return value
        return self._hash(str(value)) % 10_000

    def variables(self, values: Mapping[str, VariableValue]) -> dict[str, VariableValue]:
        """Values of dynamic variables."""
        return {name: cast("VariableValue", self.value(value)) for name, value in values.items()}

    def _invented(self, match: re.Match[str]) -> str:
        word = match.group()
        folded = word.casefold()
        if folded in self._kept:
            return word
        if folded in NUMBER_WORDS:
            return self._number_word(word)
        tries = (self._try(word, attempt) for attempt in range(8))
        return next((one for one in tries if one.casefold() not in self._kept), "x" * len(word))

    def _try(self, word: str, attempt: int) -> str:
        seed = self._hash(f"{attempt}{word.casefold()}")
        return "".join(_like(character, seed, place) for place, character in enumerate(word))

    def _number_word(self, word: str) -> str:
        choices = sorted(one for one in NUMBER_WORDS if len(one) == len(word))
        return choices[self._hash(word.casefold()) % len(choices)]

    def _hash(self, text: str) -> int:
        return int.from_bytes(blake2b(text.encode("utf-8", "replace"), key=self._salt, digest_size=16).digest(), "big")


def _like(character: str, seed: int, place: int) -> str:
    """A character of the same kind: digit, capital, vowel or consonant, or a sign of a script without spaces."""
    pick = seed >> (place % 16 * 8) & 0xFF
    if character.isdigit():
        return str(pick % 10)
    if not (character.isupper() or character.islower()):
        return "文"
    letters = _CONSONANTS if place % 2 == 0 else _VOWELS
    letter = letters[pick % len(letters)]
    return letter.upper() if character.isupper() else letter


def _kept_words(plan: Plan) -> frozenset[str]:
    """Words that decisions hang on, and that say nothing about anybody."""
    curated = [term for terms in IGNORE_TERMS.values() for term in terms]
    of_the_agent = [*plan.turn.interruption_ignore_terms, *(preset.code for preset in plan.languages)]
    labels = [one.label for one in plan.voice.labelled]
    terms = [*SOUNDS, *curated, *of_the_agent, *labels]
    words = {word for term in terms for word in _WORD.findall(term.casefold())}
    return frozenset(words | UNFINISHED_WORDS | _ABBREVIATIONS) - NUMBER_WORDS


# ---------------------------------------------------------------------------------------------------------------
# The plan


def _plan(plan: Plan, veil: _Veil) -> Plan:
    opening = Opening(text=veil.text(plan.opening.text), interruptible=plan.opening.interruptible)
    soft = replace(
        plan.soft_timeout,
        messages=tuple(veil.text(one) for one in plan.soft_timeout.messages),
        mind_prompt=veil.text(plan.soft_timeout.mind_prompt),
    )
    limits = replace(plan.limits, maximum_duration_message=veil.text(plan.limits.maximum_duration_message))
    return replace(
        plan,
        conversation_id="conv_" + _NOBODY,
        agent_id="agent_" + _NOBODY,
        branch_id=None,
        version_id=None,
        started_at_micros=0,
        caller=Caller(),
        mind=replace(plan.mind, model=_model(plan.mind.model), backups=tuple(_model(one) for one in plan.mind.backups)),
        voice=replace(
            plan.voice,
            labelled=tuple(replace(one, description="") for one in plan.voice.labelled),
            pronunciation_dictionaries=(),
            audio_effects=None,
        ),
        languages=tuple(_preset(one, veil) for one in plan.languages),
        opening=opening,
        prompt=replace(plan.prompt, pieces=_pieces(plan.prompt.pieces), live_variables=()),
        variables=veil.variables(plan.variables),
        secret_variables={},
        ears=replace(plan.ears, keywords=()),
        soft_timeout=soft,
        limits=limits,
        system_tools=tuple(replace(one, description="") for one in plan.system_tools),
        tools=tuple(replace(one, description="", parameters={}, config={}, tool_id=None) for one in plan.tools),
    )


def _model(model: ModelChoice) -> ModelChoice:
    return replace(model, custom=None, extra_body=None)


def _preset(preset: LanguagePreset, veil: _Veil) -> LanguagePreset:
    return replace(
        preset,
        opening_text=None if preset.opening_text is None else veil.text(preset.opening_text),
        prompt_pieces=_pieces(preset.prompt_pieces),
        soft_timeout_messages=tuple(veil.text(one) for one in preset.soft_timeout_messages),
    )


def _pieces(pieces: Iterable[PromptPiece]) -> tuple[PromptPiece, ...]:
    return tuple(replace(piece, text=f"({_NOBODY})") for piece in pieces)


# ---------------------------------------------------------------------------------------------------------------
# Events


def _thoughts(entries: Iterable[Entry], veil: _Veil) -> dict[int, str]:
    """What the mind wrote, by the place of its event. A word may come in several tokens: runs are taken as wholes."""
    runs: dict[int, list[tuple[int, str]]] = {}
    for number, entry in enumerate(entries):
        if isinstance(entry.event, Thought):
            runs.setdefault(entry.event.run, []).append((number, entry.event.text))
    texts: dict[int, str] = {}
    for tokens in runs.values():
        whole = veil.text("".join(text for _, text in tokens))
        for number, text in tokens:
            texts[number], whole = whole[: len(text)], whole[len(text) :]
    return texts


def _event(event: Event, thought: str | None, veil: _Veil) -> Event:  # noqa: PLR0911 - a table
    match event:
        case Thought():
            return replace(event, text=thought or "")
        case Typed(text, files):
            return Typed(veil.text(text), tuple("file_" + _NOBODY for _ in files))
        case Heard() | ContextGiven() | HumanSaid():
            return replace(event, text=veil.text(event.text))
        case Voiced(alignment=Alignment(text, starts)):
            return replace(event, alignment=Alignment(re.sub(r"\w", "x", text), starts))
        case WantsTool():
            return replace(event, arguments=cast("Mapping[str, object]", veil.value(event.arguments)))
        case ToolReturned():
            return replace(event, result=veil.text(event.result), variables=veil.variables(event.variables))
        case TakenOver():
            return replace(event, by="")
        case LineDropped() | HangUpAsked() | EarFailed() | ThoughtFailed() | VoiceFailed() | ToolFailed() | SteppedIn():
            return replace(event, reason=f"({_NOBODY})")
        case _:
            return event
