"""The conversation: events in, commands out.

    conversation = Conversation(plan, now=0.0)
    commands = conversation.handle(Connected(), now=0.0)
    conversation.deadline()          # (at, why): call handle(Elapsed(), now) then, unless an event comes first

The shell applies all commands before it reports the next event, never reports two at once, and arms exactly the
deadline it is given. Everything that is decided is decided here or in the parts this module is made of; everything
that is done is done by the shell.

The states, and what takes one to the next:

| state       | what is going on                                    | leaves it when                              |
|-------------|-----------------------------------------------------|---------------------------------------------|
| `Ringing`   | the line is not open yet                            | it is `Connected`                           |
| `Listening` | it is the caller's turn; perhaps a guess is running | the turn is over, or silence lasts too long |
| `Thinking`  | a reply is in the making, nothing sounds            | it sounds, is cut, or comes to nothing      |
| `Speaking`  | the caller hears a reply                            | it is heard out, cut, or waits for the mind |
| `Closing`   | the last words are being said                       | they are heard, or take too long            |
| `Ended`     | the line is closed                                  |                                             |

The caller's side of the floor (`CallerTurn`) runs beside all of these. While a reply is there, the caller's sound
pauses it at once, and `interruption.judge` says what it was: then the reply is cut, or goes on where it stopped.

What always holds, and is tested with random scripts:

1. After `handle(e, t)`, `deadline()` is None or later than t.
2. Nothing is played from a run after it was hushed; event ids rise, and after `interruption{N}` no audio carries an
   id <= N.
3. Heard text is a prefix of said text; the transcript is in the order of time.
4. Every `CallTool` gets exactly one result or one cancellation.
5. `HangUp` comes once, and last, and always comes.
6. Replaying the journal yields the same commands.
7. A speculation that is dropped leaves no trace but in the journal.
"""

from __future__ import annotations

from typing import Literal, assert_never

from vivavoce.engine import endings
from vivavoce.engine.barge_in import BargeIn
from vivavoce.engine.call import Call
from vivavoce.engine.commands import (
    Command,
    Ending,
    HangUp,
    HearAgain,
    HumanConnected,
    HumanDisconnected,
    TentativeUserTranscript,
    Trouble,
    TurnProbability,
)
from vivavoce.engine.events import (
    Connected,
    ContextGiven,
    Draining,
    EarAtWork,
    EarFailed,
    Elapsed,
    Event,
    HangUpAsked,
    Heard,
    HumanSaid,
    LanguageHeard,
    LineDropped,
    Played,
    Released,
    SilenceInDoubt,
    SpeechStarted,
    SpeechStopped,
    SteppedIn,
    TakenOver,
    Thought,
    ThoughtEnded,
    ThoughtFailed,
    ToolFailed,
    ToolReturned,
    TurnLikelyOver,
    Typed,
    UserActive,
    Voiced,
    VoiceFailed,
    WantsTool,
)
from vivavoce.engine.floor import Floor
from vivavoce.engine.interruption import Cut, Ignore, Wait
from vivavoce.engine.mind import Mind
from vivavoce.engine.outbox import Outbox
from vivavoce.engine.plan import Plan, VoiceChoice
from vivavoce.engine.prompt import re_engagement_note
from vivavoce.engine.reply import MindEvent, Purpose, Reply
from vivavoce.engine.silence import Silence
from vivavoce.engine.states import (
    Closing,
    Deadline,
    Ended,
    Guess,
    Listening,
    Ringing,
    Speaking,
    State,
    Thinking,
    Why,
)
from vivavoce.engine.timetable import Timetable
from vivavoce.engine.tool_results import ToolResults
from vivavoce.engine.transcript import StandIn
from vivavoce.engine.turns import is_equivalent
from vivavoce.engine.usage import Waterfall

TAIL_SECONDS = 0.25
"""A reply that is this close to its end is not paused any more."""
CLOSING_SECONDS = 30.0
"""The last words may take so long."""
HEAR_AGAIN_SECONDS = 1.5
"""So long a second transcription is waited for before the agent speaks up."""
GUESSES_PER_TURN = 3
_STEPS_PER_EVENT = 64
"""More deadlines than these at one moment are a mistake of the engine."""


class Conversation:
    """One call."""

    def __init__(self, plan: Plan, now: float = 0.0) -> None:
        self._out = Outbox(plan)
        self._call = Call(plan, self._out, plan.language, _first_voice(plan), dict(plan.variables))
        self._plan = plan
        self._silence = Silence(plan)
        self._state: State = Ringing(now)
        self._floor = Floor()
        self._barge_in = BargeIn(self._call, self._floor)
        self._results = ToolResults(self._call)
        self._timetable = Timetable(self._call, self._floor, self._silence, self._barge_in)
        self._now = now
        self._human: str | None = None
        """Who has taken the agent's place."""
        self._guesses = 0
        self._hearing_again_until: float | None = None
        self._waiting: list[Typed | HumanSaid] = []
        """Written while the agent could not be interrupted."""
        self._deadline: Deadline | None = None
        self._settle(now)

    # The contract

    def handle(self, event: Event, now: float) -> list[Command]:
        """Take in what has happened; the commands that follow from it, in order."""
        if isinstance(self._state, Ended):
            return []
        self._now = now = max(now, self._now)
        self._take_in(event, now)
        self._settle(now)
        return self._out.take()

    def deadline(self) -> Deadline | None:
        """When to call `handle(Elapsed(), now)`, and why; None only when the call is over."""
        return self._deadline

    @property
    def state(self) -> State:
        """Where the call stands, for those who look."""
        return self._state

    # Events

    def _take_in(self, event: Event, now: float) -> None:  # noqa: PLR0912 - the table of all events, frequent ones first
        match event:
            case Voiced() | VoiceFailed() | Played():
                self._sounds(event, now)
            case Thought() | WantsTool() | ThoughtEnded() | ThoughtFailed():
                self._thinks(event, now)
            case Heard():
                self._heard(event, now)
            case Elapsed():
                pass
            case Connected():
                self._connected(now)
            case LineDropped(reason, close_code, error_type):
                self._end(Ending("caller_hung_up", reason, close_code, error_type), now)
            case HangUpAsked(reason):
                self._end(Ending("hang_up_asked", reason), now)
            case Draining(within_seconds):
                self._silence.drain(now + within_seconds)
            case SpeechStarted(at):
                self._speech_started(at, now)
            case SpeechStopped(at):
                self._floor.speech_stopped(at)
            case LanguageHeard(language):
                self._call.hears_language(language)
            case EarAtWork(at):
                self._floor.turn.ear_is_at_work(at)
            case TurnLikelyOver(probability):
                self._floor.turn.likely_over(probability)
                self._out.tell(TurnProbability(probability))
            case SilenceInDoubt(until):
                self._floor.turn.silence_in_doubt(until)
            case EarFailed(reason):
                self._end(endings.ear_failed(reason), now)
            case Typed() | HumanSaid():
                self._written(event, now)
            case ContextGiven(text, context_id):
                self._call.remember_context(text, context_id, now)
                self._drop_guess()
            case UserActive():
                self._silence.active(now)
            case SteppedIn(role, failed, instead, reason):
                self._out.stand_in(StandIn(role=role, failed=failed, instead=instead, reason=reason, at=now))
            case ToolReturned() | ToolFailed():
                self._results.answered(event, self._reply(), now)
            case TakenOver(by):
                self._taken_over(by, now)
            case Released():
                self._released()
            case _:
                assert_never(event)

    def _connected(self, now: float) -> None:
        if not isinstance(self._state, Ringing):
            return
        self._silence.connected(now)
        self._state = Listening()
        if self._plan.opening.text:
            reply = self._begin_reply("opening", Waterfall(turn_ended=now))
            reply.interruptible = self._plan.opening.interruptible
            reply.say(self._plan.opening.text, now)

    def _speech_started(self, at: float, now: float) -> None:
        self._floor.turn.speech_started(at)
        self._drop_guess()
        reply = self._reply()
        if reply is None or not self._barge_in.is_allowed(reply) or reply.is_almost_over(now, TAIL_SECONDS):
            return
        if not self._floor.is_ignored:
            reply.hold(now)

    def _heard(self, event: Heard, now: float) -> None:
        reply = self._reply()
        if self._barge_in.is_deaf(reply) or not self._floor.heard(event):
            return
        if event.text:
            self._hearing_again_until = None
            self._out.tell(TentativeUserTranscript(self._floor.turn.text, self._out.next_event_id()))
            if reply is not None and self._barge_in.is_allowed(reply) and not reply.is_almost_over(now, 0.0):
                reply.hold(now)
        self._drop_guess_unless_it_fits()

    def _written(self, event: Typed | HumanSaid, now: float) -> None:
        reply = self._reply()
        if isinstance(self._state, Ringing) or (reply is not None and not self._may_interrupt_by_text(reply, event)):
            self._waiting.append(event)
        elif isinstance(event, Typed):
            self._typed(event, now)
        else:
            self._human_said(event.text, now)

    def _typed(self, event: Typed, now: float) -> None:
        if not event.text.strip() and not event.files:
            return
        self._cut("the caller writes", now)
        if self._floor.turn.text:
            self._settle_turn()
        self._call.remember_user(event.text, now, "text", files=event.files)
        self._silence.caller_spoke(now)
        self._answer(Waterfall(turn_ended=now), now)

    def _human_said(self, text: str, now: float) -> None:
        self._drop_guess()
        self._begin_reply("human", Waterfall(turn_ended=now)).say(text, now)

    def _thinks(self, event: MindEvent, now: float) -> None:
        match self._state:
            case Listening(guess):
                if guess is not None and event.run == guess.mind.run:
                    guess.events.append(event)
            case Thinking(reply) | Speaking(reply):
                reply.thinks(event, now)
            case Ringing() | Closing() | Ended():
                pass
            case _:
                assert_never(self._state)

    def _sounds(self, event: Voiced | VoiceFailed | Played, now: float) -> None:
        reply = self._reply()
        if reply is None:
            return
        match event:
            case Voiced():
                reply.voiced(event, now)
            case VoiceFailed(run, reason):
                reply.voice_failed(run, reason, now)
            case Played(run, seconds, at):
                reply.played(run, seconds, at, now)
            case _:
                assert_never(event)

    def _taken_over(self, by: str, now: float) -> None:
        self._cut("a human takes over", now)
        self._human = by
        self._out.tell(HumanConnected())

    def _released(self) -> None:
        if self._human is not None:
            self._human = None
            self._out.tell(HumanDisconnected())

    # What follows from what is known

    def _settle(self, now: float) -> None:
        """Do everything that is due, then compute the next deadline."""
        for _ in range(_STEPS_PER_EVENT):
            if self._advance(now):
                continue
            self._deadline = self._next_deadline(now)
            if self._deadline is None or self._deadline.at > now:
                return
            self._due(self._deadline.why, now)
        self._out.note(f"Deadlines do not settle: {self._deadline}.")
        self._deadline = Deadline(now + 0.1, self._deadline.why if self._deadline else "nobody speaks")

    def _advance(self, now: float) -> bool:
        """Do what has become possible; true if that changed where the call stands."""
        before = self._state
        match before:
            case Thinking(reply) | Speaking(reply):
                self._judge(reply, now)
                if self._reply() is reply:
                    reply.advance(now)
                    self._follow(reply, now)
            case Closing(reply, ending):
                reply.advance(now)
                if reply.is_over or reply.is_mute:
                    self._end(ending, now)
            case Listening():
                self._listen(now)
            case Ringing() | Ended():
                pass
            case _:
                assert_never(before)
        return self._state is not before

    def _follow(self, reply: Reply, now: float) -> None:
        """Where the reply has come to."""
        if reply.is_mute:
            self._end(endings.NO_VOICE, now)
        elif reply.failed is not None:
            self._mind_gave_up(reply, reply.failed, now)
        elif reply.ending is not None:
            self._close(reply, reply.ending, now)
        elif reply.is_over:
            self._finish(reply, now)
        else:
            kind = Speaking if reply.is_sounding(now) else Thinking
            if type(self._state) is not kind:
                self._state = kind(reply)

    def _mind_gave_up(self, reply: Reply, reason: str, now: float) -> None:
        """Without an answer the call is over; a caller who was only to be asked something can do without."""
        if reply.purpose == "re_engagement":
            if reply.is_over:
                self._finish(reply, now)
            return
        self._close(reply, endings.mind_failed(self._plan, reason), now)

    def _close(self, reply: Reply, ending: Ending, now: float) -> None:
        reply.interruptible = False
        reply.resume(now)
        self._state = Closing(reply, ending, now + CLOSING_SECONDS)

    def _finish(self, reply: Reply, now: float) -> None:
        """The reply was heard to its end: it is the caller's turn."""
        deaf = self._barge_in.is_deaf(reply)
        reply.close(now)
        self._state = Listening()
        self._silence.agent_finished(now, spoke=reply.is_audible)
        if reply.skipped:
            self._silence.skip()
        if deaf:
            self._floor.drop(now)
        self._floor.is_ignored = False

    # The caller's turn

    def _listen(self, now: float) -> None:
        if self._waiting:
            event = self._waiting.pop(0)
            self._written(event, now)
        elif self._results.has_news and not self._floor.turn.has_begun and self._human is None:
            note = f"A result has just come in: {self._results.take_news()}. Tell the caller."
            self._answer(Waterfall(turn_ended=now), now, note)
        elif self._is_worth_a_guess(now):
            self._begin_guess(now)

    def _take_turn(self, now: float) -> None:
        """The caller has finished: answer."""
        turn = self._floor.turn
        waterfall = Waterfall(speech_ended=turn.last_sound_at, transcript_final=turn.final_at, turn_ended=now)
        guess = self._take_guess(turn.text)
        self._settle_turn()
        self._silence.caller_spoke(turn.last_sound_at)
        if guess is None:
            self._answer(waterfall, now)
        else:
            self._out.note("The guess was right.")
            self._begin_reply("answer", waterfall, mind=guess.mind).adopt(guess.events, now)

    def _settle_turn(self) -> None:
        """What they said is a turn of the transcript; the next sound begins another."""
        turn = self._floor.settle()
        self._call.remember_user(turn.text, turn.began_at or self._now, "audio")
        self._guesses = 0

    def _answer(self, waterfall: Waterfall, now: float, *notes: str) -> None:
        if self._human is None:
            self._begin_reply("answer", waterfall).think(now, *notes)

    def _begin_reply(self, purpose: Purpose, waterfall: Waterfall, *, mind: Mind | None = None) -> Reply:
        reply = Reply(self._call, purpose, waterfall, mind=mind)
        self._state = Thinking(reply)
        return reply

    # Thinking ahead

    def _is_worth_a_guess(self, now: float) -> bool:
        if not self._plan.turn.speculative or self._human is not None or self._guesses >= GUESSES_PER_TURN:
            return False
        has_guess = isinstance(self._state, Listening) and self._state.guess is not None
        over_at = self._floor.turn.is_over_at(self._plan.turn)
        return not has_guess and self._floor.turn.is_worth_thinking_about and over_at is not None and over_at > now

    def _begin_guess(self, now: float) -> None:
        self._guesses += 1
        mind = Mind(self._plan.mind, self._out, prefers=self._call.preferred_model)
        briefing = self._call.briefing(now, pending_text=self._floor.turn.text)
        mind.ask(briefing.messages, self._call.offers(), "speculation", now)
        self._state = Listening(Guess(self._floor.turn.text, mind))

    def _take_guess(self, text: str) -> Guess | None:
        """The guess, if it was right."""
        guess = self._state.guess if isinstance(self._state, Listening) else None
        if guess is None:
            return None
        failed = any(isinstance(event, ThoughtFailed) for event in guess.events)
        if failed or not is_equivalent(guess.text, text):
            self._drop_guess()
            return None
        self._state = Listening()
        return guess

    def _drop_guess(self) -> None:
        if isinstance(self._state, Listening) and self._state.guess is not None:
            self._out.note("The guess is dropped.")
            self._state.guess.mind.stop()
            self._state = Listening()

    def _drop_guess_unless_it_fits(self) -> None:
        if isinstance(self._state, Listening) and self._state.guess is not None:
            fits = is_equivalent(self._state.guess.text, self._floor.turn.text)
            if not fits:
                self._drop_guess()

    # Barge-in

    def _judge(self, reply: Reply, now: float) -> None:
        if self._floor.turn.began_at is None and not reply.is_held:
            return
        if reply.is_held and not (self._barge_in.is_allowed(reply) and self._floor.turn.has_begun):
            reply.resume(now)
        verdict = self._barge_in.verdict(reply, now)
        match verdict:
            case None | Wait():
                pass
            case Cut(why):
                self._cut(why, now)
            case Ignore():
                self._ignore(reply, verdict, now)
            case _:
                assert_never(verdict)

    def _cut(self, why: str, now: float) -> None:
        """The caller takes the floor."""
        self._drop_guess()
        reply = self._reply()
        if reply is None or isinstance(self._state, Closing):
            return
        self._out.note(f"The reply is cut: {why}.")
        reply.cut(now)
        self._state = Listening()
        self._silence.agent_finished(now, spoke=reply.is_audible)
        self._floor.is_ignored = False

    def _ignore(self, reply: Reply, verdict: Ignore, now: float) -> None:
        """The agent keeps the floor: the reply goes on where it stopped."""
        self._out.note(f"The reply goes on: {verdict.why}.")
        if verdict.backchannel:
            self._call.remember_user(self._floor.turn.text, self._floor.turn.began_at or now, "audio", ignored=True)
            self._silence.caller_spoke(self._floor.turn.last_sound_at)
        self._floor.ignore(now)
        reply.resume(now)

    def _may_interrupt_by_text(self, reply: Reply, event: Typed | HumanSaid) -> bool:
        if isinstance(event, HumanSaid):
            return False
        return self._barge_in.is_allowed(reply)

    def _reply(self) -> Reply | None:
        match self._state:
            case Thinking(reply) | Speaking(reply) | Closing(reply, _, _):
                return reply
            case Ringing() | Listening() | Ended():
                return None
            case _:
                assert_never(self._state)

    # Deadlines

    def _next_deadline(self, now: float) -> Deadline | None:
        return self._timetable.earliest(
            self._state, now, hearing_again_until=self._hearing_again_until, by_human=self._human is not None
        )

    def _due(self, why: Why, now: float) -> None:  # noqa: PLR0912 - the table of all deadlines
        match why:
            case "never connected":
                self._end(endings.NEVER_OPENED, now)
            case "the caller's turn is over":
                self._take_turn(now)
            case "the sound was noise":
                self._floor.forget()
            case "the voice detector is stuck":
                self._floor.turn.speech_stopped(self._floor.turn.last_heard_at)
            case "decide on the caller's sound":
                pass  # `_advance` decides, before every deadline
            case "nobody speaks":
                self._speak_up(now)
            case "nothing new was heard":
                self._hearing_again_until = None
                self._re_engage(now)
            case "silence ends the call":
                self._end(endings.SILENT_FOR_TOO_LONG, now)
            case "the call has lasted as long as it may":
                self._too_long(now)
            case "the process stops":
                self._end(endings.DRAINED, now)
            case "a tool is late":
                self._results.give_up_overdue(self._reply(), now)
            case "the farewell takes too long":
                self._end_closing(now)
            case "fill the pause" | "the mind is late" | "the voice is late" | "all must have been heard":
                self._reply_is_due(why, now)
            case _:
                assert_never(why)

    def _reply_is_due(
        self,
        why: Literal["fill the pause", "the mind is late", "the voice is late", "all must have been heard"],
        now: float,
    ) -> None:
        reply = self._reply()
        assert reply is not None
        match why:
            case "fill the pause":
                reply.fill(now)
            case "the mind is late":
                reply.mind_is_late(now)
            case "the voice is late":
                reply.speech.voice_is_late(now)
            case "all must have been heard":
                reply.speech.believe_over(now)
            case _:
                assert_never(why)

    def _speak_up(self, now: float) -> None:
        if self._plan.turn.retranscribe_on_turn_timeout:
            self._out.emit(HearAgain(self._silence.quiet_since))
            self._hearing_again_until = now + HEAR_AGAIN_SECONDS
        else:
            self._re_engage(now)

    def _re_engage(self, now: float) -> None:
        note = re_engagement_note(self._silence.quiet_seconds(now))
        self._silence.active(now)
        self._begin_reply("re_engagement", Waterfall(turn_ended=now)).think(now, note)

    # The end

    def _too_long(self, now: float) -> None:
        message = self._plan.limits.maximum_duration_message
        self._cut("the call has lasted as long as it may", now)
        if not message:
            self._end(endings.LASTED_TOO_LONG, now)
            return
        if self._floor.turn.text:
            self._settle_turn()
        reply = self._begin_reply("farewell", Waterfall(turn_ended=now))
        reply.say(message, now)
        self._close(reply, endings.LASTED_TOO_LONG, now)

    def _end_closing(self, now: float) -> None:
        assert isinstance(self._state, Closing)
        self._out.note("The farewell takes too long.")
        self._end(self._state.ending, now)

    def _end(self, ending: Ending, now: float) -> None:
        """Settle everything, and hang up."""
        self._drop_guess()
        reply = self._reply()
        if reply is not None:
            if reply.is_over:
                reply.close(now)
            else:
                reply.cut(now)
            reply.tell_withheld()
        self._keep_what_the_caller_said(reply, now)
        self._results.cancel_all()
        if ending.error_type is not None:
            self._out.tell(Trouble(ending.close_code, ending.error_type, ending.reason))
        self._state = Ended(ending)
        self._deadline = None
        self._out.emit(HangUp(ending, self._call.usage))

    def _keep_what_the_caller_said(self, reply: Reply | None, now: float) -> None:
        """A turn that is cut off by the end of the call is still a turn."""
        if self._floor.turn.text and not self._barge_in.is_deaf(reply):
            self._settle_turn()
        for event in self._waiting:
            if isinstance(event, Typed):
                self._call.remember_user(event.text, now, "text", files=event.files)


def _first_voice(plan: Plan) -> VoiceChoice:
    preset = plan.preset(plan.language)
    return preset.voice if preset is not None and preset.voice is not None else plan.voice.voice
