"""The journal: what happened in a call, complete enough to live through it again.

A journal is text, one JSON value per line: first a header (versions and the plan), then one entry per event:

    {"engine": "0.1.0", "schema": 1, "plan": {...}}
    [0.0, {"type": "Connected"}, "5f0a3c1e9b2d"]
    [1.25, {"type": "SpeechStarted", "at": 1.22}, ""]

The last field is a digest of the commands that the event caused, empty where there were none. Replaying feeds the
events to a new `Conversation` and compares: the first difference is a divergence, and names the event. The commands
themselves are not kept: they follow. A journal that is cut off by a crash ends with its last whole line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import cast

from vivavoce.base.frozen import frozen
from vivavoce.engine.codec import CodecError, from_json, to_tagged_text, to_text, write_json
from vivavoce.engine.commands import Command
from vivavoce.engine.conversation import Conversation
from vivavoce.engine.events import Event
from vivavoce.engine.plan import Plan
from vivavoce.engine.states import Why

SCHEMA = 1


class JournalError(ValueError):
    """The text is not a journal that this version can read; the message says why, and where."""


@frozen
class Header:
    """What has to be known before the first event."""

    engine: str
    """Version of the software that wrote it."""
    schema: int
    plan: Plan


@frozen
class Entry:
    """One event, and what it led to."""

    now: float
    event: Event
    digest: str


@frozen
class Journal:
    """One call."""

    header: Header
    entries: tuple[Entry, ...]


@frozen
class Step:
    """One event of a replay."""

    number: int
    entry: Entry
    commands: tuple[Command, ...]
    digest: str
    """Of the commands now; `entry.digest` is that of the commands then."""
    why: Why | None
    """The first deadline that had passed by then."""
    state: str
    """Where the call stands afterwards: the name of a class in `states`."""

    @property
    def diverges(self) -> bool:
        """The engine decides otherwise than it did."""
        return self.digest != self.entry.digest


# ---------------------------------------------------------------------------------------------------------------
# Writing


def encode_header(plan: Plan, engine: str) -> str:
    """The first line."""
    return f'{{"engine":{write_json(engine)},"schema":{SCHEMA},"plan":{to_text(plan)}}}'


def encode_entry(now: float, event: Event, commands: Sequence[Command]) -> str:
    """The line for one event."""
    return f'[{now},{to_tagged_text(event)},"{digest(commands)}"]'


def digest(commands: Sequence[Command]) -> str:
    """A short fingerprint of commands; empty for none."""
    if not commands:
        return ""
    text = f"[{','.join(map(to_tagged_text, commands))}]"
    return blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


# ---------------------------------------------------------------------------------------------------------------
# Reading


def decode(text: str) -> Journal:
    """A journal from its text."""
    # Not `splitlines`: somebody may say a character at which other texts have lines.
    lines = text.split("\n")
    if not text:
        raise JournalError("The journal is empty.")
    header = _decode_header(lines[0])
    entries = [_decode_entry(line, number) for number, line in enumerate(lines[1:], 1) if line.strip()]
    return Journal(header, tuple(entries))


def _decode_header(line: str) -> Header:
    try:
        data = cast("dict[str, object]", json.loads(line))
        schema = data["schema"]
        if schema != SCHEMA:
            raise JournalError(f"The journal has schema {schema}; this version reads {SCHEMA}.")
        return from_json(Header, data, where="header")
    except (KeyError, TypeError, json.JSONDecodeError, CodecError) as error:
        raise JournalError(f"The first line is not a journal's header: {error}") from error


def _decode_entry(line: str, number: int) -> Entry:
    try:
        now, event, fingerprint = cast("list[object]", json.loads(line))
        decoded = cast("Event", from_json(cast("type", Event), event, where="event"))
        return Entry(float(cast("float", now)), decoded, str(fingerprint))
    except (TypeError, ValueError) as error:
        raise JournalError(f"Entry {number} cannot be read: {error}") from error


# ---------------------------------------------------------------------------------------------------------------
# Replaying


def replay(journal: Journal, begin: Callable[[Plan], Conversation] = Conversation) -> Iterator[Step]:
    """Live through the call again, event by event."""
    conversation = begin(journal.header.plan)
    for number, entry in enumerate(journal.entries, 1):
        due = conversation.deadline()
        commands = tuple(conversation.handle(entry.event, entry.now))
        why = due.why if due is not None and due.at <= entry.now else None
        yield Step(number, entry, commands, digest(commands), why, type(conversation.state).__name__)


def first_divergence(steps: Iterable[Step]) -> Step | None:
    """The first event after which the engine decides otherwise; None if the replay is faithful."""
    return next((step for step in steps if step.diverges), None)


def approve(journal: Journal) -> str:
    """The same journal with the digests of the present engine: a deliberate change of behaviour, accepted."""
    lines = [encode_header(journal.header.plan, journal.header.engine)]
    lines += [encode_entry(step.entry.now, step.entry.event, step.commands) for step in replay(journal)]
    return "\n".join(lines) + "\n"
