"""What the parts of a running call share: the plan, the outbox, and what has come to be known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from vivavoce.engine import system_tools
from vivavoce.engine.commands import (
    AgentToolResponse,
    AgentToolResponseWhole,
    Remember,
    Retune,
    ToolOffer,
    UserTranscript,
)
from vivavoce.engine.outbox import Outbox
from vivavoce.engine.plan import LanguageDetection, Plan, ToolSpec, VariableValue, VoiceChoice
from vivavoce.engine.prompt import Briefing
from vivavoce.engine.system_tools.outcomes import Situation
from vivavoce.engine.tools import ToolRuns
from vivavoce.engine.transcript import AgentTurn, CallResult, ContextTurn, Transcript, Turn, UserTurn
from vivavoce.engine.usage import Usage
from vivavoce.engine.variables import CallSoFar


@dataclass(slots=True)
class Call:
    """One running call."""

    plan: Plan
    out: Outbox
    language: str
    voice: VoiceChoice
    variables: dict[str, VariableValue]
    transcript: Transcript = field(default_factory=Transcript)
    tools: ToolRuns = field(default_factory=ToolRuns)
    usage: Usage = field(default_factory=Usage)
    heard_language: str | None = None
    """A language of the agent that the caller seems to speak, and that is not in force."""
    preferred_model: int = 0
    """Index of the model that answered last."""

    # What is known

    def so_far(self, now: float) -> CallSoFar:
        """For the `system__` variables."""
        return CallSoFar(self.plan, now, self.transcript.turns)

    def situation(self) -> Situation:
        """For the built-in tools."""
        return Situation(self.plan, self.language, self.transcript.user_turns)

    def briefing(self, now: float, *notes: str, pending_text: str | None = None) -> Briefing:
        """For a request to the mind."""
        return Briefing(
            plan=self.plan,
            language=self.language,
            variables=self.so_far(now),
            notes=(*self._language_note(), *notes),
            pending_text=pending_text,
        )

    def offers(self) -> tuple[ToolOffer, ...]:
        """The tools the mind may call."""
        built_in = [system_tools.offer(tool, self.situation()) for tool in self.plan.system_tools]
        return (*built_in, *(_offer(tool) for tool in self.plan.tools))

    # What changes

    def speak(self, language: str) -> None:
        """Go over to another language, and to its voice if it has one."""
        preset = self.plan.preset(language)
        self.language = language
        self.heard_language = None
        if preset is not None and preset.voice is not None:
            self.voice = preset.voice
        self.out.emit(Retune(language))

    def hears_language(self, language: str) -> None:
        """The ear recognised a language; the mind may switch to it if it has the tool."""
        may_switch = any(isinstance(tool, LanguageDetection) for tool in self.plan.system_tools)
        other = language != self.language and self.plan.preset(language) is not None
        self.heard_language = language if may_switch and other else None

    def remember_user(
        self,
        text: str,
        at: float,
        medium: Literal["audio", "text"],
        *,
        files: tuple[str, ...] = (),
        ignored: bool = False,
    ) -> None:
        """Store and tell a turn of the caller."""
        event_id = self.out.next_event_id()
        self._append(
            UserTurn(
                index=self.transcript.next_index,
                at=self.not_before(at),
                text=text,
                medium=medium,
                event_id=event_id,
                files=files,
                ignored_as_backchannel=ignored,
            )
        )
        self.out.tell(UserTranscript(text, event_id))

    def remember_context(self, text: str, context_id: str | None, now: float) -> None:
        """Store what the client lets the agent know; it replaces what it said before under the same id."""
        superseded = self.transcript.supersede(context_id) if context_id is not None else None
        if superseded is not None:
            self.out.emit(Remember(superseded))
        index = self.transcript.next_index
        self._append(ContextTurn(index=index, at=self.not_before(now), text=text, context_id=context_id))

    def add_result(self, turn_index: int, result: CallResult, kind: str) -> None:
        """Store what came of a tool call, with the turn that made it, and tell the client."""
        turn = self.agent_turn(turn_index)
        self.transcript.put(replace(turn, results=(*turn.results, result)))
        self.variables.update(result.variables)
        self.tell_result(result, kind)

    def tell_result(self, result: CallResult, kind: str) -> None:
        """Tell the client what came of a tool call. A client hangs up on the shorter form of `end_call`'s."""
        event_id = self.out.next_event_id()
        response = AgentToolResponse(result.name, result.call_id, kind, result.is_error, result.text, event_id)
        self.out.tell(AgentToolResponseWhole(response))
        self.out.tell(response)

    def agent_turn(self, index: int) -> AgentTurn:
        """A turn that is known to be the agent's."""
        turn = self.transcript.turns[index]
        assert isinstance(turn, AgentTurn)
        return turn

    def not_before(self, at: float) -> float:
        """Turns are in the order of time, also where two overlap."""
        return max(at, self.transcript.latest_at())

    def _append(self, turn: Turn) -> None:
        self.transcript.append(turn)
        self.out.emit(Remember(turn))

    def _language_note(self) -> tuple[str, ...]:
        preset = self.plan.preset(self.heard_language) if self.heard_language else None
        return (f"The caller seems to speak {preset.name or preset.code}.",) if preset else ()


def _offer(tool: ToolSpec) -> ToolOffer:
    hint = " Always say a short sentence to the caller before calling this." if tool.forces_pre_tool_speech else ""
    return ToolOffer(tool.name, tool.description + hint, tool.parameters)
