"""When the agent speaks, waits and gives up."""

from typing import Annotated

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, Wire, known, section
from vivavoce.features.agents.document import words


class SoftTimeoutConfig(Wire):
    timeout_seconds: Number = -1
    message: str = Field(default="Hhmmmm...yeah.", max_length=200, min_length=1)
    additional_soft_timeout_messages: list[str] = Field(default=[], max_length=7)
    use_llm_generated_message: Flag = False
    randomize_fillers: Flag = False
    max_soft_timeouts_per_generation: Integer = Field(default=1, le=8, ge=1)
    llm_generated_message_prompt_override: str | None = Field(default=None, max_length=1000, min_length=1)
    disable_until_first_user_message: Flag = False


class TurnConfig(Wire):
    turn_timeout: Number = 7
    initial_wait_time: Number | None = None
    silence_end_call_timeout: Number = -1
    mode: Annotated[str, known("silence", "turn")] = "turn"
    turn_eagerness: words.TurnEagerness = "normal"
    spelling_patience: words.SpellingPatience = "auto"
    speculative_turn: Flag = False
    retranscribe_on_turn_timeout: Flag = False
    turn_model: words.TurnModel = "turn_v3"
    interruption_ignore_terms: list[str] = []
    interruption_ignore_term_languages: list[str] = []
    merge_with_default_ignore_terms: Flag = False
    transcribe_on_disabled_interruptions: Flag = False
    soft_timeout_config: SoftTimeoutConfig = section(SoftTimeoutConfig)
    noisy_environment_detection: Flag | None = None
    noisy_environment_message: str | None = None
