"""What the wires of all minds share: server-sent events, and reading JSON that somebody else wrote.

Pure but for the failures it raises. `Reading` is what a vendor's own wire module gives: it is fed the data of events
and gives pieces of an answer; `_exchange` does the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

import orjson

from vivavoce.base.json import Body, Json, is_array, is_object
from vivavoce.engine.commands import AgentMessage, Message, ToolMessage, UserMessage
from vivavoce.ports.language import MindFailed, Piece

Reason = Literal["stop", "length", "tools", "refused"]

GO_ON = "The last message is the begin of your reply, cut off. Go on exactly where it stops, and repeat nothing of it."
_LONGEST_EVENT_BYTES = 4 * 1024 * 1024


class Reading(Protocol):
    """An answer that is being read."""

    @property
    def is_over(self) -> bool:
        """Whether the server has said that nothing more will come."""
        ...

    def add(self, data: bytes) -> Iterator[Piece]:
        """The data of the next event, or the whole of an answer that is not streamed."""
        ...

    def end(self) -> Iterator[Piece]:
        """The stream is over: what was held back, and `Finished`; a `MindFailed` if it ended too early."""
        ...


class Events:
    """Finds the data of server-sent events in chunks that end anywhere."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of every event that is complete."""
        *lines, rest = (bytes(self._line) + chunk).split(b"\n")
        self._line = bytearray(rest)
        if len(rest) > _LONGEST_EVENT_BYTES:
            raise MindFailed("The model's server sends something that is no stream of events.")
        for line in lines:
            yield from self._read(line.rstrip(b"\r"))

    def end(self) -> Iterator[bytes]:
        """What was not yet ended with an empty line."""
        line, self._line = bytes(self._line), bytearray()
        yield from self._read(line.rstrip(b"\r"))
        yield from self._read(b"")

    def _read(self, line: bytes) -> Iterator[bytes]:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            data, self._data = b"\n".join(self._data), []
            yield data


# ---------------------------------------------------------------------------------------------------------------
# Reading


def object_in(data: bytes) -> Body:
    """The JSON object of an event."""
    try:
        chunk = orjson.loads(data)
    except orjson.JSONDecodeError:
        chunk = None
    if not is_object(chunk):
        raise MindFailed("The model's server sent something that is no JSON object.")
    return chunk


def part(value: Json, *names: str) -> Body:
    """The object at this place in another, or an empty one."""
    for name in names:
        value = value.get(name) if is_object(value) else None
    return value if is_object(value) else {}


def objects(value: Json) -> Sequence[Body]:
    """The objects in a list, if it is one."""
    return [each for each in value if is_object(each)] if is_array(value) else []


def text(value: Json) -> str:
    """A text, or none."""
    return value if isinstance(value, str) else ""


def count(value: Json) -> int:
    """A number of tokens, or none."""
    return value if isinstance(value, int) else 0


def arguments_of(name: str, written: str) -> Mapping[str, Json]:
    """The arguments of a tool call as a model wrote them."""
    if not name:
        raise MindFailed("The model called a tool without naming it.")
    try:
        arguments: Json = orjson.loads(written) if written.strip() else {}
    except orjson.JSONDecodeError:
        raise MindFailed(f"The model's arguments for {name} are no JSON.") from None
    if not is_object(arguments):
        raise MindFailed(f"The model's arguments for {name} are no JSON object.")
    return arguments


def error_text(error: Json) -> str:
    """What a server says about a failure, as far as a sentence of it can be found."""
    if is_object(error):
        return error_text(error.get("message") or error.get("error") or error.get("detail") or error.get("type") or "")
    if is_array(error):
        return error_text(error[0]) if error else ""
    return text(error)


def broke_off(error: Json, *, retryable: bool = True) -> MindFailed:
    """The failure that a server reports in the middle of its answer."""
    return MindFailed(f"The model broke off: {error_text(error)}", retryable=retryable)


def unfinished() -> MindFailed:
    """The failure of a stream that ends before its answer."""
    return MindFailed("The model's server closed the connection before the answer was complete.")


# ---------------------------------------------------------------------------------------------------------------
# Writing


def given(**fields: Any) -> Body:
    """The fields that are set: some servers refuse what they do not know, so what is not set is not sent."""
    return {name: value for name, value in fields.items() if value is not None}


def closed(schema: Json) -> Any:
    """The schema with objects that allow nothing beyond their properties unless they say so: vendors demand it."""
    if is_array(schema):
        return [closed(each) for each in schema]
    if not is_object(schema):
        return schema
    made = {name: closed(value) for name, value in schema.items()}
    return {"additionalProperties": False, **made} if made.get("type") == "object" else made


def is_strict(schema: Json) -> bool:
    """Whether a closed schema leaves nothing open, so that a vendor can hold its model to it exactly."""
    if is_array(schema):
        return all(is_strict(each) for each in schema)
    if not is_object(schema):
        return True
    if schema.get("type") == "object":
        required = schema.get("required")
        names = set(part(schema, "properties"))
        if schema.get("additionalProperties") is not False or names != set(required if is_array(required) else ()):
            return False
    return all(is_strict(value) for value in schema.values())


def answer_shape(schema: Json) -> Body:
    """A schema for an answer, as OpenAI writes it."""
    shape = closed(schema)
    return {"name": "answer", "schema": shape, "strict": is_strict(shape)}


def said_by(message: UserMessage) -> str:
    """The caller's words. A mind that is not told of files that it cannot see would answer as if there were none."""
    if not message.files:
        return message.text
    count = f"{len(message.files)} files" if len(message.files) > 1 else "a file"
    return f"{message.text}\n[The caller sent {count} along, which you cannot see.]".lstrip()


def told_by(message: ToolMessage) -> str:
    """A tool's answer as text."""
    return f"Error: {message.text}" if message.is_error else message.text


def goes_on(messages: Sequence[Message]) -> bool:
    """Whether the answer is the rest of one that another mind began."""
    last = messages[-1] if messages else None
    return isinstance(last, AgentMessage) and last.unfinished


def calls_before(messages: Sequence[Message]) -> int:
    """How many tools were called in a conversation."""
    return sum(len(message.calls) for message in messages if isinstance(message, AgentMessage))
