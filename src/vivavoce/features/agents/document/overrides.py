"""What a client may say at the start of a call, and which of it the agent allows."""

from vivavoce.api.schema import Flag, Integer, Number, Wire, section
from vivavoce.features.agents.document import words
from vivavoce.features.agents.document.prompt import KnowledgeBaseLocator
from vivavoce.features.agents.document.tts import PronunciationDictionaryLocator, SupportedVoice


class AsrOverride(Wire):
    keywords: list[str] | None = None


class SoftTimeoutOverride(Wire):
    message: str | None = None
    additional_soft_timeout_messages: list[str] | None = None


class TurnOverride(Wire):
    soft_timeout_config: SoftTimeoutOverride | None = None
    noisy_environment_message: str | None = None


class TtsOverride(Wire):
    model_id: words.TtsModel | None = None
    voice_id: str | None = None
    supported_voices: list[SupportedVoice] | None = None
    stability: Number | None = None
    speed: Number | None = None
    similarity_boost: Number | None = None
    pronunciation_dictionary_locators: list[PronunciationDictionaryLocator] | None = None
    clone_strength: Number | None = None


class ConversationOverride(Wire):
    text_only: Flag | None = None
    max_duration_seconds: Integer | None = None


class PromptOverride(Wire):
    prompt: str | None = None
    llm: str | None = None
    tool_ids: list[str] | None = None
    native_mcp_server_ids: list[str] | None = None
    knowledge_base: list[KnowledgeBaseLocator] | None = None
    reasoning_effort: words.ReasoningEffort | None = None
    tool_ids_strict: Flag | None = None


class AgentOverride(Wire):
    first_message: str | None = None
    language: str | None = None
    max_conversation_duration_message: str | None = None
    prompt: PromptOverride | None = None


class ClientOverrides(Wire):
    asr: AsrOverride | None = None
    turn: TurnOverride | None = None
    tts: TtsOverride | None = None
    conversation: ConversationOverride | None = None
    agent: AgentOverride | None = None


class AsrOverridesAllowed(Wire):
    keywords: Flag = False


class SoftTimeoutOverridesAllowed(Wire):
    message: Flag = False
    additional_soft_timeout_messages: Flag = False


class TurnOverridesAllowed(Wire):
    soft_timeout_config: SoftTimeoutOverridesAllowed = section(SoftTimeoutOverridesAllowed)
    noisy_environment_message: Flag | None = None


class TtsOverridesAllowed(Wire):
    model_id: Flag = False
    voice_id: Flag = False
    supported_voices: Flag = False
    stability: Flag = False
    speed: Flag = False
    similarity_boost: Flag = False
    pronunciation_dictionary_locators: Flag = False
    clone_strength: Flag | None = None


class ConversationOverridesAllowed(Wire):
    text_only: Flag = False
    max_duration_seconds: Flag = False


class PromptOverridesAllowed(Wire):
    prompt: Flag = False
    llm: Flag = False
    tool_ids: Flag = False
    native_mcp_server_ids: Flag = False
    knowledge_base: Flag = False
    reasoning_effort: Flag | None = None
    tool_ids_strict: Flag | None = None


class AgentOverridesAllowed(Wire):
    first_message: Flag = False
    language: Flag = False
    max_conversation_duration_message: Flag = False
    prompt: PromptOverridesAllowed = section(PromptOverridesAllowed)


class ClientOverridesAllowed(Wire):
    asr: AsrOverridesAllowed = section(AsrOverridesAllowed)
    turn: TurnOverridesAllowed = section(TurnOverridesAllowed)
    tts: TtsOverridesAllowed = section(TtsOverridesAllowed)
    conversation: ConversationOverridesAllowed = section(ConversationOverridesAllowed)
    agent: AgentOverridesAllowed = section(AgentOverridesAllowed)


class InitiationDataAllowed(Wire):
    conversation_config_override: ClientOverridesAllowed = section(ClientOverridesAllowed)
    custom_llm_extra_body: Flag = False
    enable_conversation_initiation_client_data_from_webhook: Flag = False
    enable_starting_workflow_node_id_from_client: Flag = False
    enable_procedure_ids_from_client: Flag = False
