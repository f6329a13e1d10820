"""`workflow`: nodes a conversation moves through, and the edges between them."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, OneOf, Wire, known, section
from vivavoce.base.json import Json
from vivavoce.features.agents.document import words
from vivavoce.features.agents.document.expressions import Expression
from vivavoce.features.agents.document.node_overrides import ConversationalNodeOverride
from vivavoce.features.agents.document.parameters import SchemaOverride
from vivavoce.features.agents.document.prompt import KnowledgeBaseLocator
from vivavoce.features.agents.document.transfers import PhoneTransfer


class Position(Wire):
    x: Number = 0
    y: Number = 0


class Node(Wire):
    position: Position = section(Position)
    edge_order: list[str] = []


class UnconditionalCondition(Wire):
    label: str | None = None
    type: Literal["unconditional"] = "unconditional"


class LlmCondition(Wire):
    label: str | None = None
    type: Literal["llm"] = "llm"
    condition: str


class ResultCondition(Wire):
    label: str | None = None
    type: Literal["result"] = "result"
    successful: Flag


class ExpressionCondition(Wire):
    label: str | None = None
    type: Literal["expression"] = "expression"
    expression: Expression


EdgeCondition = Annotated[
    Wire,
    OneOf("type", UnconditionalCondition, LlmCondition, ResultCondition, ExpressionCondition),
]


class Edge(Wire):
    source: str
    target: str
    forward_condition: EdgeCondition | None = None
    backward_condition: EdgeCondition | None = None
    reroutes: list[Position] = []


class StartNode(Node):
    type: Literal["start"] = "start"


class EndNode(Node):
    type: Literal["end"] = "end"
    outcome: Annotated[str, known("success", "failure")] = "success"


class PhoneNumberNode(Node, PhoneTransfer):
    type: Literal["phone_number"] = "phone_number"


class OverrideAgentNode(Node):
    type: Literal["override_agent"] = "override_agent"
    conversation_config: ConversationalNodeOverride = section(ConversationalNodeOverride)
    additional_prompt: str = ""
    additional_knowledge_base: list[KnowledgeBaseLocator] = []
    additional_tool_ids: list[str] = []
    label: str
    entry_behavior: words.EntryBehavior = "auto"


class StandaloneAgentNode(Node):
    type: Literal["standalone_agent"] = "standalone_agent"
    agent_id: str | None = None
    node_id: str | None = Field(default=None, min_length=1)
    delay_ms: Integer = 0
    transfer_message: str | None = None
    enable_transferred_agent_first_message: Flag = False
    preserve_client_tts_overrides: Flag = False
    branch_id: str | None = None
    preserve_voice_settings: Flag = False


class WorkflowToolLocator(Wire):
    tool_id: str
    schema_overrides: dict[str, SchemaOverride] | None = None


class ToolNode(Node):
    type: Literal["tool"] = "tool"
    tools: list[WorkflowToolLocator] = []


class TranslatedString(Wire):
    source_hash: str
    text: str


class LiteralMessage(Wire):
    type: Literal["literal"] = "literal"
    text: str
    text_translations: dict[str, TranslatedString] = {}


class PromptMessage(Wire):
    type: Literal["prompt"] = "prompt"
    prompt: str


class SayNode(Node):
    type: Literal["say"] = "say"
    conversation_config: ConversationalNodeOverride = section(ConversationalNodeOverride)
    additional_prompt: str = ""
    additional_knowledge_base: list[KnowledgeBaseLocator] = []
    additional_tool_ids: list[str] = []
    label: str
    message: Annotated[Wire, OneOf("type", LiteralMessage, PromptMessage)]
    wait_for_speech_completion: Flag = True
    wait_for_user_response: Flag = False


class StateUpdate(Wire):
    type: Literal["dynamic_variable"] = "dynamic_variable"
    variable_name: str
    expression: Expression
    required: Flag = True


class UpdateStateNode(Node):
    type: Literal["update_state"] = "update_state"
    label: str
    updates: list[StateUpdate] = Field(max_length=50)


WorkflowNode = Annotated[
    Wire,
    OneOf(
        "type",
        StartNode,
        EndNode,
        OverrideAgentNode,
        ToolNode,
        PhoneNumberNode,
        StandaloneAgentNode,
        SayNode,
        UpdateStateNode,
    ),
]


def _start_alone() -> Json:
    return {"start_node": {"type": "start"}}


class Workflow(Wire):
    edges: dict[str, Edge] = {}
    nodes: dict[str, WorkflowNode] = Field(default_factory=_start_alone, min_length=1)
    prevent_subagent_loops: Flag = False
