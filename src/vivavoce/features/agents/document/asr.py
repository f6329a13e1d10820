"""How the agent hears."""

from typing import Literal

from vivavoce.api.schema import Flag, Wire
from vivavoce.features.agents.document import words


class AsrConfig(Wire):
    quality: Literal["high"] = "high"
    provider: words.AsrProvider = "scribe_realtime"
    user_input_audio_format: words.AudioFormat = "pcm_16000"
    keywords: list[str] = []


class VadConfig(Wire):
    background_voice_detection: Flag = False
