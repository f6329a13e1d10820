"""The recorder: both sides of a call on the call's audio clock, the agent's side as it was played.

Two mono tracks of 16-bit PCM at one rate each. A position is seconds since the call began; what lies between two
writes is silence. Writing never waits.
"""

from dataclasses import dataclass, field
from typing import Protocol


class Recording(Protocol):
    """One call's recording."""

    def caller(self, at_seconds: float, pcm: bytes) -> None:
        """What the caller said, from there on."""
        ...

    def agent(self, at_seconds: float, pcm: bytes) -> None:
        """What the caller heard of the agent, from there on; known only once it was played."""
        ...

    def close(self) -> None:
        """The call is over."""
        ...


class Recorder(Protocol):
    """Opens recordings."""

    def open(self, workspace_id: str, conversation_id: str, caller_rate_hz: int, agent_rate_hz: int) -> Recording:
        """Begin one."""
        ...


@dataclass
class Track:
    """PCM placed in time."""

    rate_hz: int
    pcm: bytearray = field(default_factory=bytearray)

    def write(self, at_seconds: float, pcm: bytes) -> None:
        """Place audio; an overlap with what is there begins where that ends."""
        start = round(at_seconds * self.rate_hz) * 2
        if start > len(self.pcm):
            self.pcm.extend(bytes(start - len(self.pcm)))
        self.pcm.extend(pcm)


@dataclass
class KeptRecording:
    """The double: both tracks in memory."""

    caller_track: Track
    agent_track: Track
    closed: bool = False

    def caller(self, at_seconds: float, pcm: bytes) -> None:
        """What the caller said."""
        self.caller_track.write(at_seconds, pcm)

    def agent(self, at_seconds: float, pcm: bytes) -> None:
        """What the caller heard."""
        self.agent_track.write(at_seconds, pcm)

    def close(self) -> None:
        """The call is over."""
        self.closed = True


@dataclass
class KeptRecordings:
    """The double of `Recorder`: everything stays in memory."""

    by_conversation: dict[str, KeptRecording] = field(default_factory=dict[str, KeptRecording])

    def open(self, workspace_id: str, conversation_id: str, caller_rate_hz: int, agent_rate_hz: int) -> KeptRecording:
        """Begin one."""
        _ = workspace_id
        recording = KeptRecording(Track(caller_rate_hz), Track(agent_rate_hz))
        self.by_conversation[conversation_id] = recording
        return recording


class NoRecording:
    """Keeps nothing: for calls that are not recorded."""

    def caller(self, at_seconds: float, pcm: bytes) -> None:
        """Nothing."""

    def agent(self, at_seconds: float, pcm: bytes) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class NoRecorder:
    """Records nobody."""

    def open(self, workspace_id: str, conversation_id: str, caller_rate_hz: int, agent_rate_hz: int) -> NoRecording:
        """Keep nothing."""
        _ = workspace_id, conversation_id, caller_rate_hz, agent_rate_hz
        return NoRecording()
