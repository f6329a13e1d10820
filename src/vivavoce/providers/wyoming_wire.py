"""Wyoming's events as they travel: a line of JSON, more JSON if it says so, and a payload if it says so.

    {"type": "audio-chunk", "data_length": 41, "payload_length": 2048}\\n
    {"rate": 16000, "width": 2, "channels": 1}  and 2048 bytes of sound

The protocol is Home Assistant's, spoken by many local engines. It has neither keys nor encryption: it is for networks
that one trusts. Pure: bytes in, events out, with a limit on each part.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field

import orjson

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json, is_object

LARGEST_HEAD_BYTES = 1024 * 1024
LARGEST_PAYLOAD_BYTES = 8 * 1024 * 1024
DEFAULT_EAR = "tcp://localhost:10300"
DEFAULT_VOICE = "tcp://localhost:10200"


class NoEvent(Exception):
    """What came is no event of the protocol."""


@frozen
class Event:
    """One event."""

    type: str
    data: Mapping[str, Json] = field(default_factory=dict[str, Json])
    payload: bytes = b""

    def encoded(self) -> bytes:
        """As it travels."""
        data = orjson.dumps(self.data) if self.data else b""
        head: dict[str, Json] = {"type": self.type}
        if data:
            head["data_length"] = len(data)
        if self.payload:
            head["payload_length"] = len(self.payload)
        return orjson.dumps(head) + b"\n" + data + self.payload


class Events:
    """Makes events of bytes as they come."""

    def __init__(self) -> None:
        self._raw = bytearray()

    def feed(self, raw: bytes) -> Iterator[Event]:
        """The events that are whole by now. `NoEvent` if it is none of the protocol."""
        self._raw.extend(raw)
        while (event := self._next()) is not None:
            yield event

    def _next(self) -> Event | None:
        end = self._raw.find(b"\n", 0, LARGEST_HEAD_BYTES)
        if end < 0:
            if len(self._raw) >= LARGEST_HEAD_BYTES:
                raise NoEvent("a head without an end")
            return None
        head = _object(bytes(self._raw[:end]))
        data_end = end + 1 + _length(head, "data_length", LARGEST_HEAD_BYTES)
        payload_end = data_end + _length(head, "payload_length", LARGEST_PAYLOAD_BYTES)
        if len(self._raw) < payload_end:
            return None
        data = head.get("data")
        whole: Body = dict(data) if is_object(data) else {}
        if data_end > end + 1:
            whole.update(_object(bytes(self._raw[end + 1 : data_end])))
        payload = bytes(self._raw[data_end:payload_end])
        del self._raw[:payload_end]
        kind = head.get("type")
        if not isinstance(kind, str):
            raise NoEvent("an event without a type")
        return Event(kind, whole, payload)


def _object(raw: bytes) -> Body:
    try:
        value: Json = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NoEvent("a head that is no JSON") from None
    if not is_object(value):
        raise NoEvent("a head that is no object")
    return value


def _length(head: Mapping[str, Json], name: str, largest: int) -> int:
    length = head.get(name) or 0
    if not isinstance(length, int) or not 0 <= length <= largest:
        raise NoEvent(f"a {name} that cannot be")
    return length


def sound_of(rate_hz: int) -> dict[str, Json]:
    """How our sound is described: 16 bit, mono."""
    return {"rate": rate_hz, "width": 2, "channels": 1}


def wyoming_address(value: str) -> str:
    """An address in the settings, with or without its scheme."""
    value = value if "://" in value else f"tcp://{value}"
    if not value.startswith("tcp://"):
        raise ValueError("must be tcp://host:port")
    return value
