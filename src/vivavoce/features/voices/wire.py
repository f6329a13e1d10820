"""Messages of the two speaking sockets: what clients send, and what they are sent.

{"text": " ", "voice_settings": {...}, "xi_api_key": "..."}     the first of a stream
{"text": "Hello there. ", "flush": true}                       more of it
{"text": ""}                                                   the end
{"context_id": "a", ...}                                       which of several, where there are several
{"context_id": "a", "close_context": true}  {"close_socket": true}

{"audio": "...", "isFinal": null, "alignment": {...}, "normalizedAlignment": {...}, "contextId": "a"}
{"audio": null, "isFinal": true, "contextId": "a"}
{"message": "...", "error": "...", "code": 1008}
"""

from base64 import b64encode
from typing import cast

import orjson

from vivavoce.base.errors import Malformed, Problem
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json, is_object
from vivavoce.engine.events import Alignment
from vivavoce.features.voices.saying import Chunk

LARGEST_MESSAGE_BYTES = 256 * 1024
LONGEST_CONTEXT_ID = 100


@frozen
class Message:
    """One message of a client. No text is a message that only commands."""

    text: str | None
    body: Body
    context_id: str

    @property
    def ends(self) -> bool:
        """Whether this is the end of the only stream."""
        return self.text == ""

    @property
    def key(self) -> str | None:
        """A key that came along, because the client's socket cannot have headers."""
        found: Json = self.body.get("xi_api_key") or self.body.get("xi-api-key")
        if isinstance(found, str):
            return found
        bearer: Json = self.body.get("authorization")
        return bearer.removeprefix("Bearer ").strip() if isinstance(bearer, str) else None

    def says(self, command: str) -> bool:
        """Whether it commands this."""
        return self.body.get(command) is True

    def object(self, name: str) -> Body:
        """A part of it."""
        found: Json = self.body.get(name)
        return found if is_object(found) else {}

    def list(self, name: str) -> list[Body]:
        """Objects in it."""
        found: Json = self.body.get(name)
        return [each for each in cast("list[Json]", found) if is_object(each)] if isinstance(found, list) else []


def read(frame: str | bytes) -> Message:
    """A client's message."""
    if len(frame) > LARGEST_MESSAGE_BYTES:
        raise Malformed(f"A message may have {LARGEST_MESSAGE_BYTES:,} bytes at most.", status="message_too_large")
    try:
        body: Json = orjson.loads(frame)
    except orjson.JSONDecodeError:
        body = None
    if not is_object(body):
        raise Malformed('A message looks like {"text": "Hello there. "}.', status="invalid_message")
    text: Json = body.get("text")
    context: Json = body.get("context_id") or body.get("contextId") or ""
    if not isinstance(text, str | None) or not isinstance(context, str) or len(context) > LONGEST_CONTEXT_ID:
        raise Malformed(
            f"text is text, and context_id is text of at most {LONGEST_CONTEXT_ID} characters.",
            status="invalid_message",
        )
    return Message(text, body, context)


def sound(chunk: Chunk, context_id: str | None = None) -> bytes:
    """Some sound."""
    times = _times(chunk.alignment, chunk.seconds)
    body: Body = {
        "audio": b64encode(chunk.data).decode(),
        "isFinal": None,
        "normalizedAlignment": times,
        "alignment": times,
    }
    return orjson.dumps(body if context_id is None else {**body, "contextId": context_id})


def final(context_id: str | None = None) -> bytes:
    """The end of a stream."""
    body: Body = {"audio": None, "isFinal": True, "normalizedAlignment": None, "alignment": None}
    return orjson.dumps(body if context_id is None else {**body, "contextId": context_id})


def trouble(problem: Problem, code: int) -> bytes:
    """Why it does not go on."""
    return orjson.dumps({"message": problem.message, "error": problem.status, "code": code})


def _times(alignment: Alignment | None, seconds: float) -> Body | None:
    if alignment is None:
        return None
    starts = [round(start * 1000) for start in alignment.starts_seconds]
    ends = [*starts[1:], round(seconds * 1000)]
    return {
        "chars": list(alignment.text),
        "charStartTimesMs": starts,
        "charDurationsMs": [max(0, end - start) for start, end in zip(starts, ends, strict=True)],
    }
