"""Workspace settings on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, OneOf, Wire, cleared

WebhookEvent = Literal[
    "transcript",
    "audio",
    "call_initiation_failure",
    "answering_machine_detection",
    "unredacted_transcript",
    "unredacted_audio",
]


class SecretLocator(Wire):
    """A secret in place of text."""

    secret_id: str


class EnvironmentVariableLocator(Wire):
    """An environment variable in place of text."""

    env_var_label: str


class ConversationInitiationClientDataWebhook(Wire):
    """Whom to ask for a conversation's variables and overrides before it begins."""

    url: Annotated[str, Field(min_length=1, max_length=4096)]
    request_headers: Annotated[
        dict[str, Annotated[str, Field(max_length=8192)] | SecretLocator | EnvironmentVariableLocator],
        Field(max_length=100),
    ]


class ConvAIWebhooks(Wire):
    """Who is told when a conversation is over, and of what."""

    post_call_webhook_id: str | None = None
    events: list[WebhookEvent] = []
    transcript_format: Literal["json", "opentelemetry"] = "json"
    exclude_transcript: Flag | None = None
    send_audio: Flag | None = None


class ConvAISettings(Wire):
    """The settings; the same names are sent to change them."""

    conversation_initiation_client_data_webhook: Annotated[
        ConversationInitiationClientDataWebhook | None, cleared(None)
    ] = None
    webhooks: ConvAIWebhooks = Field(default_factory=ConvAIWebhooks)
    can_use_mcp_servers: Flag = False
    rag_retention_period_days: Annotated[Integer, Field(gt=0, le=30)] = 10
    conversation_embedding_retention_days: Annotated[Annotated[Integer, Field(gt=0, le=365)] | None, cleared(None)] = (
        None
    )
    default_livekit_stack: Literal["standard", "static"] = "standard"


ChartName = Annotated[str, Field(max_length=256)]


class DashboardCallSuccessChart(Wire):
    """How often calls succeed."""

    name: ChartName
    type: Literal["call_success"] = "call_success"


class DashboardCriteriaChart(Wire):
    """How often a criterion is met."""

    name: ChartName
    type: Literal["criteria"] = "criteria"
    criteria_id: ChartName


class DashboardDataCollectionChart(Wire):
    """What was collected."""

    name: ChartName
    type: Literal["data_collection"] = "data_collection"
    data_collection_id: ChartName


DashboardChart = Annotated[
    Wire, OneOf("type", DashboardCallSuccessChart, DashboardCriteriaChart, DashboardDataCollectionChart)
]


class ConvAIDashboardSettings(Wire):
    """The dashboard's charts; the same name is sent to replace them."""

    charts: Annotated[list[DashboardChart], Field(max_length=4)] = []
