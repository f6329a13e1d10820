"""Tools that the platform itself carries out."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Number, OneOf, Wire, section
from vivavoce.features.agents.document import words
from vivavoce.features.agents.document.tool_base import TOOL_NAME, ToolBase
from vivavoce.features.agents.document.transfers import AgentTransfer, PhoneNumberTransfer


class EndCall(Wire):
    system_tool_type: Literal["end_call"] = "end_call"


class LanguageDetection(Wire):
    system_tool_type: Literal["language_detection"] = "language_detection"
    only_at_conversation_start: Flag = False


class TransferToAgent(Wire):
    system_tool_type: Literal["transfer_to_agent"] = "transfer_to_agent"
    transfers: list[AgentTransfer] = []


class TransferToNumber(Wire):
    system_tool_type: Literal["transfer_to_number"] = "transfer_to_number"
    transfers: list[PhoneNumberTransfer] = []
    enable_client_message: Flag = True


class SkipTurn(Wire):
    system_tool_type: Literal["skip_turn"] = "skip_turn"
    wait_timeout_secs: Number | None = None


class PlayKeypadTouchTone(Wire):
    system_tool_type: Literal["play_keypad_touch_tone"] = "play_keypad_touch_tone"
    use_out_of_band_dtmf: Flag = True
    suppress_turn_after_dtmf: Flag = False


class VoicemailDetection(Wire):
    system_tool_type: Literal["voicemail_detection"] = "voicemail_detection"
    voicemail_message: str | None = None


class KnowledgeBaseRag(Wire):
    system_tool_type: Literal["knowledge_base_rag"] = "knowledge_base_rag"


class KnowledgeBaseSearch(Wire):
    system_tool_type: Literal["knowledge_base"] = "knowledge_base"
    enabled_strategies: list[words.SearchStrategy] = []


class ProcedureVersionRef(Wire):
    procedure_id: str
    version_id: str


class ProcedureDraftRef(Wire):
    procedure_id: str
    version_id: None = None


class StartProcedure(Wire):
    system_tool_type: Literal["start_procedure"] = "start_procedure"
    procedures: dict[str, ProcedureVersionRef | ProcedureDraftRef] = {}


class EndProcedure(Wire):
    system_tool_type: Literal["end_procedure"] = "end_procedure"
    procedures: dict[str, ProcedureVersionRef | ProcedureDraftRef] = {}


class SystemToolBase(ToolBase):
    type: Literal["system"] = "system"
    description: str = ""


class SystemTool(SystemToolBase):
    params: Annotated[
        Wire,
        OneOf(
            "system_tool_type",
            EndCall,
            LanguageDetection,
            TransferToAgent,
            TransferToNumber,
            SkipTurn,
            PlayKeypadTouchTone,
            VoicemailDetection,
            KnowledgeBaseRag,
            KnowledgeBaseSearch,
            StartProcedure,
            EndProcedure,
        ),
    ]


class TransferToAgentSlot(SystemToolBase):
    name: str = Field(default="transfer_to_agent", pattern=TOOL_NAME)
    params: TransferToAgent = section(TransferToAgent)


class EndCallSlot(SystemToolBase):
    name: str = Field(default="end_call", pattern=TOOL_NAME)
    params: EndCall = section(EndCall)


class LanguageDetectionSlot(SystemToolBase):
    name: str = Field(default="language_detection", pattern=TOOL_NAME)
    params: LanguageDetection = section(LanguageDetection)


class TransferToNumberSlot(SystemToolBase):
    name: str = Field(default="transfer_to_number", pattern=TOOL_NAME)
    params: TransferToNumber = section(TransferToNumber)


class SkipTurnSlot(SystemToolBase):
    name: str = Field(default="skip_turn", pattern=TOOL_NAME)
    params: SkipTurn = section(SkipTurn)


class PlayKeypadTouchToneSlot(SystemToolBase):
    name: str = Field(default="play_keypad_touch_tone", pattern=TOOL_NAME)
    params: PlayKeypadTouchTone = section(PlayKeypadTouchTone)


class VoicemailDetectionSlot(SystemToolBase):
    name: str = Field(default="voicemail_detection", pattern=TOOL_NAME)
    params: VoicemailDetection = section(VoicemailDetection)


class BuiltInTools(Wire):
    """One slot for each system tool; `{}` in a slot turns the tool on as it is, null turns it off."""

    transfer_to_agent: TransferToAgentSlot | None = None
    end_call: EndCallSlot | None = None
    language_detection: LanguageDetectionSlot | None = None
    transfer_to_number: TransferToNumberSlot | None = None
    skip_turn: SkipTurnSlot | None = None
    play_keypad_touch_tone: PlayKeypadTouchToneSlot | None = None
    voicemail_detection: VoicemailDetectionSlot | None = None
