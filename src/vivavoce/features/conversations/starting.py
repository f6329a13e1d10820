"""What has to be known before a call begins: whose agent, whether this client may, what runs, with which limits.

    Asked       what the socket's address and headers say
    Admitted    who comes in, and by which right
    Prepared    the plan, and everything else that the call needs

Every refusal is a `Problem` whose `status` is the contract's `error_type` and whose message a person understands. A
stranger is refused before anything is kept of him; whoever was let in and cannot start leaves a record that says why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import cast, get_args

from vivavoce.base.errors import Malformed, NotFound, TooMany, Unauthorized
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json, is_object, patched
from vivavoce.engine.commands import ClientEvent
from vivavoce.engine.plan import Caller as Visitor
from vivavoce.engine.plan import Line, MindSettings, ModelChoice, Plan, VoiceChoice, VoiceSettings
from vivavoce.features.agents.service import (
    Agent,
    Agents,
    Call,
    Grant,
    Running,
    Signatures,
    auth_of,
    check_origin,
    compile_plan,
    is_shared,
)
from vivavoce.features.conversations.records import Circumstances
from vivavoce.features.conversations.store import ConversationStore
from vivavoce.features.workspace.service import PRODUCTION, EnvironmentVariables
from vivavoce.live.formats import Format, format_named
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.identity import Caller
from vivavoce.ports.leases import Slot

PREFIX = "conv"
UNLIMITED = -1
DAY_SECONDS = 24 * 3600
SECRET = "secret__"  # noqa: S105 - a prefix
REDACTED = "<REDACTED>"
LONGEST_TEXT = 500

EVERY_EVENT = ("audio", *(str(event.wire_name) for event in get_args(ClientEvent)))
_CHAT_ALLOWED: Body = {
    "platform_settings": {"overrides": {"conversation_config_override": {"conversation": {"text_only": True}}}}
}
_OF_A_DRAFT = "This call tried out a draft that was not published; no version says the same."


@frozen(kw_only=True)
class Asked:
    """What a client asks for by the address it calls, and what it shows."""

    agent_id: str | None
    branch_id: str | None = None
    version_id: str | None = None
    environment: str | None = None
    signature: str | None = None
    source: str | None = None
    source_version: str | None = None
    page_origin: str | None = None
    caller: Caller | None = None


@frozen
class Admitted:
    """Somebody who may talk to this agent."""

    agent: Agent
    conversation_id: str
    method: str
    asked: Asked
    grant: Grant | None = None

    @property
    def workspace_id(self) -> str:
        """The agent's."""
        return self.agent.workspace_id

    @property
    def agent_id(self) -> str:
        """Whom they called."""
        return self.agent.id


@frozen
class Prepared:
    """A call that can begin."""

    plan: Plan
    workspace_id: str
    circumstances: Circumstances
    incoming: Format
    outgoing: Format
    slots: Sequence[Slot]
    monitoring: frozenset[str] | None = None
    """The events that monitors are told; None where nobody may listen."""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """`secret__` variables, for headers."""


@frozen
class Setup:
    """What a self-hosted client sends before its initiation: an agent of its own instead of the stored one."""

    config: Body | None = None
    tool_records: Mapping[str, Body] = field(default_factory=dict[str, Body])


def no_warning(_: str) -> str:
    """Nothing to warn of."""
    return ""


class Starting:
    """Lets clients in and prepares their calls."""

    def __init__(
        self,
        agents: Agents,
        signatures: Signatures,
        environments: EnvironmentVariables,
        store: ConversationStore,
        clock: Clock,
        *,
        backup_models: Sequence[str] = (),
        model_warning: Callable[[str], str] = no_warning,
    ) -> None:
        self._model_warning = model_warning
        self._backup_models = backup_models
        self._agents = agents
        self._signatures = signatures
        self._environments = environments
        self._store = store
        self._clock = clock

    # Who may come in

    async def admit(self, asked: Asked) -> Admitted:
        """Let a client in, or raise why not."""
        if not asked.agent_id:
            raise Malformed("Name the agent in the address: ?agent_id=...", status="missing_fields")
        agent = await self._agents.called(asked.agent_id)
        if agent is None:
            raise NotFound("There is no such agent. Check the agent_id and the server.", status="agent_not_found")
        method, grant = await self._right(agent, asked)
        bound = grant.conversation_id if grant else None
        conversation_id = bound or self._clock.new_id(PREFIX)
        return Admitted(agent, conversation_id, method, asked, grant)

    async def _right(self, agent: Agent, asked: Asked) -> tuple[str, Grant | None]:
        """By which right somebody may start a conversation, in the contract's words."""
        caller, workspace_id = asked.caller, agent.workspace_id
        is_ours = caller is not None and caller.workspace_id == workspace_id and caller.may("convai", write=False)
        # A signature says what runs, so it counts also for somebody who would be let in without one: the browser of a
        # person who is signed in sends its cookie along.
        if is_ours and asked.signature is None:
            return "authorization_header", None
        auth = auth_of(agent)
        if not is_ours:
            check_origin(auth, asked.page_origin)
        if asked.signature is not None:
            if is_shared(auth, asked.signature):
                return "shareable_link", None
            return "signed_url", await self._signatures.read(workspace_id, agent.id, asked.signature)
        if auth["enable_auth"]:
            raise Unauthorized(
                "This agent needs authentication. Have your server get a signed URL and connect to that.",
                status="needs_signature",
            )
        return "public", None

    # What runs

    async def prepare(self, admitted: Admitted, data: Body, setup: Setup) -> Prepared:
        """The call of somebody who was let in; raises why it cannot begin."""
        running = await self._running(admitted, data)
        is_trial = admitted.grant is not None and admitted.grant.trial_of is not None
        if setup.config is not None:
            running = replace(running, config=setup.config)
        elif is_trial:
            running = replace(running, config=patched(running.config, _CHAT_ALLOWED))
        call = Call(
            conversation_id=admitted.conversation_id,
            started_at_micros=self._clock.now(),
            line=Line(medium="websocket"),
            caller=_visitor(admitted.asked, data),
            environment=await self._environment(admitted, data),
        )
        compiled = compile_plan(running, call, data, tool_records=setup.tool_records, backups=self._backup_models)
        config, platform = compiled.document["conversation_config"], compiled.document["platform_settings"]
        conversation = config["conversation"]
        warnings = [
            self._model_warning(compiled.plan.mind.model.model),
            "" if running.version_id is not None else _OF_A_DRAFT,
        ]
        return Prepared(
            plan=replace(compiled.plan, client_events=EVERY_EVENT) if is_trial else compiled.plan,
            workspace_id=admitted.workspace_id,
            circumstances=Circumstances(
                agent_name=running.name,
                authorization_method=admitted.method,
                initiation=without_secrets(data),
                warnings=tuple(filter(None, warnings)),
                keeps_content=platform["privacy"]["zero_retention_mode"] is not True,
                is_monitored=conversation["monitoring_enabled"],
            ),
            incoming=format_named(config["asr"]["user_input_audio_format"]),
            outgoing=format_named(config["tts"]["agent_output_audio_format"]),
            slots=await self._slots(admitted, platform["call_limits"]),
            monitoring=frozenset(conversation["monitoring_events"]) if conversation["monitoring_enabled"] else None,
            secrets=compiled.secrets,
        )

    async def _running(self, admitted: Admitted, data: Body) -> Running:
        asked, grant = admitted.asked, admitted.grant
        return await self._agents.running_of(
            admitted.agent,
            admitted.conversation_id,
            branch_id=(grant and grant.branch_id) or asked.branch_id or _text(data, "branch_id"),
            version_id=(grant and grant.version_id) or asked.version_id,
            draft_of=grant and grant.trial_of,
        )

    async def _environment(self, admitted: Admitted, data: Body) -> str:
        grant = admitted.grant
        name = (grant and grant.environment) or admitted.asked.environment or _text(data, "environment") or PRODUCTION
        await self.require_environment(admitted.workspace_id, name)
        return name

    async def require_environment(self, workspace_id: str, name: str) -> None:
        """`NotFound` if the workspace has no such environment."""
        if name != PRODUCTION and name not in [
            each.name for each in await self._environments.environments(workspace_id)
        ]:
            raise NotFound(f"There is no environment {name!r} in this workspace.", status="environment_not_found")

    async def _slots(self, admitted: Admitted, limits: Body) -> Sequence[Slot]:
        """What the agent's own limits ask for; `TooMany` if today's calls are used up."""
        daily: int = limits["daily_limit"]
        if daily != UNLIMITED:
            since = self._clock.now() - DAY_SECONDS * SECOND
            if await self._store.count_since(admitted.workspace_id, admitted.agent_id, since) >= daily:
                raise TooMany(
                    f"This agent has had the {daily} conversations that it may have in a day.",
                    retry_after_seconds=3600,
                    status="daily_limit_reached",
                )
        concurrent: int = limits["agent_concurrency_limit"]
        return [] if concurrent == UNLIMITED else [Slot(f"agent:{admitted.agent_id}", concurrent)]

    def refused_plan(self, admitted: Admitted) -> Plan:
        """What the record of a call says that could not begin. Its id is its own: the client may try again."""
        return Plan(
            conversation_id=self._clock.new_id(PREFIX),
            agent_id=admitted.agent_id,
            branch_id=admitted.asked.branch_id,
            version_id=admitted.asked.version_id,
            started_at_micros=self._clock.now(),
            caller=_visitor(admitted.asked, {}),
            mind=MindSettings(model=ModelChoice(model="")),
            voice=VoiceSettings(voice=VoiceChoice(voice_id="")),
        )


def setup_in(data: Body) -> Setup:
    """The handshake of a self-hosted client. What is null there is what is stored here."""
    config: Json = data.get("agent_config_dict")
    tools: list[Json] = data.get("tools_config_list") or []
    for name in ("override_agent_config_list", "prompt_knowledge_base", "bedrock_inference_profile"):
        if data.get(name):
            raise Malformed(f"This server cannot take {name} in enclave_setup_config.", status="invalid_message")
    if config is not None and not is_object(config):
        raise Malformed("agent_config_dict has to be an object.", status="invalid_message")
    records = {str(tool.get("id") or tool.get("name")): tool for tool in tools if is_object(tool)}
    return Setup(config, records)


def without_secrets(data: Mapping[str, Json]) -> Body:
    """What a client sent, as it may be kept."""
    kept = {name: value for name, value in data.items() if name != "type"}
    variables: Json = kept.get("dynamic_variables")
    if is_object(variables):
        kept["dynamic_variables"] = {
            name: REDACTED if name.startswith(SECRET) else value for name, value in variables.items()
        }
    return kept


def _visitor(asked: Asked, data: Body) -> Visitor:
    info = data.get("source_info")
    told = cast(Body, info) if isinstance(info, dict) else {}
    return Visitor(
        user_id=_text(data, "user_id"),
        source=asked.source or _text(told, "source"),
        source_version=asked.source_version or _text(told, "version"),
    )


def _text(data: Mapping[str, Json], name: str) -> str | None:
    """A short text that a client may have sent."""
    value = data.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
        raise Malformed(
            f"{name} has to be text of at most {LONGEST_TEXT} characters, without NUL.", status="invalid_message"
        )
    return value
