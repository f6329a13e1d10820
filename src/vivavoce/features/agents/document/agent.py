"""`conversation_config`: the agent as a caller meets it."""

from vivavoce.api.schema import Flag, Wire, section
from vivavoce.features.agents.document import words
from vivavoce.features.agents.document.asr import AsrConfig, VadConfig
from vivavoce.features.agents.document.conversation import ConversationConfig
from vivavoce.features.agents.document.overrides import ClientOverrides
from vivavoce.features.agents.document.prompt import PromptConfig
from vivavoce.features.agents.document.tool_base import DynamicVariablesConfig
from vivavoce.features.agents.document.tts import TtsConfig
from vivavoce.features.agents.document.turn import TurnConfig


class BehaviorOverride(Wire):
    verbosity: words.Verbosity | None = None
    output_format: words.OutputFormat | None = None
    interaction_budget: words.InteractionBudget | None = None


class AgentConfig(Wire):
    first_message: str = ""
    language: str = "en"
    hinglish_mode: Flag = False
    dynamic_variables: DynamicVariablesConfig = section(DynamicVariablesConfig)
    disable_first_message_interruptions: Flag = False
    max_conversation_duration_message: str = ""
    text_behavior_overrides: dict[str, BehaviorOverride] | None = None
    prompt: PromptConfig = section(PromptConfig)


class PresetTranslation(Wire):
    source_hash: str
    text: str


class LanguagePreset(Wire):
    overrides: ClientOverrides
    first_message_translation: PresetTranslation | None = None
    soft_timeout_translation: PresetTranslation | None = None
    noisy_environment_message_translation: PresetTranslation | None = None


class ConversationalConfig(Wire):
    asr: AsrConfig = section(AsrConfig)
    turn: TurnConfig = section(TurnConfig)
    tts: TtsConfig = section(TtsConfig)
    conversation: ConversationConfig = section(ConversationConfig)
    language_presets: dict[str, LanguagePreset] = {}
    vad: VadConfig = section(VadConfig)
    agent: AgentConfig = section(AgentConfig)
