"""Limits, events and sounds of a conversation."""

from typing import Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, Wire, section
from vivavoce.features.agents.document import words

# The contract names no default; without these no official client would show what is said.
DEFAULT_EVENTS = ("audio", "interruption", "user_transcript", "agent_response", "agent_response_correction")


class FileInputConfig(Wire):
    enabled: Flag = True
    max_files_in_memory: Integer = Field(default=10, le=30, ge=1)
    max_files_per_conversation: Integer = 10


class DtmfInputConfig(Wire):
    dtmf_input_timeout: Number = Field(default=2, le=10, ge=0.5)
    hash_terminator: Flag = True
    redact_input: Flag = False


class BackgroundSoundConfig(Wire):
    source_type: Literal["preset"] | None = None
    source_id: words.BackgroundSound | None = None
    volume: Number = Field(default=0.15, le=1, ge=0.01)
    crossfade_loop: Flag = True


class ConversationConfig(Wire):
    text_only: Flag = False
    max_duration_seconds: Integer = 600
    client_events: list[words.ClientEvent] = [*DEFAULT_EVENTS]
    file_input: FileInputConfig = section(FileInputConfig)
    monitoring_enabled: Flag = False
    monitoring_events: list[words.ClientEvent] = [*DEFAULT_EVENTS]
    dtmf_input_settings: DtmfInputConfig | None = None
    background_sound: BackgroundSoundConfig = section(BackgroundSoundConfig)
    source_attribution: Flag = False
