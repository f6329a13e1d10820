"""Compiles an agent for one call: document + overrides + variables -> the engine's frozen `Plan`.

One pure function. It reads the document as it was sent, adds the defaults, lays the client's overrides over it (each
behind its gate), picks the language, fills in the dynamic variables and translates what is left into the engine's
words. The contract's quirks end here: nothing behind this line knows what -1 or an empty slot means.

What it refuses, it refuses before the call begins, in the contract's words (`CannotStart`): an override that the agent
does not allow, a variable without a value, a first message of the wrong type.

    compiled = compile_plan(running, call, data, tools={...}, backups=[...])
    compiled.plan        goes to the engine and into the journal; holds no secret
    compiled.secrets     `secret__` values by name, for the shell that sends headers; never stored

Where things come from:
    plan/overrides    what a client may change, and the language's preset
    plan/variables    placeholders, given values, `system__` values
    plan/prompt       the system prompt, in pieces
    plan/tools        what the mind sees of tools
    plan/settings     mind, voice, ears, turns, limits
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.base.languages import name_of
from vivavoce.engine.plan import (
    Caller,
    LanguagePreset,
    Line,
    MindSettings,
    ModelChoice,
    Opening,
    Plan,
    Prompt,
    PromptPiece,
    VoiceChoice,
    VoiceSettings,
)
from vivavoce.features.agents.document.defaults import with_defaults
from vivavoce.features.agents.plan import prompt, settings, tools
from vivavoce.features.agents.plan.overrides import in_language, overridden
from vivavoce.features.agents.plan.refusal import CannotStart, object_in
from vivavoce.features.agents.plan.variables import Variables
from vivavoce.features.agents.records import Running


@frozen(kw_only=True)
class Call:
    """What the route that takes a call knows about it. `seed` makes random choices repeatable."""

    conversation_id: str
    started_at_micros: int
    line: Line = field(default_factory=Line)
    caller: Caller = field(default_factory=Caller)
    environment: str = "production"
    seed: int | None = None


@frozen
class Compiled:
    """A plan, what it was made of, and the secrets that must not be in it."""

    plan: Plan
    document: Body
    """The agent's, with every default in place and without anybody's overrides."""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def compile_plan(
    running: Running,
    call: Call,
    data: Mapping[str, Json] | None = None,
    *,
    tool_records: Mapping[str, Body] | None = None,
    backups: Sequence[str] = (),
) -> Compiled:
    """The plan of a call. `data` is the client's `conversation_initiation_client_data`.

    `tool_records` are configurations of the workspace's tools by id; `backups` name the models that stand in where the
    agent leaves that to the installation.
    """
    data = data or {}
    overrides = object_in(data, "conversation_config_override")
    document = with_defaults(running.config)
    allowed: Body = document["platform_settings"]["overrides"]
    written: Body = document["conversation_config"]
    gates: Body = allowed["conversation_config_override"]
    config = overridden(written, gates, overrides)
    _check_gates(allowed, data)

    placeholders: Body = written["agent"]["dynamic_variables"]["dynamic_variable_placeholders"]
    variables = Variables.of(object_in(data, "dynamic_variables"), placeholders)
    plan = _identity(running, call, config, variables)
    variables = variables.with_system(plan)
    variables.require(texts_with_variables(config))

    main = config["agent"]["language"]
    text_only = plan.text_only
    plan = replace(
        plan,
        mind=settings.mind(config["agent"]["prompt"], backups, object_in(data, "custom_llm_extra_body")),
        voice=settings.voice(config["tts"], main),
        languages=tuple(_languages(written, config, overrides, variables)),
        opening=Opening(
            text=variables.filled(config["agent"]["first_message"]),
            interruptible=config["agent"]["disable_first_message_interruptions"] is not True,
        ),
        prompt=Prompt(
            pieces=prompt.pieces(config, variables, text_only=text_only, started_at_micros=call.started_at_micros)
        ),
        ears=settings.ears(config["asr"]),
        turn=settings.turn(config["turn"]),
        soft_timeout=settings.soft_timeout(config["turn"]["soft_timeout_config"], variables),
        limits=settings.limits(config, variables),
        client_events=_events(config, overrides),
        system_tools=tools.system_tools(config["agent"]["prompt"]),
        tools=tools.tools(config["agent"]["prompt"], tool_records or {}),
    )
    return Compiled(plan, document, variables.secrets)


def _identity(running: Running, call: Call, config: Body, variables: Variables) -> Plan:
    """Who calls whom and when; the rest is filled in once the `system__` variables can be told from it."""
    return Plan(
        conversation_id=call.conversation_id,
        agent_id=running.agent_id,
        branch_id=running.branch_id,
        version_id=running.version_id,
        started_at_micros=call.started_at_micros,
        environment=call.environment,
        timezone=config["agent"]["prompt"]["timezone"],
        seed=_seed(call.conversation_id) if call.seed is None else call.seed,
        text_only=config["conversation"]["text_only"] is True,
        line=call.line,
        caller=call.caller,
        language=config["agent"]["language"],
        variables=variables.given,
        secret_variables={name: name for name in variables.secrets},
        mind=MindSettings(model=ModelChoice(model="")),
        voice=VoiceSettings(voice=VoiceChoice(voice_id="")),
    )


def _seed(conversation_id: str) -> int:
    return int.from_bytes(hashlib.sha256(conversation_id.encode()).digest()[:4], "big")


def texts_with_variables(config: Body) -> Iterator[str]:
    """The texts that a call cannot begin without: each of their variables needs a value."""
    agent = config["agent"]
    yield agent["prompt"]["prompt"]
    yield agent["first_message"]
    yield agent["max_conversation_duration_message"]
    soft = config["turn"]["soft_timeout_config"]
    if soft["timeout_seconds"] > 0:
        yield from settings.soft_timeout_texts(soft)


def _languages(written: Body, config: Body, overrides: Body, variables: Variables) -> Iterator[LanguagePreset]:
    """Every language that the call can go over to, the agent's own first; overrides hold in all of them."""
    overrides = {**overrides, "agent": {**object_in(overrides, "agent"), "language": None}}
    codes = dict.fromkeys([config["agent"]["language"], written["agent"]["language"], *written["language_presets"]])
    for code in codes:
        there = overridden(in_language(written, code), None, overrides)
        agent = there["agent"]
        yield LanguagePreset(
            code=code,
            name=name_of(code),
            opening_text=variables.filled(agent["first_message"]),
            voice=settings.voice_choice(there["tts"], code),
            prompt_pieces=tuple(_pieces(there, config, variables)),
            soft_timeout_messages=settings.soft_timeout_messages(there["turn"]["soft_timeout_config"], variables),
        )


def _pieces(there: Body, config: Body, variables: Variables) -> Iterator[PromptPiece]:
    """The pieces of the prompt that another language replaces."""
    text = prompt.language_text(there["agent"], there["language_presets"])
    if text:
        yield PromptPiece(name="language", text=text)
    words: str = there["agent"]["prompt"]["prompt"]
    if words != config["agent"]["prompt"]["prompt"]:
        yield PromptPiece(name="prompt", text=variables.filled(words))


def _events(config: Body, overrides: Body) -> tuple[str, ...]:
    """What the client is told of. A client may ask for less than the agent offers, never for more."""
    events: list[str] = config["conversation"]["client_events"]
    wanted: Json = object_in(overrides, "conversation").get("client_events")
    return tuple(event for event in events if not isinstance(wanted, list) or event in wanted)


def _check_gates(allowed: Body, data: Mapping[str, Json]) -> None:
    """The gates that are not about a field of the document."""
    asked = {
        "custom_llm_extra_body": "custom_llm_extra_body",
        "starting_workflow_node_id": "enable_starting_workflow_node_id_from_client",
        "procedure_ids": "enable_procedure_ids_from_client",
        "start_procedure_ids": "enable_procedure_ids_from_client",
    }
    closed = [name for name, gate in asked.items() if data.get(name) and allowed.get(gate) is not True]
    if closed:
        raise CannotStart("override_error", f"The agent's settings do not allow a client to send: {', '.join(closed)}.")
