"""Events: what has happened, reported by the shell, one at a time.

The rules:

- An event is past tense and carries facts, never samples.
- What comes from audio has `at`, the audio time in seconds since the call began; it is what deadlines count from,
  so that the windows of a voice detector or a slow loop add no delay to a decision. `at` is never later than the
  `now` that is passed beside the event.
- What a model or voice produces carries the number of its run. Events of a run that is over are ignored.
- An event that comes out of order or twice is harmless.

Adding a kind of event is adding it to the union `Event`; the type checker then names each match that must know it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import VariableValue

# ---------------------------------------------------------------------------------------------------------------
# The line


@frozen
class Connected:
    """The line is open and everything is warm: the call begins."""


@frozen
class LineDropped:
    """The caller's end is gone, or is not listened to any more for what it sent."""

    reason: str = "The caller hung up."
    close_code: int = 1000
    error_type: str | None = None
    """The contract's, where the line was closed for an error."""


@frozen
class HangUpAsked:
    """Somebody beside the caller wants the call over: an API call, a monitor, an operator."""

    reason: str


@frozen
class Draining:
    """The process is shutting down: the call has this long to come to an end."""

    within_seconds: float


@frozen
class Elapsed:
    """The deadline the engine gave has passed."""


# ---------------------------------------------------------------------------------------------------------------
# The caller


@frozen
class SpeechStarted:
    """The voice detector hears a voice."""

    at: float


@frozen
class SpeechStopped:
    """The voice has gone silent; `at` is where the last of it was, not where that was noticed."""

    at: float


@frozen
class Heard:
    """The ear has words. An interim replaces the interim before it; a final text is added to those before it.

    A final without text says: I listened to the end, and there was nothing.
    """

    text: str
    at: float
    """Up to where in the audio the ear has listened."""
    final: bool = True


@frozen
class LanguageHeard:
    """The ear recognised which language is spoken."""

    language: str
    at: float


@frozen
class EarAtWork:
    """The ear has all that was said up to `at`, and is writing it down: its final follows."""

    at: float


@frozen
class TurnLikelyOver:
    """The turn model's opinion on the pause at `at`."""

    probability: float
    at: float


@frozen
class SilenceInDoubt:
    """Perhaps the caller goes on: there is a first sound of a voice, or their audio is overdue. It is known by then.

    `until` lies ahead, unlike `at`; one that has passed takes the doubt back.
    """

    until: float


@frozen
class EarFailed:
    """The ear cannot go on."""

    reason: str


@frozen
class Typed:
    """The caller wrote a message (`user_message`, `multimodal_message`); it is a turn, and cuts the agent short."""

    text: str
    files: tuple[str, ...] = ()
    """Ids of files sent along."""


@frozen
class ContextGiven:
    """The client says something the agent should know (`contextual_update`). Never a turn, never an interruption."""

    text: str
    context_id: str | None = None
    """A later text under the same id supersedes this one."""


@frozen
class UserActive:
    """The client says that the caller is doing something: the agent need not speak up."""


# ---------------------------------------------------------------------------------------------------------------
# The mind


@frozen
class Thought:
    """The mind has produced a piece of text."""

    run: int
    text: str


@frozen
class WantsTool:
    """The mind asks for a tool. The arguments are complete."""

    run: int
    call_id: str
    name: str
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])


@frozen
class Tokens:
    """What a run of the mind took, as its provider counts."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


@frozen
class ThoughtEnded:
    """The mind has come to an end."""

    run: int
    tokens: Tokens = Tokens()


@frozen
class ThoughtFailed:
    """The mind broke off."""

    run: int
    reason: str


# ---------------------------------------------------------------------------------------------------------------
# The voice


@frozen
class Alignment:
    """When each character of a chunk of audio begins, in seconds from the start of that chunk."""

    text: str
    starts_seconds: tuple[float, ...]
    """One for each character of the text."""

    @classmethod
    def of_words(cls, words: Sequence[str], starts_seconds: Sequence[float], seconds: float) -> Alignment:
        """For a voice that gives words only: the characters of a word are spread over its time."""
        ends = [*starts_seconds, seconds][1:]
        starts: list[float] = []
        for word, start, end in zip(words, starts_seconds, ends, strict=True):
            pace = (end - start) / (len(word) + 1)
            starts += [round(start + pace * index, 3) for index in range(len(word) + 1)]
        return cls("".join(f"{word} " for word in words), tuple(starts))


@frozen
class Voiced:
    """The voice has made the next chunk of a piece's audio; the shell keeps it until it is told to play it."""

    run: int
    piece: int
    seconds: float
    last: bool = False
    """The piece is complete."""
    alignment: Alignment | None = None


@frozen
class VoiceFailed:
    """The voice broke off."""

    run: int
    reason: str


@frozen
class Played:
    """So much of a run's audio has been heard by the caller.

    Reported when everything released so far has been heard, and at a pause; never per frame.
    """

    run: int
    seconds: float
    """From the start of the run, in the order it was played."""
    at: float


# ---------------------------------------------------------------------------------------------------------------
# Who does the work


Role = Literal["ear", "mind", "voice"]


@frozen
class SteppedIn:
    """Another provider of the installation goes on where one failed. Nothing is lost by it; the record must say so."""

    role: Role
    failed: str
    """By its name in the settings."""
    instead: str
    reason: str


# ---------------------------------------------------------------------------------------------------------------
# Tools


@frozen
class ToolReturned:
    """A tool has given its result."""

    call_id: str
    result: str
    """As the mind reads it."""
    variables: Mapping[str, VariableValue] = field(default_factory=dict[str, VariableValue])
    """Dynamic variables that the result assigns."""


@frozen
class ToolFailed:
    """A tool could not do it; the mind is told why."""

    call_id: str
    reason: str


# ---------------------------------------------------------------------------------------------------------------
# A human in the agent's place


@frozen
class TakenOver:
    """A human takes the agent's place; the mind rests."""

    by: str = ""


@frozen
class HumanSaid:
    """The human has written what the agent's voice shall say."""

    text: str


@frozen
class Released:
    """The human gives the call back to the agent."""


# ---------------------------------------------------------------------------------------------------------------

Event = (
    Connected
    | LineDropped
    | HangUpAsked
    | Draining
    | Elapsed
    | SpeechStarted
    | SpeechStopped
    | Heard
    | LanguageHeard
    | EarAtWork
    | TurnLikelyOver
    | SilenceInDoubt
    | EarFailed
    | Typed
    | ContextGiven
    | UserActive
    | Thought
    | WantsTool
    | ThoughtEnded
    | ThoughtFailed
    | Voiced
    | VoiceFailed
    | Played
    | SteppedIn
    | ToolReturned
    | ToolFailed
    | TakenOver
    | HumanSaid
    | Released
)
