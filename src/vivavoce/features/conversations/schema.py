"""The bodies of the conversation routes: names, types and limits of the contract."""

from typing import Any, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, Wire, section

Status = Literal["initiated", "in-progress", "processing", "done", "failed"]
Result = Literal["success", "failure", "unknown"]
Score = Literal["like", "dislike"]
SummaryMode = Literal["exclude", "include"]
Product = Literal["agents", "speech_engine"]


class ConversationSummary(Wire):
    agent_id: str
    branch_id: str | None = None
    version_id: str | None = None
    agent_name: str | None = None
    conversation_id: str
    start_time_unix_secs: Integer
    call_duration_secs: Integer
    message_count: Integer
    user_message_count: Integer = 0
    agent_message_count: Integer = 0
    status: Status
    termination_reason: str = ""
    call_successful: Result
    call_success_score: Number | None = None
    transcript_summary: str | None = None
    call_summary_title: str | None = None
    main_language: str | None = None
    conversation_initiation_source: str | None = None
    tool_names: list[str] | None = None
    direction: Literal["inbound", "outbound"] | None = None
    rating: Number | None = None
    sentiment_analysis: dict[str, Any] | None = None
    data_collection_results: dict[str, Any] | None = None
    evaluation_criteria_results: dict[str, Any] | None = None
    tag_ids: list[str] = []


class ConversationsPage(Wire):
    conversations: list[ConversationSummary]
    next_cursor: str | None = None
    has_more: Flag


class ToolCall(Wire):
    type: str | None = None
    request_id: str
    tool_name: str
    params_as_json: str
    tool_has_been_called: Flag
    tool_details: dict[str, Any] | None = None


class ToolOutcome(Wire):
    type: str | None = None
    request_id: str
    tool_name: str
    result_value: str
    is_error: Flag
    is_blocked: Flag = False
    tool_has_been_called: Flag
    tool_latency_secs: Number = 0
    error_type: str = ""
    raw_error_message: str = ""
    dynamic_variable_updates: list[dict[str, Any]] = []


class Metric(Wire):
    elapsed_time: Number


class TurnMetrics(Wire):
    metrics: dict[str, Metric] = {}
    convai_asr_provider: str | None = None
    convai_tts_model: str | None = None
    convai_tts_cascade: str | None = None


class ReplyFeedback(Wire):
    score: Score
    time_in_call_secs: Integer


class TranscriptEntry(Wire):
    role: Literal["user", "agent"]
    agent_metadata: dict[str, Any] | None = None
    message: str | None = None
    multivoice_message: dict[str, Any] | None = None
    tool_calls: list[ToolCall] = []
    tool_results: list[ToolOutcome] = []
    feedback: ReplyFeedback | None = None
    llm_override: str | None = None
    producing_llm: str | None = None
    time_in_call_secs: Integer
    conversation_turn_metrics: TurnMetrics | None = None
    rag_retrieval_info: dict[str, Any] | None = None
    llm_usage: dict[str, Any] | None = None
    interrupted: Flag = False
    ignored_as_backchannel: Flag = False
    original_message: str | None = None
    reasoning: list[dict[str, Any]] = []
    reasoned: Flag = False
    source_medium: Literal["audio", "dtmf", "text", "image", "file"] | None = None
    source_event_id: Integer | None = None
    used_static_kb_document_ids: list[str] = []
    user_identifier: str | None = None
    id: str | None = None
    triggered_guardrails: list[dict[str, Any]] = []
    file_input: dict[str, Any] | None = None
    file_inputs: list[dict[str, Any]] = []
    contextual_update_info: dict[str, Any] | None = None


class Feedback(Wire):
    type: Literal["thumbs", "rating"] | None = None
    overall_score: Score | None = None
    likes: Integer = 0
    dislikes: Integer = 0
    rating: Integer | None = None
    comment: str | None = None


class EndError(Wire):
    code: Integer
    reason: str | None = None


class Metadata(Wire):
    start_time_unix_secs: Integer
    accepted_time_unix_secs: Integer | None = None
    call_duration_secs: Integer
    queue_wait_secs: Number | None = None
    cost: Integer | None = None
    deletion_settings: dict[str, Any] = {}
    feedback: Feedback = section(Feedback)
    authorization_method: str = "public"
    charging: dict[str, Any] = {}
    phone_call: dict[str, Any] | None = None
    batch_call: dict[str, Any] | None = None
    termination_reason: str = ""
    error: EndError | None = None
    warnings: list[str] = []
    main_language: str | None = None
    rag_usage: dict[str, Any] | None = None
    text_only: Flag = False
    features_usage: dict[str, Any] = {}
    eleven_assistant: dict[str, Any] = {}
    initiator_id: str | None = None
    conversation_initiation_source: str = "unknown"
    conversation_initiation_source_version: str | None = None
    timezone: str | None = None
    async_metadata: dict[str, Any] | None = None
    whatsapp: dict[str, Any] | None = None
    sms: dict[str, Any] | None = None
    agent_created_from: str = "unknown"
    agent_last_updated_from: str = "unknown"
    voice_rewards: list[dict[str, Any]] = []
    cost_fiat: Number | None = None
    vivavoce_stand_ins: list[dict[str, Any]] = []


class VisitedAgent(Wire):
    agent_id: str
    branch_id: str | None = None


class ConversationRead(Wire):
    agent_id: str
    agent_name: str | None = None
    conversation_product: str = "agents"
    status: Status
    user_id: str | None = None
    branch_id: str | None = None
    version_id: str | None = None
    metadata: Metadata
    analysis: dict[str, Any] | None = None
    user_message_count: Integer = 0
    agent_message_count: Integer = 0
    visited_agents: list[VisitedAgent] = []
    conversation_initiation_client_data: dict[str, Any] = {}
    environment: str = "production"
    conversation_id: str
    has_audio: Flag
    has_user_audio: Flag
    has_response_audio: Flag
    has_auxiliary_audio: Flag = False
    transcript: list[TranscriptEntry]
    tag_ids: list[str] = []


class FeedbackGiven(Wire):
    """What somebody thinks of a conversation. The widget sends stars and words where the SDKs send a thumb."""

    feedback: Score | None = None
    rating: Integer | None = Field(default=None, ge=1, le=5)
    comment: str | None = Field(default=None, max_length=5000)


class SignedUrl(Wire):
    signed_url: str
