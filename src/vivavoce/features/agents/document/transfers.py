"""Where a call may be transferred to, and how."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, OneOf, Wire, known
from vivavoce.features.agents.document import words


class AgentTransfer(Wire):
    agent_id: str | None = None
    node_id: str | None = None
    condition: str
    delay_ms: Integer = 0
    transfer_message: str | None = None
    enable_transferred_agent_first_message: Flag = False
    is_workflow_node_transfer: Flag = False
    preserve_client_tts_overrides: Flag = False
    branch_id: str | None = None
    preserve_voice_settings: Flag | None = None


class StaticSipHeader(Wire):
    type: Literal["static"] = "static"
    key: str = Field(max_length=64, min_length=1, pattern="^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")
    value: str = Field(max_length=512, min_length=1, pattern="^[\\x09\\x20-\\x7E]+$")


class DynamicSipHeader(Wire):
    type: Literal["dynamic"] = "dynamic"
    key: str = Field(max_length=64, min_length=1, pattern="^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")
    value: str = Field(min_length=1)


class PhoneDestination(Wire):
    type: Literal["phone"] = "phone"
    phone_number: str


class SipUriDestination(Wire):
    type: Literal["sip_uri"] = "sip_uri"
    sip_uri: str


class PhoneVariableDestination(Wire):
    type: Literal["phone_dynamic_variable"] = "phone_dynamic_variable"
    phone_number: str


class SipUriVariableDestination(Wire):
    type: Literal["sip_uri_dynamic_variable"] = "sip_uri_dynamic_variable"
    sip_uri: str


class UuiTransfer(Wire):
    data: str = Field(max_length=8192)
    protocol_discriminator: str | None = Field(default=None, pattern="^[0-9A-Fa-f]{2}$")
    protocol_discriminator_mode: Annotated[str, known("prefix", "pd_parameter")] = "prefix"


class StaticDigits(Wire):
    type: Literal["static"] = "static"
    value: str = Field(min_length=1, pattern="^[0-9*#wW]*$")


class DynamicDigits(Wire):
    type: Literal["dynamic"] = "dynamic"
    value: str = Field(min_length=1)


SipHeader = Annotated[Wire, OneOf("type", StaticSipHeader, DynamicSipHeader)]
TransferDestination = Annotated[
    Wire,
    OneOf("type", PhoneDestination, SipUriDestination, PhoneVariableDestination, SipUriVariableDestination),
]
PostDialDigits = Annotated[Wire, OneOf("type", StaticDigits, DynamicDigits)]


class PhoneTransfer(Wire):
    custom_sip_headers: list[SipHeader] = Field(default=[], max_length=20)
    transfer_destination: TransferDestination | None = None
    transfer_type: words.TransferType = "conference"
    sip_refer_play_dialtone: Flag = True
    uui: UuiTransfer | None = None
    post_dial_digits: PostDialDigits | None = None


class PhoneNumberTransfer(PhoneTransfer):
    phone_number: str | None = None
    condition: str
