"""Vocabularies of the agent document: the values known today, open for those of tomorrow."""

from typing import Annotated, Literal

from vivavoce.api.schema import known

AnalysisScope = Annotated[str, known("conversation", "agent")]
AsrProvider = Annotated[str, known("elevenlabs", "scribe_realtime", "scribe_v2_turbo")]
AudioFormat = Annotated[
    str, known("pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000")
]
BackgroundSound = Annotated[
    str, known("office2", "office1", "restaurant", "city", "typing", "elevator1", "elevator2", "elevator3", "elevator4")
]
ClientEvent = Annotated[
    str,
    known(
        "conversation_initiation_metadata",
        "asr_initiation_metadata",
        "ping",
        "audio",
        "interruption",
        "user_transcript",
        "tentative_user_transcript",
        "agent_response",
        "agent_response_correction",
        "client_tool_call",
        "mcp_tool_call",
        "mcp_connection_status",
        "agent_tool_request",
        "agent_tool_response",
        "agent_tool_response_full_payload",
        "agent_response_metadata",
        "vad_score",
        "agent_chat_response_part",
        "client_error",
        "guardrail_triggered",
        "dtmf_request",
        "agent_response_complete",
        "context_usage",
        "internal_turn_probability",
        "internal_tentative_agent_response",
    ),
]
CustomLlmApiType = Annotated[str, known("chat_completions", "responses", "websocket")]
DocumentType = Annotated[str, known("file", "url", "text", "folder")]
EmbedVariant = Annotated[str, known("tiny", "compact", "full", "expandable")]
EmbeddingModel = Annotated[str, known("e5_mistral_7b_instruct", "multilingual_e5_large_instruct")]
EntryBehavior = Annotated[str, known("generate_immediately", "wait_for_user", "auto")]
GuardrailExecutionMode = Annotated[str, known("streaming", "blocking")]
InteractionBudget = Annotated[str, known("realtime", "5_minutes", "10_minutes", "1_hour")]
LiteralType = Literal["boolean", "string", "integer", "number"]
"""Closed: both official clients refuse to read any other."""
OutputFormat = Annotated[
    str,
    known(
        "mp3_22050_32",
        "mp3_44100_32",
        "mp3_44100_64",
        "mp3_44100_96",
        "mp3_44100_128",
        "mp3_44100_192",
        "pcm_16000",
        "pcm_22050",
        "pcm_24000",
        "pcm_44100",
        "ulaw_8000",
    ),
]
PreToolSpeechMode = Annotated[str, known("auto", "force", "off")]
ReasoningEffort = Annotated[str, known("none", "minimal", "low", "medium", "high", "xhigh", "max")]
RedactedEntity = Annotated[
    str,
    known(
        "name",
        "name.name_given",
        "name.name_family",
        "name.name_other",
        "email_address",
        "contact_number",
        "dob",
        "age",
        "religious_belief",
        "political_opinion",
        "sexual_orientation",
        "ethnicity_race",
        "marital_status",
        "occupation",
        "physical_attribute",
        "language",
        "username",
        "password",
        "url",
        "organization",
        "financial_id",
        "financial_id.payment_card",
        "financial_id.payment_card.payment_card_number",
        "financial_id.payment_card.payment_card_expiration_date",
        "financial_id.payment_card.payment_card_cvv",
        "financial_id.bank_account",
        "financial_id.bank_account.bank_account_number",
        "financial_id.bank_account.bank_routing_number",
        "financial_id.bank_account.swift_bic_code",
        "financial_id.financial_id_other",
        "location",
        "location.location_address",
        "location.location_city",
        "location.location_postal_code",
        "location.location_coordinate",
        "location.location_state",
        "location.location_country",
        "location.location_other",
        "date",
        "date_interval",
        "unique_id",
        "unique_id.government_issued_id",
        "unique_id.account_number",
        "unique_id.vehicle_id",
        "unique_id.healthcare_number",
        "unique_id.healthcare_number.medical_record_number",
        "unique_id.healthcare_number.health_plan_beneficiary_number",
        "unique_id.device_id",
        "unique_id.unique_id_other",
        "medical",
        "medical.medical_condition",
        "medical.medication",
        "medical.medical_procedure",
        "medical.medical_measurement",
        "medical.medical_other",
    ),
]
ResponseFilterMode = Annotated[str, known("all", "allow", "hide_all")]
ScoringMode = Annotated[str, known("binary", "numeric_uniform")]
SearchStrategy = Annotated[str, known("cat", "keyword", "semantic", "ls")]
ServiceTier = Annotated[str, known("standard", "fast")]
SpellingPatience = Annotated[str, known("auto", "off")]
TextNormalisation = Annotated[str, known("system_prompt", "elevenlabs")]
ToolCallSound = Annotated[str, known("typing", "elevator1", "elevator2", "elevator3", "elevator4")]
ToolCallSoundBehavior = Annotated[str, known("auto", "always")]
ToolErrorHandlingMode = Annotated[str, known("auto", "summarized", "passthrough", "hide")]
ToolExecutionMode = Annotated[str, known("immediate", "post_tool_speech", "async")]
ToolInterruptionMode = Annotated[str, known("allow", "disable_during_tool", "disable_during_tool_and_turn")]
TranscriptFormat = Annotated[str, known("json", "opentelemetry")]
TransferType = Annotated[str, known("blind", "conference", "sip_refer")]
TrustContext = Annotated[str, known("unknown", "low", "high")]
TtsModel = Annotated[
    str,
    known(
        "eleven_turbo_v2",
        "eleven_turbo_v2_5",
        "eleven_flash_v2",
        "eleven_flash_v2_5",
        "eleven_multilingual_v2",
        "eleven_v3_conversational",
        "eleven_v4",
        "eleven_v4_turbo",
    ),
]
TtsModelFamily = Annotated[str, known("turbo", "flash", "multilingual", "v3_conversational", "v4", "v4_turbo")]
TurnEagerness = Annotated[str, known("patient", "normal", "eager")]
TurnModel = Annotated[str, known("turn_v2", "turn_v3")]
UsageMode = Annotated[str, known("prompt", "auto")]
Verbosity = Annotated[str, known("auto", "concise", "thorough")]
WebhookEventType = Annotated[
    str,
    known(
        "transcript",
        "audio",
        "call_initiation_failure",
        "answering_machine_detection",
        "unredacted_transcript",
        "unredacted_audio",
    ),
]
WidgetExpandable = Annotated[str, known("never", "mobile", "desktop", "always")]
WidgetFeedbackMode = Annotated[str, known("none", "during", "end")]
WidgetPlacement = Annotated[str, known("top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right")]
