"""What one node of a workflow changes in the agent: every field of `conversation_config`, all optional."""

from typing import Annotated, Any, Literal

from vivavoce.api.schema import Flag, Integer, Number, Wire, known
from vivavoce.features.agents.document import words
from vivavoce.features.agents.document.agent import BehaviorOverride, LanguagePreset
from vivavoce.features.agents.document.conversation import DtmfInputConfig
from vivavoce.features.agents.document.prompt import BackupLlm, CustomLlm, KnowledgeBaseLocator, KnowledgeBaseSearchInfo
from vivavoce.features.agents.document.system_tools import BuiltInTools
from vivavoce.features.agents.document.tools import Tool
from vivavoce.features.agents.document.tts import (
    AudioEffects,
    PronunciationDictionaryLocator,
    SuggestedAudioTag,
    SupportedVoice,
)


class AsrNodeOverride(Wire):
    quality: Literal["high"] | None = None
    provider: words.AsrProvider | None = None
    user_input_audio_format: words.AudioFormat | None = None
    keywords: list[str] | None = None


class SoftTimeoutNodeOverride(Wire):
    timeout_seconds: Number | None = None
    message: str | None = None
    additional_soft_timeout_messages: list[str] | None = None
    use_llm_generated_message: Flag | None = None
    randomize_fillers: Flag | None = None
    max_soft_timeouts_per_generation: Integer | None = None
    llm_generated_message_prompt_override: str | None = None
    disable_until_first_user_message: Flag | None = None


class TurnNodeOverride(Wire):
    turn_timeout: Number | None = None
    initial_wait_time: Number | None = None
    silence_end_call_timeout: Number | None = None
    mode: Annotated[str, known("silence", "turn")] | None = None
    turn_eagerness: words.TurnEagerness | None = None
    spelling_patience: words.SpellingPatience | None = None
    speculative_turn: Flag | None = None
    retranscribe_on_turn_timeout: Flag | None = None
    turn_model: words.TurnModel | None = None
    interruption_ignore_terms: list[str] | None = None
    interruption_ignore_term_languages: list[str] | None = None
    merge_with_default_ignore_terms: Flag | None = None
    transcribe_on_disabled_interruptions: Flag | None = None
    soft_timeout_config: SoftTimeoutNodeOverride | None = None
    noisy_environment_message: str | None = None


class TtsNodeOverride(Wire):
    model_id: words.TtsModel | None = None
    voice_id: str | None = None
    supported_voices: list[SupportedVoice] | None = None
    expressive_mode: Flag | None = None
    suggested_audio_tags: list[SuggestedAudioTag] | None = None
    agent_output_audio_format: words.AudioFormat | None = None
    optimize_streaming_latency: Integer | None = None
    stability: Number | None = None
    speed: Number | None = None
    similarity_boost: Number | None = None
    text_normalisation_type: words.TextNormalisation | None = None
    pronunciation_dictionary_locators: list[PronunciationDictionaryLocator] | None = None
    enable_phoneme_tags: Flag | None = None
    audio_effects: AudioEffects | None = None
    clone_strength: Number | None = None


class FileInputNodeOverride(Wire):
    enabled: Flag | None = None
    max_files_in_memory: Integer | None = None
    max_files_per_conversation: Integer | None = None


class BackgroundSoundNodeOverride(Wire):
    source_type: Literal["preset"] | None = None
    source_id: words.BackgroundSound | None = None
    volume: Number | None = None
    crossfade_loop: Flag | None = None


class ConversationNodeOverride(Wire):
    text_only: Flag | None = None
    max_duration_seconds: Integer | None = None
    client_events: list[words.ClientEvent] | None = None
    file_input: FileInputNodeOverride | None = None
    monitoring_enabled: Flag | None = None
    monitoring_events: list[words.ClientEvent] | None = None
    dtmf_input_settings: DtmfInputConfig | None = None
    background_sound: BackgroundSoundNodeOverride | None = None
    source_attribution: Flag | None = None


class VadNodeOverride(Wire):
    background_voice_detection: Flag | None = None


class DynamicVariablesNodeOverride(Wire):
    dynamic_variable_placeholders: dict[str, Any] | None = None


class RagNodeOverride(Wire):
    enabled: Flag | None = None
    embedding_model: words.EmbeddingModel | None = None
    max_vector_distance: Number | None = None
    max_documents_length: Integer | None = None
    max_retrieved_rag_chunks_count: Integer | None = None
    num_candidates: Integer | None = None
    query_rewrite_prompt_override: str | None = None
    knowledge_base_tool_info: KnowledgeBaseSearchInfo | None = None


class PromptNodeOverride(Wire):
    prompt: str | None = None
    llm: str | None = None
    reasoning_effort: words.ReasoningEffort | None = None
    thinking_budget: Integer | None = None
    enable_reasoning_summary: Flag | None = None
    temperature: Number | None = None
    max_tokens: Integer | None = None
    tool_ids: list[str] | None = None
    built_in_tools: BuiltInTools | None = None
    mcp_server_ids: list[str] | None = None
    native_mcp_server_ids: list[str] | None = None
    knowledge_base: list[KnowledgeBaseLocator] | None = None
    custom_llm: CustomLlm | None = None
    ignore_default_personality: Flag | None = None
    rag: RagNodeOverride | None = None
    timezone: str | None = None
    backup_llm_config: BackupLlm | None = None
    cascade_timeout_seconds: Number | None = None
    tools: list[Tool] | None = None
    service_tier: words.ServiceTier | None = None
    tool_ids_strict: Flag | None = None
    enable_parallel_tool_calls: Flag | None = None


class AgentNodeOverride(Wire):
    first_message: str | None = None
    language: str | None = None
    hinglish_mode: Flag | None = None
    dynamic_variables: DynamicVariablesNodeOverride | None = None
    disable_first_message_interruptions: Flag | None = None
    max_conversation_duration_message: str | None = None
    text_behavior_overrides: dict[str, BehaviorOverride] | None = None
    prompt: PromptNodeOverride | None = None


class ConversationalNodeOverride(Wire):
    asr: AsrNodeOverride | None = None
    turn: TurnNodeOverride | None = None
    tts: TtsNodeOverride | None = None
    conversation: ConversationNodeOverride | None = None
    language_presets: dict[str, LanguagePreset] | None = None
    vad: VadNodeOverride | None = None
    agent: AgentNodeOverride | None = None
