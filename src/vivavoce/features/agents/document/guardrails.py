"""What the agent must not say or be talked into."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, OneOf, Wire, known, section
from vivavoce.features.agents.document import words


class FocusGuardrail(Wire):
    is_enabled: Flag = False


class PromptInjectionGuardrail(Wire):
    is_enabled: Flag = False


class ContentThresholdGuardrail(Wire):
    is_enabled: Flag = False
    threshold: Number | Annotated[str, known("low", "medium", "high")] = 0.3


class ContentConfig(Wire):
    sexual: ContentThresholdGuardrail = section(ContentThresholdGuardrail)
    violence: ContentThresholdGuardrail = section(ContentThresholdGuardrail)
    harassment: ContentThresholdGuardrail = section(ContentThresholdGuardrail)
    self_harm: ContentThresholdGuardrail = section(ContentThresholdGuardrail)
    profanity: ContentThresholdGuardrail = section(ContentThresholdGuardrail)
    religion_or_politics: ContentThresholdGuardrail = section(ContentThresholdGuardrail)
    medical_and_legal_information: ContentThresholdGuardrail = section(ContentThresholdGuardrail)


class EndCallTriggerAction(Wire):
    type: Literal["end_call"] = "end_call"


class RetryTriggerAction(Wire):
    type: Literal["retry"] = "retry"
    feedback: str = (
        "That reply was held back: {{trigger_reason}}. Tell the caller that you cannot help with this, "
        "and offer to help with something else."
    )


TriggerAction = Annotated[Wire, OneOf("type", EndCallTriggerAction, RetryTriggerAction)]


class ContentGuardrail(Wire):
    execution_mode: words.GuardrailExecutionMode = "streaming"
    config: ContentConfig = section(ContentConfig)
    trigger_action: TriggerAction = section(EndCallTriggerAction)


class ThresholdGuardrail(Wire):
    is_enabled: Flag = False
    threshold: Number = Field(default=0.3, le=1, ge=0)


class ModerationConfig(Wire):
    sexual: ThresholdGuardrail = section(ThresholdGuardrail)
    violence: ThresholdGuardrail = section(ThresholdGuardrail)
    violence_graphic: ThresholdGuardrail = section(ThresholdGuardrail)
    harassment: ThresholdGuardrail = section(ThresholdGuardrail)
    harassment_threatening: ThresholdGuardrail = section(ThresholdGuardrail)
    hate: ThresholdGuardrail = section(ThresholdGuardrail)
    hate_threatening: ThresholdGuardrail = section(ThresholdGuardrail)
    self_harm_instructions: ThresholdGuardrail = section(ThresholdGuardrail)
    self_harm: ThresholdGuardrail = section(ThresholdGuardrail)
    self_harm_intent: ThresholdGuardrail = section(ThresholdGuardrail)
    sexual_minors: ThresholdGuardrail = section(ThresholdGuardrail)


class ModerationGuardrail(Wire):
    execution_mode: words.GuardrailExecutionMode = "streaming"
    config: ModerationConfig = section(ModerationConfig)


class CustomGuardrailConfig(Wire):
    is_enabled: Flag = False
    name: str = Field(max_length=500, min_length=1)
    prompt: str = Field(max_length=10000, min_length=1)
    execution_mode: words.GuardrailExecutionMode = "streaming"
    model: str = "gemini-3.1-flash-lite"
    history_message_count: Integer = Field(default=0, le=100, ge=0)
    history_include_tool_calls: Flag = False
    trigger_action: TriggerAction = section(EndCallTriggerAction)
    evaluate_full_response_only: Flag = False


class CustomGuardrailsConfig(Wire):
    configs: list[CustomGuardrailConfig] = []


class CustomGuardrail(Wire):
    config: CustomGuardrailsConfig = section(CustomGuardrailsConfig)


class Guardrails(Wire):
    version: Literal["1"] = "1"
    focus: FocusGuardrail = section(FocusGuardrail)
    prompt_injection: PromptInjectionGuardrail = section(PromptInjectionGuardrail)
    content: ContentGuardrail = section(ContentGuardrail)
    moderation: ModerationGuardrail | None = None
    custom: CustomGuardrail = section(CustomGuardrail)
