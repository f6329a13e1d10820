"""What is learned from conversations once they are over, and who is told."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, OneOf, Wire, known
from vivavoce.features.agents.document import words
from vivavoce.features.agents.document.parameters import AllowedValues


class EvaluationCriterion(Wire):
    id: str
    name: str
    type: Literal["prompt"] = "prompt"
    conversation_goal_prompt: str = Field(max_length=2000)
    use_knowledge_base: Flag = False
    scope: words.AnalysisScope = "conversation"
    llm: str | None = None
    scoring_mode: words.ScoringMode = "binary"
    max_score: Integer = 100
    score_instructions: str | None = Field(default=None, max_length=2000)


class EvaluationSettings(Wire):
    criteria: list[EvaluationCriterion] = []


class AnalysisProperty(Wire):
    type: words.LiteralType
    description: str = ""
    enum: list[str] | None = None
    is_system_provided: Flag = False
    dynamic_variable: str = ""
    allowed_values: AllowedValues | None = None
    allowed_values_dynamic_variable: str = ""
    constant_value: str | Integer | Number | Flag | None = ""
    is_omitted: Flag = False
    name: str | None = None
    llm: str | None = None


class AttachedUserEvaluationRef(Wire):
    source: Literal["user"] = "user"
    analysis_item_id: str
    version_id: str | None = None
    additional_version_ids: list[str] = []
    scope: words.AnalysisScope = "conversation"
    weight: Number | None = None


class AttachedSystemEvaluationRef(Wire):
    source: Literal["system"] = "system"
    analysis_item_id: Annotated[str, known("__system_eval_criteria_sentiment", "__system_eval_criteria_frustration")]
    scope: words.AnalysisScope = "conversation"
    weight: Number | None = None


class AttachedUserDataCollectionRef(Wire):
    source: Literal["user"] = "user"
    analysis_item_id: str
    version_id: str | None = None
    scope: words.AnalysisScope = "conversation"


class AttachedSystemDataCollectionRef(Wire):
    source: Literal["system"] = "system"
    analysis_item_id: Literal["__system_data_collection_topic"]
    scope: words.AnalysisScope = "conversation"


class AnalysisItems(Wire):
    evaluation_criteria: list[
        Annotated[Wire, OneOf("source", AttachedUserEvaluationRef, AttachedSystemEvaluationRef)]
    ] = []
    data_collection: list[
        Annotated[Wire, OneOf("source", AttachedUserDataCollectionRef, AttachedSystemDataCollectionRef)]
    ] = []


class TopicDiscoverySettings(Wire):
    """Open: the contract names no field."""


class SentimentAnalysisSettings(Wire):
    """Open: the contract names no field."""


class AlertingMonitorConfig(Wire):
    threshold: Number | None = Field(default=None, le=1, ge=0)
    relative_increase_threshold: Number | None = Field(default=None, le=10, ge=0)
    min_failure_count: Integer | None = Field(default=None, ge=1)
    min_history_bucket_count: Integer | None = Field(default=None, ge=1)
    min_sample_count: Integer | None = Field(default=None, ge=1)
    suspect_trigger_threshold: Integer | None = Field(default=None, le=10, ge=1)
    auto_resolve_after_inactive_minutes: Integer | None = Field(default=None, ge=1)
    enabled: Flag | None = None


class AlertingWebhookNotifier(Wire):
    type: Literal["webhook"] = "webhook"
    webhook_id: str


class AlertingIntegrationNotifier(Wire):
    type: Literal["integration"] = "integration"
    connection_id: str
    integration_type: Annotated[str, known("pagerduty", "slack")] | None = None
    channel_id: str | None = None


AlertingNotifier = Annotated[Wire, OneOf("type", AlertingWebhookNotifier, AlertingIntegrationNotifier)]


class AlertingSettings(Wire):
    monitor_configs: dict[str, AlertingMonitorConfig] = {}
    auto_resolve_after_inactive_minutes: Integer | None = Field(default=None, ge=1)
    notifiers: list[AlertingNotifier] = Field(default=[], max_length=10)
