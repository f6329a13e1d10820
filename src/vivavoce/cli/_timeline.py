"""A call's timeline on a terminal: for `replay`, `simulate` and `talk`, which all show the same thing."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from vivavoce.engine.codec import to_text
from vivavoce.engine.journal import Header
from vivavoce.engine.timeline import Moment

_INDENT = " " * 20


def heading(header: Header, count: int) -> str:
    """Which call this is."""
    plan = header.plan
    began = datetime.fromtimestamp(plan.started_at_micros / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    kind = "text" if plan.text_only else plan.line.medium
    facts = [plan.conversation_id, plan.agent_id, began, kind, f"{count} events", f"recorded by {header.engine or '?'}"]
    return "  ".join(facts)


def lines(moments: Iterable[Moment], *, everything: bool) -> Iterator[tuple[Moment, str]]:
    """The timeline as lines of text, each with the moment it is about; details only if everything is wanted."""
    is_faithful = True
    for moment in moments:
        if everything or not moment.detail:
            yield from ((moment, line) for line in _lines(moment, everything=everything))
        if moment.diverges and is_faithful:
            yield moment, f"{_INDENT}!! In the call something else was done here. What follows need not fit any more."
            is_faithful = False


def _lines(moment: Moment, *, everything: bool) -> Iterator[str]:
    number = f"#{moment.number} " if everything else ""
    yield f"{moment.at:9.3f}  {moment.actor:<8} {number}{moment.text}"
    if moment.because is not None and moment.actor != "clock":
        yield f"{_INDENT}It was time, too: {moment.because}."
    for sentence in moment.then:
        if everything or not sentence.detail:
            yield f"{_INDENT}-> {sentence.text}"


def as_json(moments: Iterable[Moment]) -> Iterable[str]:
    """One JSON object a line."""
    return (to_text(moment) for moment in moments)
