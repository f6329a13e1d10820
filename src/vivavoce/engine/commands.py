"""Commands: what the shell must do, in order, before it reports the next event.

The rules:

- A command is an imperative. It is complete: the shell decides nothing.
- A run number names one piece of work of a model or a voice, for ever. `StopThinking` and `Hush` end a run; what
  arrives from it afterwards the engine ignores.
- A voice run is the speech of one reply: numbered pieces of text go in (`Say`), audio comes out piece by piece,
  and `Play` releases it. Positions inside a run are seconds of audio in the order of playing.
- `event_id` is one rising integer per conversation. After `Tell(Interruption(N))` no `Play` or `Resume` carries an
  id <= N (the official clients disagree about N itself, so the next one is N + 1).
- `Tell` is already filtered by what the client asked for. `HangUp` comes once, and last.

The last sections hold what commands carry: the words a mind is given, and what a client is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar, Literal

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import Json, ModelChoice, VariableValue, VoiceChoice
from vivavoce.engine.transcript import CallMade, StandIn, Turn
from vivavoce.engine.usage import Usage

# ---------------------------------------------------------------------------------------------------------------
# What a mind is given


@frozen
class Instructions:
    """A system message: the prompt first, and notes to the mind between the turns."""

    text: str


@frozen
class UserMessage:
    """What the caller said or wrote."""

    text: str
    files: tuple[str, ...] = ()


@frozen
class AgentMessage:
    """What the caller heard of the agent, and the tools it called."""

    text: str
    calls: tuple[CallMade, ...] = ()
    unfinished: bool = False
    """The reply goes on from here: another model began it and failed."""


@frozen
class ToolMessage:
    """What a tool answered."""

    call_id: str
    name: str
    text: str
    is_error: bool = False


Message = Instructions | UserMessage | AgentMessage | ToolMessage


@frozen
class ToolOffer:
    """A tool the mind may call."""

    name: str
    description: str
    parameters: Mapping[str, Json]


# ---------------------------------------------------------------------------------------------------------------
# What a client is told


@frozen
class UserTranscript:
    """A turn of the caller, complete."""

    wire_name: ClassVar[str] = "user_transcript"
    text: str
    event_id: int


@frozen
class TentativeUserTranscript:
    """What the caller seems to be saying."""

    wire_name: ClassVar[str] = "tentative_user_transcript"
    text: str
    event_id: int


@frozen
class AgentResponse:
    """What the agent says, whole. Never before its first audio."""

    wire_name: ClassVar[str] = "agent_response"
    text: str
    event_id: int


@frozen
class AgentResponsePart:
    """The same as it is written: a start, deltas, a stop."""

    wire_name: ClassVar[str] = "agent_chat_response_part"
    kind: Literal["start", "delta", "stop"]
    text: str
    event_id: int


@frozen
class AgentResponseCorrection:
    """What of a response was really heard. Follows only a cut."""

    wire_name: ClassVar[str] = "agent_response_correction"
    original: str
    corrected: str
    event_id: int


@frozen
class AgentResponseComplete:
    """The response has been heard to its end, or cut."""

    wire_name: ClassVar[str] = "agent_response_complete"
    event_id: int


@frozen
class Interruption:
    """Be silent: drop all audio up to this id."""

    wire_name: ClassVar[str] = "interruption"
    event_id: int


@frozen
class AgentToolRequest:
    """The agent calls a tool."""

    wire_name: ClassVar[str] = "agent_tool_request"
    tool_name: str
    call_id: str
    tool_type: str
    event_id: int


@frozen
class AgentToolResponse:
    """The tool is done. For `end_call` only after the goodbye was heard: a client hangs up on it."""

    wire_name: ClassVar[str] = "agent_tool_response"
    tool_name: str
    call_id: str
    tool_type: str
    is_error: bool
    result: str
    event_id: int


@frozen
class AgentToolResponseWhole:
    """The same with what the tool answered, for those who want it."""

    wire_name: ClassVar[str] = "agent_tool_response_full_payload"
    response: AgentToolResponse


@frozen
class TentativeAgentResponse:
    """What the agent is going to say, whole, before its voice has said it; told to those who tune it."""

    wire_name: ClassVar[str] = "internal_tentative_agent_response"
    text: str


@frozen
class TurnProbability:
    """The turn model's opinion, for those who tune it."""

    wire_name: ClassVar[str] = "internal_turn_probability"
    probability: float


@frozen
class HumanConnected:
    """A human has taken the agent's place."""

    wire_name: ClassVar[str] = "external_agent_connected"


@frozen
class HumanDisconnected:
    """The agent is back."""

    wire_name: ClassVar[str] = "external_agent_disconnected"


@frozen
class Trouble:
    """The call cannot go on, and why. Always told, just before the line closes."""

    wire_name: ClassVar[str] = "error"
    code: int
    error_type: str
    message: str


ClientEvent = (
    UserTranscript
    | TentativeUserTranscript
    | AgentResponse
    | AgentResponsePart
    | AgentResponseCorrection
    | AgentResponseComplete
    | Interruption
    | AgentToolRequest
    | AgentToolResponse
    | AgentToolResponseWhole
    | TentativeAgentResponse
    | TurnProbability
    | HumanConnected
    | HumanDisconnected
    | Trouble
)


# ---------------------------------------------------------------------------------------------------------------
# How a call ends


EndCause = Literal[
    "caller_hung_up",
    "agent_ended_call",
    "hang_up_asked",
    "max_duration",
    "silence",
    "mind_failed",
    "ear_failed",
    "voice_failed",
    "drained",
]


@frozen
class Ending:
    """Why a call is over, for the record, the client and the close frame."""

    cause: EndCause
    reason: str
    """A sentence for people; the record's `termination_reason`."""
    close_code: int = 1000
    error_type: str | None = None
    """The contract's, where the end is an error."""


# ---------------------------------------------------------------------------------------------------------------
# The commands


@frozen
class Think:
    """Ask a model. It reports `Thought`, `WantsTool`, then `ThoughtEnded` or `ThoughtFailed`."""

    run: int
    model: ModelChoice
    messages: tuple[Message, ...]
    tools: tuple[ToolOffer, ...] = ()
    purpose: Literal["answer", "speculation", "re_engagement", "filler"] = "answer"


@frozen
class StopThinking:
    """Break the run off; nothing more of it is wanted."""

    run: int


@frozen
class Say:
    """Make the audio of a piece of text. It is held until `Play`."""

    run: int
    piece: int
    text: str
    voice: VoiceChoice
    language: str


@frozen
class FinishSaying:
    """No more text will come for this run; audio that is still due is wanted."""

    run: int


@frozen
class Play:
    """Send this stretch of the run's audio to the caller, paced, after what was released before."""

    run: int
    start_seconds: float
    end_seconds: float
    event_id: int


@frozen
class Pause:
    """Stop sounding at once, keep everything, and report `Played`. On a line that cannot pause by itself an
    `Interruption` is told beside it."""

    run: int


@frozen
class Resume:
    """Sound again, from here in the run's audio, under this id."""

    run: int
    start_seconds: float
    event_id: int


@frozen
class Hush:
    """The run is over: make no more audio, send no more. With `flush` also silence what was sent; an
    `Interruption` is told beside it where the line needs one. Without, what was sent sounds to its end."""

    run: int
    flush: bool = True


@frozen
class CallTool:
    """Run a tool. It reports `ToolReturned` or `ToolFailed`; the engine watches the time."""

    call_id: str
    name: str
    arguments: Mapping[str, object]
    variables: Mapping[str, VariableValue]
    """Values, at this moment, of the dynamic variables that the tool's plan names."""
    event_id: int


@frozen
class CancelTool:
    """The result of this call is no longer waited for."""

    call_id: str


@frozen
class Retune:
    """Change how the call is heard from here on."""

    language: str


@frozen
class HearAgain:
    """Have what was recorded since then transcribed once more; it reports `Heard`."""

    since: float


@frozen
class Tell:
    """Send an event to the client."""

    event: ClientEvent


@frozen
class Remember:
    """A turn is complete (or is corrected: the same `index` again): store it."""

    turn: Turn


@frozen
class RememberStandIn:
    """Somebody took over from somebody who failed: store it, once for each pair of them."""

    stand_in: StandIn


@frozen
class Note:
    """Why something was decided. For whoever reads the replay; the shell does nothing."""

    text: str


@frozen
class HangUp:
    """Close the line. The last command of every call."""

    ending: Ending
    usage: Usage = field(default_factory=Usage)
    """Of the whole call."""


Command = (
    Think
    | StopThinking
    | Say
    | FinishSaying
    | Play
    | Pause
    | Resume
    | Hush
    | CallTool
    | CancelTool
    | Retune
    | HearAgain
    | Tell
    | Remember
    | RememberStandIn
    | Note
    | HangUp
)
