"""Where a conversation stands with a tool, read out of its messages.

    caller  I'd like to book an appointment          the request
    agent   For which day?                           a question of ours: the mind knows it by its words
    caller  tomorrow
    agent   At what time?
    caller  nine, no, ten
    agent   Let me check: book appointment, date tomorrow, time 10:00. Is that right?

Nothing is remembered: at each turn the questions are recognised again, from the last one back to the request, and the
answers are read again in order. An interrupted question counts if enough of it was heard.
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import date
from typing import Literal

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import AgentMessage, Message, UserMessage
from vivavoce.providers.language._wit.offers import Offer, Slot
from vivavoce.providers.language._wit.slots import Filled, answer_to, fill, question, said_values
from vivavoce.providers.language._wit.words import listed

_LEAST_HEARD = 0.6
_LONGEST_TURN = 1_000

Choose = Callable[[str, Sequence[Offer]], Offer]


@frozen
class Pending:
    """A question of ours that the caller has just been asked."""

    offer: Offer
    step: Literal["slot", "confirmation", "change"]
    slot: Slot | None = None
    filled: Filled = field(default_factory=Filled)
    """What was known when it was asked."""
    times: int = 1
    """How often it was asked in a row."""

    @property
    def question(self) -> str:
        """Once more."""
        if self.step == "slot" and self.slot is not None:
            return question(self.slot)
        return confirmation(self.offer, self.filled) if self.step == "confirmation" else change(self.offer)


@frozen
class _Exchange:
    agent: AgentMessage | None
    said: str


def confirmation(offer: Offer, filled: Filled) -> str:
    """What is about to be done, for a yes."""
    values = listed(list(said_values(offer.slots, filled)))
    return f"Let me check: {offer.spoken}{', ' if values else ''}{values}. Is that right?"


def change(offer: Offer) -> str:
    """What to do instead."""
    return f"All right, I have not done that. What should I change to {offer.spoken}?"


def pending(messages: Sequence[Message], offers: Sequence[Offer], today: date | None, choose: Choose) -> Pending | None:
    """The question that the last thing the caller said may answer, if there is one."""
    exchanges = _exchanges(messages)
    if len(exchanges) < 2:
        return None
    asking = [offer for offer in offers if _asked(offer, exchanges[-1].agent)]
    if not asking:
        return None
    runs = {offer.name: _run(offer, exchanges) for offer in asking}
    longest = max(len(run) for run in runs.values())
    asking = [offer for offer in asking if len(runs[offer.name]) == longest]
    request = exchanges[-longest - 1].said
    offer = asking[0] if len(asking) == 1 else choose(request, asking)
    return _replayed(offer, request, runs[offer.name], today)


def _exchanges(messages: Sequence[Message]) -> list[_Exchange]:
    """What the agent said, and what the caller said to it."""
    found: list[_Exchange] = []
    agent: AgentMessage | None = None
    for message in messages:
        if isinstance(message, AgentMessage):
            joined = f"{agent.text} {message.text}" if agent else message.text
            agent = AgentMessage(joined, (*(agent.calls if agent else ()), *message.calls))
        elif isinstance(message, UserMessage):
            said = message.text[:_LONGEST_TURN]
            if agent is None and found:
                found[-1] = _Exchange(found[-1].agent, f"{found[-1].said} {said}"[:_LONGEST_TURN])
            else:
                found.append(_Exchange(agent, said))
            agent = None
    return found


def _run(offer: Offer, exchanges: Sequence[_Exchange]) -> list[_Exchange]:
    """The exchanges that began with a question for this tool, back to the request, which is the one before."""
    run: list[_Exchange] = []
    for exchange in reversed(exchanges[1:]):
        if not _asked(offer, exchange.agent):
            break
        run.insert(0, exchange)
    return run


def _asked(offer: Offer, agent: AgentMessage | None) -> Literal["slot", "confirmation", "change"] | None:
    if agent is None or agent.calls:
        return None
    if f"Let me check: {offer.spoken}" in agent.text:
        return "confirmation"
    if change(offer) in agent.text:
        return "change"
    return "slot" if _slot_asked(offer, agent.text) else None


def _slot_asked(offer: Offer, text: str) -> Slot | None:
    return next((slot for slot in offer.slots if slot.is_required and _is_heard(question(slot), text)), None)


def _is_heard(asked: str, text: str) -> bool:
    """Whether a question, or enough of its begin at the end of what was heard, is there."""
    if asked in text:
        return True
    least = round(len(asked) * _LEAST_HEARD)
    bare = text.rstrip(" .…-")
    return any(bare.endswith(asked[:size].rstrip()) for size in range(least, len(asked)))


def _replayed(offer: Offer, request: str, run: Sequence[_Exchange], today: date | None) -> Pending:
    filled = fill(offer.slots, request, today)
    for exchange in run[:-1]:
        filled = taken(offer, _step(offer, exchange, filled), exchange.said, filled, today)
    last = _step(offer, run[-1], filled)
    times = 0
    for exchange in reversed(run):
        if _step(offer, exchange, filled).question != last.question:
            break
        times += 1
    return Pending(offer, last.step, last.slot, filled, times)


def _step(offer: Offer, exchange: _Exchange, filled: Filled) -> Pending:
    step = _asked(offer, exchange.agent) or "slot"
    text = exchange.agent.text if exchange.agent else ""
    return Pending(offer, step, _slot_asked(offer, text) if step == "slot" else None, filled)


def taken(offer: Offer, asked: Pending, said: str, filled: Filled, today: date | None) -> Filled:
    """What is known once this was said in answer to it."""
    if asked.step == "slot" and asked.slot is not None:
        value = answer_to(asked.slot, said, today)
        if value is None:
            return filled
        more = fill([slot for slot in offer.slots if slot is not asked.slot and slot.name not in filled], said, today)
        more = {name: each for name, each in more.items() if each != value}
        return {**filled, **more, asked.slot.name: value}
    return {**filled, **fill(offer.slots, said, today)}
