"""What the mind is given: the system prompt, the history as it was heard, and notes between the turns.

The history is made from the transcript, so the model knows exactly what the caller knows: an interrupted reply ends
where the caller stopped hearing it, an ignored "mhm" was never said. Every tool call in it has an answer, because
models refuse a history that has not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, UserMessage
from vivavoce.engine.plan import LanguagePreset, Plan
from vivavoce.engine.transcript import AgentTurn, ContextTurn, Turn, UserTurn
from vivavoce.engine.variables import CallSoFar, render, values_of

STILL_RUNNING = "The tool is still running; its result is not known yet."
FILLER_PROMPT = (
    "The answer takes a moment. Write only a few spoken words that fill the pause naturally and fit what the caller "
    "said last. Do not answer, do not promise anything."
)

Compose = Callable[[str], tuple[Message, ...]]
"""Makes the messages of a step, given what of its text was written already."""


@frozen
class Briefing:
    """What a prompt is made from."""

    plan: Plan
    language: str
    variables: CallSoFar
    notes: tuple[str, ...] = ()
    """Remarks for this one request, after the history."""
    pending_text: str | None = None
    """What the caller seems to have said, before it is part of the history."""

    def messages(self, unfinished: str = "") -> tuple[Message, ...]:
        """The whole request. `unfinished` is the reply's text so far, if another model began it."""
        messages: list[Message] = [Instructions(system_prompt(self))]
        for turn in self.variables.turns:
            messages.extend(_messages_of(turn))
        if self.pending_text is not None:
            messages.append(UserMessage(self.pending_text))
        messages.extend(Instructions(note) for note in self.notes)
        if unfinished:
            messages.append(AgentMessage(unfinished, unfinished=True))
        return tuple(messages)


def system_prompt(briefing: Briefing) -> str:
    """The pieces of the plan, with those of the language in force, live variables filled in."""
    plan = briefing.plan
    preset = plan.preset(briefing.language)
    text = "\n\n".join(piece for piece in _pieces(plan, preset) if piece)
    if not plan.prompt.live_variables:
        return text
    return render(text, values_of(plan.prompt.live_variables, plan.variables, briefing.variables))


def _pieces(plan: Plan, preset: LanguagePreset | None) -> Iterator[str]:
    replaced = {piece.name: piece.text for piece in preset.prompt_pieces} if preset else {}
    for piece in plan.prompt.pieces:
        yield replaced.pop(piece.name, piece.text)
    yield from replaced.values()


def _messages_of(turn: Turn) -> Iterator[Message]:
    match turn:
        case UserTurn():
            if not turn.ignored_as_backchannel:
                yield UserMessage(turn.text, turn.files)
        case ContextTurn():
            if not turn.is_superseded:
                yield Instructions(f"For your information: {turn.text}")
        case AgentTurn():
            yield from _agent_messages(turn)
        case _:
            assert_never(turn)


def _agent_messages(turn: AgentTurn) -> Iterator[Message]:
    if turn.text or turn.calls:
        yield AgentMessage(turn.text, turn.calls)
    results = {result.call_id: result for result in turn.results}
    for call in turn.calls:
        result = results.get(call.call_id)
        if result is None:
            yield ToolMessage(call.call_id, call.name, STILL_RUNNING)
        else:
            yield ToolMessage(call.call_id, call.name, result.text, result.is_error)


def re_engagement_note(silent_seconds: float) -> str:
    """Asks the mind to speak up."""
    return (
        f"The caller has been silent for {silent_seconds:.0f} seconds. Say one short thing that fits the conversation "
        "and invites them to go on; do not repeat what you said."
    )
