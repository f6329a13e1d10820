"""The caller's side of the floor: the turn they are in, and what of their sound and words counts.

`CallerTurn` gathers one turn; the floor knows where one ends and the next begins. Three things make that more than
a list of turns:

- A sound that was judged and ignored (a cough, "mhm") does not count; a voice that goes on after it does.
- What is said while the agent cannot be interrupted is dropped; a voice that still goes on when the agent has
  finished counts, from there.
- The ear may be late: the final words of a turn that was settled without them belong to that turn, and are swallowed
  when they come.
"""

from __future__ import annotations

from vivavoce.engine.events import Heard
from vivavoce.engine.turns import CallerTurn
from vivavoce.engine.words import words_of


class Floor:
    """The present turn of the caller."""

    def __init__(self) -> None:
        self.turn = CallerTurn()
        self.is_ignored = False
        """The present sound was judged and ignored; only words can change that."""
        self._owed: str | None = None
        """The words so far of a turn whose final words are still to come."""

    def speech_stopped(self, at: float) -> None:
        """There is silence again; an ignored sound that stayed wordless is forgotten."""
        if not self.turn.is_speaking:
            return
        self.turn.speech_stopped(at)
        if self.is_ignored and not self.turn.text:
            self.forget()

    def heard(self, event: Heard) -> bool:
        """Take words in; false if they belong to a turn that is settled."""
        if self._belongs_to_the_last_turn(event):
            return False
        self.turn.heard(event.text, event.at, final=event.final)
        return True

    def settle(self) -> CallerTurn:
        """The turn is over; the next sound begins another."""
        turn = self.turn
        if not turn.is_transcribed:
            self._owed = turn.text
        self.forget()
        return turn

    def ignore(self, now: float) -> None:
        """What was heard until now does not count; a voice that goes on may still become words."""
        speaking = self.turn.is_speaking
        self.forget()
        if speaking:
            self.turn.speech_started(now)
        self.is_ignored = speaking

    def drop(self, now: float) -> None:
        """Nobody listened; only a voice that still goes on counts, from here."""
        if self.turn.is_speaking:
            self.ignore(now)
            self.is_ignored = False
        elif self.turn.has_begun:
            self._owed = None if self.turn.is_transcribed else ""
            self.forget()

    def forget(self) -> None:
        """Begin with nothing."""
        self.turn = CallerTurn()
        self.is_ignored = False

    def _belongs_to_the_last_turn(self, event: Heard) -> bool:
        if self._owed is None:
            return False
        settled, heard = words_of(self._owed), words_of(event.text)
        if event.final:
            self._owed = None
        is_same = heard[: len(settled)] == settled or settled[: len(heard)] == heard
        return is_same or not self.turn.has_begun
