"""The Plan: everything the engine needs to know about a call before it begins.

An agent document is loose, versioned, overridden and templated. `features/agents/compile.py` turns it, once, into
this small frozen value; wire quirks stop there. The rules:

- A plan is complete. The engine never asks for more, and never sees the document.
- A plan is plain data. `codec.to_json(plan)` and `codec.from_json(Plan, data)` are its only serialised form; it is
  the header of every journal. Mappings are never iterated to decide something, and there are no sets.
- A plan holds no secret. A `secret__` variable is a reference that the shell resolves when it sends a header; the
  engine can neither read nor print it.
- Every default is the meaning of "not set" in the contract. Where the contract says -1 for "off", the plan says None.
- Seconds are floats. The one wall-clock time is `started_at_micros`, the zero of the engine's clock.

What is not here yet has a door: a new kind of built-in tool joins the `SystemTool` union, and a plan for another
agent or workflow node is simply another `Plan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from vivavoce.base.frozen import frozen

Json = object
"""A JSON value that the engine carries and never looks into (a schema, a tool's configuration)."""

VariableValue = str | int | float | bool | None
"""What a dynamic variable may hold. Lists and objects travel as JSON text."""


# ---------------------------------------------------------------------------------------------------------------
# The line: what the caller's end can do


@frozen(kw_only=True)
class Line:
    """The caller's end of the line, as far as decisions depend on it. The route that accepts the call fills it in."""

    medium: Literal["websocket", "webrtc", "phone", "text", "memory"] = "websocket"
    pauses_silently: bool = False
    """It can stop sounding at once without telling the client (phone, WebRTC). Otherwise only an `interruption`
    event silences it, and a resumed reply is sent again from where it stopped."""
    gives_interims: bool = True
    """The ear reports words while they are spoken. Otherwise long speech without words proves nothing."""


@frozen(kw_only=True)
class Caller:
    """Who is on the line, for the `system__` variables and the record."""

    user_id: str | None = None
    caller_id: str | None = None
    called_number: str | None = None
    call_sid: str | None = None
    """The carrier's id of the call, where it is Twilio's."""
    call_id: str | None = None
    """The carrier's id of the call, where it is SIP."""
    source: str | None = None
    source_version: str | None = None


# ---------------------------------------------------------------------------------------------------------------
# The agent's words


@frozen(kw_only=True)
class Opening:
    """The first message, rendered. An empty text means that the caller speaks first."""

    text: str = ""
    interruptible: bool = True
    """False: the caller's sounds do not cut the first message (`disable_first_message_interruptions`)."""


@frozen(kw_only=True)
class PromptPiece:
    """One titled part of the system prompt; the pieces are joined with blank lines, in order.

    Placeholders are already filled in. Only `{{name}}` of a variable listed in `Prompt.live_variables` is left
    standing, and is rendered whenever the mind is asked.
    """

    name: str
    """What the piece is for, such as `prompt`, `language`, `voices`, `time`. A language preset replaces by name."""
    text: str


@frozen(kw_only=True)
class Prompt:
    """The system prompt. Frozen text keeps the model's prompt cache warm, so live variables are the exception."""

    pieces: tuple[PromptPiece, ...] = ()
    live_variables: tuple[str, ...] = ()


@frozen(kw_only=True)
class LanguagePreset:
    """What changes when the call goes over to another language. The main language has one too."""

    code: str
    """The contract's language code, such as `en` or `pt-br`."""
    name: str = ""
    """The language's English name, for the prompt."""
    opening_text: str | None = None
    """The first message in this language. The one that opens the call is already `Plan.opening`."""
    voice: VoiceChoice | None = None
    """None keeps the voice in force."""
    prompt_pieces: tuple[PromptPiece, ...] = ()
    """Pieces that replace those of the same name."""
    soft_timeout_messages: tuple[str, ...] = ()
    """Empty keeps the plan's."""


# ---------------------------------------------------------------------------------------------------------------
# Mind, voice, ears: provider-neutral choices


@frozen(kw_only=True)
class ModelChoice:
    """One language model. The names are the contract's; which provider serves them is the shell's business."""

    model: str
    temperature: float | None = None
    """None omits it from the request (some servers reject the field)."""
    max_tokens: int | None = None
    reasoning_effort: str | None = None
    thinking_budget: int | None = None
    reasoning_summary: bool = False
    service_tier: str | None = None
    parallel_tool_calls: bool | None = None
    custom: Mapping[str, Json] | None = None
    """The `custom_llm` settings as given (address, headers, secret references), for `custom-llm` only."""
    extra_body: Mapping[str, Json] | None = None
    """`custom_llm_extra_body` of the client, where it is allowed."""


@frozen(kw_only=True)
class MindSettings:
    """The model that thinks, and who takes over when it fails or is too slow."""

    model: ModelChoice
    backups: tuple[ModelChoice, ...] = ()
    """In order. For `custom-llm` it is usually empty: the same endpoint is asked again."""
    cascade_timeout_seconds: float = 4.0
    """No first token, or no further token, within this: the next model is asked."""
    attempts: int = 3
    """How many times at least some model is asked before the call is given up."""


@frozen(kw_only=True)
class VoiceChoice:
    """One voice. Shell and provider read it; the engine only passes it on and compares it."""

    voice_id: str
    model_id: str = ""
    language: str | None = None
    stability: float | None = None
    similarity_boost: float | None = None
    speed: float | None = None
    clone_strength: float | None = None


@frozen(kw_only=True)
class LabelledVoice:
    """A voice that the mind may switch to inside a reply with `<LABEL>...</LABEL>`."""

    label: str
    voice: VoiceChoice
    description: str = ""


@frozen(kw_only=True)
class VoiceSettings:
    """How the agent sounds."""

    voice: VoiceChoice
    labelled: tuple[LabelledVoice, ...] = ()
    normalises_text: bool = False
    """Numbers and the like are written out for the voice only (`text_normalisation_type: elevenlabs`). The
    transcript keeps the text as it was written."""
    pronunciation_dictionaries: tuple[Mapping[str, Json], ...] = ()
    phoneme_tags: bool = True
    audio_effects: Mapping[str, Json] | None = None


@frozen(kw_only=True)
class EarSettings:
    """How the caller is heard. Audio formats are the link's concern, not the engine's; and one ear that steps in for
    another is the provider's: where the engine learns of a failure, nobody is left who could hear."""

    provider: str = ""
    model: str = ""
    keywords: tuple[str, ...] = ()


# ---------------------------------------------------------------------------------------------------------------
# Turn taking


@frozen(kw_only=True)
class Endpointing:
    """How much silence ends the caller's turn, in seconds, by what else is known."""

    sure_seconds: float
    """The turn model is sure, or the transcript reads complete and the model is at least half sure."""
    unknown_seconds: float
    """Nobody has an opinion: silence alone decides."""
    unsure_seconds: float
    """The model thinks that more will come."""


ENDPOINTING: Mapping[str, Endpointing] = {
    "eager": Endpointing(sure_seconds=0.1, unknown_seconds=0.2, unsure_seconds=0.8),
    "normal": Endpointing(sure_seconds=0.4, unknown_seconds=0.5, unsure_seconds=1.4),
    "patient": Endpointing(sure_seconds=0.7, unknown_seconds=1.0, unsure_seconds=2.5),
}
"""What `turn_eagerness` means. But for the eager a sure silence outlasts the breath between two sentences."""


@frozen(kw_only=True)
class TurnSettings:
    """Whose turn it is, and what may change that."""

    turn_timeout_seconds: float = 7.0
    """The caller is silent this long after the agent has finished: the agent speaks again."""
    initial_wait_seconds: float | None = None
    """The same before the first turn of a call without a first message; None takes `turn_timeout_seconds`."""
    silence_end_call_seconds: float | None = None
    """The caller has not spoken for this long: the call ends."""
    mode: Literal["turn", "silence"] = "turn"
    """`silence` ignores the turn model."""
    turn_model: str = "turn_v3"
    eagerness: Literal["patient", "normal", "eager"] = "normal"
    endpointing: Endpointing | None = None
    """None takes the row of `ENDPOINTING` for the eagerness."""
    spelling_patience: Literal["auto", "off"] = "auto"
    """`auto` waits longer while the caller spells or dictates numbers."""
    speculative: bool = False
    """Start thinking at a pause; nothing of it is heard, shown or stored unless the turn really ended there."""
    retranscribe_on_turn_timeout: bool = False
    """At the turn timeout, have what was recorded since listened to once more before re-engaging."""
    interruption_ignore_terms: tuple[str, ...] = ()
    """Whole utterances that never interrupt; compared without case and punctuation."""
    interruption_ignore_languages: tuple[str, ...] = ()
    """Languages whose curated terms are merged; empty means the language in force."""
    merge_default_ignore_terms: bool = False
    minimum_words: int = 1
    """Fewer words than this do not interrupt a reply."""
    transcribes_when_uninterruptible: bool = False
    """What is said while the agent cannot be interrupted is carried into the next turn, instead of dropped."""

    def silences(self) -> Endpointing:
        """The silences in force."""
        return self.endpointing or ENDPOINTING[self.eagerness]


@frozen(kw_only=True)
class SoftTimeout:
    """What is said while the mind is slow. Never part of the answer, and over as soon as the answer comes."""

    timeout_seconds: float | None = None
    """None is off. It fires again after each further interval."""
    messages: tuple[str, ...] = ("Hhmmmm...yeah.",)
    """The first and the additional ones, rendered; the last repeats."""
    randomised: bool = False
    """Shuffled once per turn, from the plan's seed."""
    maximum_per_turn: int = 1
    asks_the_mind: bool = False
    """The mind words the filler; the canned message is used if it is not quick enough."""
    mind_prompt: str = ""
    """Instructions for that; empty takes a built-in one."""
    waits_for_first_caller_turn: bool = False


@frozen(kw_only=True)
class Limits:
    """When a call ends whatever is being said."""

    maximum_duration_seconds: float | None = 600.0
    maximum_duration_message: str = ""
    """Said before the line closes, rendered; empty closes it silently."""


# ---------------------------------------------------------------------------------------------------------------
# Tools


@frozen(kw_only=True)
class EndCall:
    """The mind may end the call."""

    description: str = ""


@frozen(kw_only=True)
class SkipTurn:
    """The mind may say nothing and wait for the caller."""

    description: str = ""


@frozen(kw_only=True)
class LanguageDetection:
    """The mind may switch the language of the call to one of the plan's presets."""

    description: str = ""
    only_at_conversation_start: bool = False
    """Locked after the caller's first two turns."""


SystemTool = EndCall | SkipTurn | LanguageDetection
"""A built-in tool that is switched on, with its parameters. Each has one file in `engine/system_tools`."""


@frozen(kw_only=True)
class ToolSpec:
    """A tool of the agent, opaque: the mind reads description and parameters, the shell executes, the engine times."""

    name: str
    """What the mind calls it; unique within the plan."""
    tool_id: str | None = None
    kind: Literal["webhook", "client", "mcp", "code", "integration"] = "webhook"
    description: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """The JSON schema of its arguments, with constants and dynamic variables already taken out."""
    config: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """For the shell that executes it; the engine never looks inside."""
    execution: Literal["immediate", "after_speech", "async"] = "immediate"
    """`after_speech` starts when what was said before is heard; `async` does not hold up the conversation."""
    timeout_seconds: float = 20.0
    expects_response: bool = True
    """False: a client tool that is told and not waited for."""
    forces_pre_tool_speech: bool = False
    """Instructs the mind to say something before calling it."""
    disables_interruptions: bool = False
    """The caller cannot cut the reply while it runs."""
    variables: tuple[str, ...] = ()
    """Dynamic variables (also `system__` ones) that its request is made from; their values of the moment go along."""


# ---------------------------------------------------------------------------------------------------------------
# The plan


DEFAULT_CLIENT_EVENTS = ("audio", "interruption", "user_transcript", "agent_response", "agent_response_correction")


@frozen(kw_only=True)
class Plan:
    """One call, compiled."""

    conversation_id: str
    agent_id: str
    started_at_micros: int
    """Wall-clock start of the call, microseconds UTC: the zero of the engine's clock."""
    mind: MindSettings
    voice: VoiceSettings
    branch_id: str | None = None
    version_id: str | None = None
    environment: str | None = None
    timezone: str | None = None
    """IANA name, for `system__time`; None is UTC."""
    seed: int = 0
    text_only: bool = False
    """No audio in either direction; replies are shown, not said."""
    line: Line = Line()
    caller: Caller = Caller()
    language: str = "en"
    """The code the call starts in."""
    languages: tuple[LanguagePreset, ...] = ()
    """The main language and every preset."""
    opening: Opening = Opening()
    prompt: Prompt = Prompt()
    variables: Mapping[str, VariableValue] = field(default_factory=dict[str, VariableValue])
    """Dynamic variables without the `system__` ones, which the engine makes itself."""
    secret_variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """`secret__` variables: name to reference. Only the shell resolves them, for headers."""
    ears: EarSettings = EarSettings()
    turn: TurnSettings = TurnSettings()
    soft_timeout: SoftTimeout = SoftTimeout()
    limits: Limits = Limits()
    client_events: tuple[str, ...] = DEFAULT_CLIENT_EVENTS
    """Names of the contract's client events that the client wants; the rest is not told."""
    system_tools: tuple[SystemTool, ...] = ()
    tools: tuple[ToolSpec, ...] = ()

    def preset(self, code: str) -> LanguagePreset | None:
        """The preset of a language, if the agent speaks it."""
        return next((preset for preset in self.languages if preset.code == code), None)

    def tool(self, name: str) -> ToolSpec | None:
        """The tool the mind calls by this name, if the agent has it."""
        return next((tool for tool in self.tools if tool.name == name), None)
