"""What every kind of tool has in common."""

from typing import Any, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Wire
from vivavoce.features.agents.document import words

TOOL_NAME = r"^[a-zA-Z0-9_-]{1,64}$"


class DynamicVariableAssignment(Wire):
    source: Literal["response"] = "response"
    dynamic_variable: str
    value_path: str
    sanitize: Flag = False
    preserve_native_type: Flag = False


class DynamicVariablesConfig(Wire):
    dynamic_variable_placeholders: dict[str, Any] = {}


class ToolBase(Wire):
    name: str = Field(pattern=TOOL_NAME)
    response_timeout_secs: Integer = 20
    disable_interruptions: Flag = False
    interruption_mode: words.ToolInterruptionMode = "allow"
    force_pre_tool_speech: Flag = False
    pre_tool_speech: words.PreToolSpeechMode = "auto"
    assignments: list[DynamicVariableAssignment] = []
    tool_call_sound: words.ToolCallSound | None = None
    tool_call_sound_behavior: words.ToolCallSoundBehavior = "auto"
    tool_error_handling_mode: words.ToolErrorHandlingMode = "auto"
