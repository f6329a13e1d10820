"""How the agent sounds."""

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, Wire
from vivavoce.features.agents.document import words


class SupportedVoice(Wire):
    label: str = Field(min_length=1)
    voice_id: str = Field(min_length=1)
    description: str | None = None
    language: str | None = None
    model_family: words.TtsModelFamily | None = None
    optimize_streaming_latency: Integer | None = None
    stability: Number | None = Field(default=None, le=1, ge=0)
    speed: Number | None = Field(default=None, le=1.2, ge=0.7)
    similarity_boost: Number | None = Field(default=None, le=1, ge=0)
    clone_strength: Number | None = None


class SuggestedAudioTag(Wire):
    tag: str = Field(max_length=30, min_length=1)
    description: str | None = Field(default=None, max_length=200)


class PronunciationDictionaryLocator(Wire):
    pronunciation_dictionary_id: str
    version_id: str | None


class AudioEffects(Wire):
    filter_preset_id: str | None = None
    distance: Number = Field(default=0, le=1, ge=0)
    environment_id: str | None = None
    background_noise_id: str | None = None
    send_level: Number = Field(default=1, le=1, ge=0)
    seed: Integer | None = None
    pan: Number = 0


class TtsConfig(Wire):
    model_id: words.TtsModel = "eleven_flash_v2"
    voice_id: str = "cjVigY5qzO86Huf0OWal"
    supported_voices: list[SupportedVoice] = []
    expressive_mode: Flag = True
    suggested_audio_tags: list[SuggestedAudioTag] = Field(default=[], max_length=20)
    agent_output_audio_format: words.AudioFormat = "pcm_16000"
    optimize_streaming_latency: Integer = 3
    stability: Number = Field(default=0.5, le=1, ge=0)
    speed: Number = Field(default=1, le=1.2, ge=0.7)
    similarity_boost: Number = Field(default=0.8, le=1, ge=0)
    text_normalisation_type: words.TextNormalisation = "system_prompt"
    pronunciation_dictionary_locators: list[PronunciationDictionaryLocator] = []
    enable_phoneme_tags: Flag = True
    audio_effects: AudioEffects | None = None
    clone_strength: Number | None = None
