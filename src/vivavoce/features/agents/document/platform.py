"""`platform_settings`: everything about an agent that is not the conversation itself."""

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, Wire, section
from vivavoce.features.agents.document import words
from vivavoce.features.agents.document.analysis import (
    AlertingSettings,
    AnalysisItems,
    AnalysisProperty,
    EvaluationSettings,
    SentimentAnalysisSettings,
    TopicDiscoverySettings,
)
from vivavoce.features.agents.document.guardrails import Guardrails
from vivavoce.features.agents.document.locators import SecretLocator
from vivavoce.features.agents.document.overrides import InitiationDataAllowed
from vivavoce.features.agents.document.widget import AllowlistItem, WidgetConfig


class InitiationDataWebhook(Wire):
    url: str
    request_headers: dict[str, str | SecretLocator]


class ConversationWebhooks(Wire):
    post_call_webhook_id: str | None = None
    events: list[words.WebhookEventType] = []
    transcript_format: words.TranscriptFormat = "json"
    send_audio: Flag | None = None
    exclude_transcript: Flag | None = None


class WorkspaceOverrides(Wire):
    conversation_initiation_client_data_webhook: InitiationDataWebhook | None = None
    webhooks: ConversationWebhooks = section(ConversationWebhooks)


class AttachedTest(Wire):
    test_id: str
    workflow_node_id: str | None = None


class TestingSettings(Wire):
    attached_tests: list[AttachedTest] = Field(default=[], max_length=5000, min_length=0)


class AuthSettings(Wire):
    enable_auth: Flag = False
    allowlist: list[AllowlistItem] = []
    require_origin_header: Flag = False
    shareable_token: str | None = None


class CallLimits(Wire):
    agent_concurrency_limit: Integer = -1
    daily_limit: Integer = 100000
    bursting_enabled: Flag = True


class HoldAudio(Wire):
    audio_path: str
    audio_url: str
    original_filename: str
    duration_secs: Number
    size_bytes: Integer


class QueueingConfig(Wire):
    enabled: Flag = False
    wait_timeout_seconds: Integer = Field(default=180, gt=0, le=1800)
    hold_audio: HoldAudio | None = None


class ConversationHistoryRedactionConfig(Wire):
    enabled: Flag = False
    entities: list[words.RedactedEntity] = []
    excluded_data_collection_ids: list[str] | None = None


class PrivacyConfig(Wire):
    record_voice: Flag = True
    retention_days: Integer = -1
    delete_transcript_and_pii: Flag = False
    delete_audio: Flag = False
    apply_to_existing_conversations: Flag = False
    zero_retention_mode: Flag = False
    conversation_history_redaction: ConversationHistoryRedactionConfig = section(ConversationHistoryRedactionConfig)


class PlatformSettings(Wire):
    evaluation: EvaluationSettings = section(EvaluationSettings)
    widget: WidgetConfig = section(WidgetConfig)
    data_collection: dict[str, AnalysisProperty] = {}
    data_collection_scopes: dict[str, words.AnalysisScope] = {}
    analysis_items: AnalysisItems | None = None
    overrides: InitiationDataAllowed = section(InitiationDataAllowed)
    workspace_overrides: WorkspaceOverrides = section(WorkspaceOverrides)
    testing: TestingSettings = section(TestingSettings)
    archived: Flag = False
    guardrails: Guardrails = section(Guardrails)
    summary_language: str | None = None
    auto_translate_transcript_to_app_language: Flag | None = None
    auth: AuthSettings = section(AuthSettings)
    call_limits: CallLimits = section(CallLimits)
    queueing_config: QueueingConfig = section(QueueingConfig)
    privacy: PrivacyConfig = section(PrivacyConfig)
    trust_context: words.TrustContext = "unknown"
    analysis_llm: str = "gemini-2.5-flash"
    topic_discovery: TopicDiscoverySettings = section(TopicDiscoverySettings)
    sentiment_analysis: SentimentAnalysisSettings = section(SentimentAnalysisSettings)
    alerting: AlertingSettings | None = None
