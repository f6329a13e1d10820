"""What providers at a vendor's server have in common: their key, their address, and what is said when they fail.

A message names the vendor and what happened. It never holds a key, not even one that the vendor repeats in its answer.
"""

import re
from collections.abc import Sequence

import orjson
from pydantic import Field, SecretStr

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json, is_array, is_object
from vivavoce.ports.outbound import LinePatience, Outbound, OutboundFailed, Request
from vivavoce.providers.registry import Options

_KEY_LIKE = re.compile(r"\b(?:(?:sk|pk|key|gsk|xai)[-_][\w*.-]{3,}[\w*]|AIza[\w*-]{8,})")
_LONGEST_COMPLAINT = 300
_HOPELESS = frozenset({400, 401, 402, 403, 404, 405, 422})
_DENIED = frozenset({401, 402, 403})
_SENTENCES = {
    400: "does not accept how it is asked; look at the provider's options",
    401: "refuses the key",
    402: "has no credit left for this key",
    403: "refuses the key, or this key may not do that",
    404: "has nothing at this address, or not this model",
    429: "is asked too often, or has no more room for this key",
}


LIVE = LinePatience(connect_seconds=3.0, send_seconds=5.0, alive_seconds=5.0)
"""Of a call's lines: somebody waits on the phone."""


class KeyedOptions(Options):
    """A vendor's key."""

    api_key: SecretStr = Field(description="The vendor's API key.")


def web_socket_address(value: str) -> str:
    """An address in the settings, of a server that speaks WebSocket: people write it either way."""
    value = value.rstrip("/")
    for http, web_socket in (("https://", "wss://"), ("http://", "ws://")):
        value = web_socket + value.removeprefix(http) if value.startswith(http) else value
    if not value.startswith(("ws://", "wss://")):
        raise ValueError("must begin with wss:// or ws://")
    return value


def as_http(address: str) -> str:
    """The same server, for requests."""
    return "http" + address.removeprefix("ws")


def http_address(value: str) -> str:
    """An address in the settings, of a server that speaks HTTP."""
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


class Trouble(Exception):
    """A vendor failed. `hopeless` says that asking again would change nothing, `denied` that this holds for everybody:
    the key is refused, or has run out. A voice or a language that the vendor does not have is one agent's trouble.
    """

    def __init__(self, message: str, hopeless: bool = False, *, denied: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hopeless = hopeless or denied
        self.denied = denied


async def asked_json(outbound: Outbound, vendor: "Vendor", request: Request) -> Json:
    """The JSON that a vendor answers with."""
    async with outbound.send(request) as reply:
        answer = await reply.read()
        if reply.status != 200:
            raise vendor.refusal(reply.status, said_in(answer))
    try:
        return orjson.loads(answer)
    except orjson.JSONDecodeError:
        raise Trouble(f"{vendor.name} answered something that is no JSON.") from None


@frozen
class Vendor:
    """Whom a message is about, and what must not be in it."""

    name: str
    secrets: Sequence[str] = ()

    def trouble(self, failure: OutboundFailed) -> Trouble:
        """A failure of the way to it."""
        if failure.status:
            return self.refusal(failure.status)
        return Trouble(f"{self.name}: {self.discreet(failure.message)}", failure.kind == "refused")

    def refusal(self, status: int, said: str = "") -> Trouble:
        """An answer that is none."""
        sentence = _SENTENCES.get(status, "fails" if status >= 500 else "does not do what it is asked")
        words = f" It says: {self.discreet(said)}" if said else ""
        message = f"{self.name} {sentence} ({status}).{words}"
        return Trouble(message, status in _HOPELESS, denied=status in _DENIED)

    def complaint(self, said: str, *, hopeless: bool = False, denied: bool = False) -> Trouble:
        """A failure that it told of by itself."""
        return Trouble(f"{self.name} says: {self.discreet(said) or 'nothing'}", hopeless, denied=denied)

    def discreet(self, text: str) -> str:
        """Without keys, in one line, and not endless."""
        text = " ".join(_KEY_LIKE.sub("***", self._without_secrets(text)).split())
        # Once more, because a key may only now be in one piece.
        text = self._without_secrets(text)
        return text if len(text) <= _LONGEST_COMPLAINT else text[:_LONGEST_COMPLAINT] + "..."

    def _without_secrets(self, text: str) -> str:
        for secret in filter(None, self.secrets):
            text = text.replace(secret, "***")
        return text

    def json(self, message: str | bytes) -> Body:
        """A message that is a JSON object, which all of theirs are."""
        try:
            body: Json = orjson.loads(message)
        except orjson.JSONDecodeError:
            body = None
        if not is_object(body):
            raise Trouble(f"{self.name} sent something that is no JSON object.")
        return body


def field_of(value: Json, name: str) -> Json:
    """A field of what should be an object."""
    return value.get(name) if is_object(value) else None


def list_of(value: Json) -> list[Json]:
    """What should be a list."""
    return value if is_array(value) else []


def first_of(value: Json) -> Json:
    """The first of what should be a list."""
    return value[0] if is_array(value) and value else None


def text_of(value: Json) -> str:
    """A field that should be text."""
    return value if isinstance(value, str) else ""


def said_in(body: bytes) -> str:
    """What an error's body says, wherever the vendor puts it."""
    try:
        value: Json = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    for _ in range(3):
        if is_object(value):
            found = value
            value = next((found[name] for name in ("error", "detail", "message", "err_msg") if name in found), "")
    return text_of(value)
