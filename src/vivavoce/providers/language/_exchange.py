"""The exchange with a model's server: one request, one stream of events, and what its failures mean.

A vendor's module makes the `Target` and reads the events (`_wire.Reading`). What a server says of a failure goes into
logs and records, so whatever looks like a key is taken out of it first.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress

import orjson

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.ports.language import MindFailed, Piece
from vivavoce.ports.outbound import Outbound, OutboundFailed, Patience, Reply, Request
from vivavoce.providers.far import Vendor
from vivavoce.providers.language._wire import Events, Reading, error_text

_RETRYABLE = frozenset({408, 409, 425, 429})
_ABOUT_REQUEST = frozenset({400, 413, 422})
_MEANINGS: Mapping[int, str] = {
    401: "the key is wrong or missing",
    402: "nobody has paid for it",
    403: "the key may not do this",
    404: "it does not know the model, or the address is wrong",
    429: "too many requests",
    529: "it is overloaded",
}
_KEY_REFUSED = re.compile(r"API_KEY_INVALID|API key not valid|API key expired", re.IGNORECASE)
_QUOTA = re.compile(r"insufficient_quota|credit balance is too low|billing_error|billing_hard_limit", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context_length_exceeded|maximum context length|prompt is too long|request_too_large|exceed_context_size"
    r"|input token count \S* ?exceeds|exceeds the (?:maximum number of tokens|available context)",
    re.IGNORECASE,
)
_READ_OUT_SECONDS = 0.05
_TOTAL_SECONDS = 600.0
_LARGEST_BYTES = 32 * 1024 * 1024
_LONGEST_REST_SECONDS = 600.0


@frozen
class Target:
    """Where a request goes and what it carries."""

    url: str
    headers: Mapping[str, str]
    body: Body
    silence_seconds: float = 20.0
    secrets: tuple[str, ...] = ()
    """Never to appear in a message."""


def bearer(key: str | None) -> Mapping[str, str]:
    """The header for a key."""
    return {"authorization": f"Bearer {key}"} if key else {}


@asynccontextmanager
async def ask(outbound: Outbound, target: Target, reading: Reading) -> AsyncGenerator[AsyncIterator[Piece]]:
    """One exchange. Leaving the block closes the connection, which is how such servers are told to stop."""
    sent = Request(
        "POST",
        target.url,
        {"content-type": "application/json", "accept": "text/event-stream, application/json", **target.headers},
        orjson.dumps(target.body),
        Patience(silence_seconds=target.silence_seconds, total_seconds=_TOTAL_SECONDS, largest_bytes=_LARGEST_BYTES),
    )
    with _as_mind():
        async with outbound.send(sent) as reply:
            if reply.status != 200:
                raise await _refusal(reply, target)
            yield _pieces(reply, reading, target)


async def _pieces(reply: Reply, reading: Reading, target: Target) -> AsyncIterator[Piece]:
    with _as_mind(), _discreet(target):
        async for data in _data(reply, reading):
            for piece in reading.add(data):
                yield piece
        for piece in reading.end():
            yield piece


async def _data(reply: Reply, reading: Reading) -> AsyncIterator[bytes]:
    """The data of the events, or all of an answer that comes in one."""
    if "json" in reply.headers.get("content-type", ""):
        yield await reply.read()
        return
    events, chunks = Events(), reply.chunks()
    async for chunk in chunks:
        for data in events.feed(chunk):
            yield data
        if reading.is_over:
            await _read_out(chunks)
            break
    for data in events.end():
        yield data


async def _read_out(chunks: AsyncIterator[bytes]) -> None:
    """Read the end of the body, which is usually there already: only then the connection can be used again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_READ_OUT_SECONDS):
            async for _ in chunks:
                pass


# ---------------------------------------------------------------------------------------------------------------
# Failures


@contextmanager
def _as_mind() -> Generator[None]:
    try:
        yield
    except OutboundFailed as failure:
        raise MindFailed(failure.message, retryable=failure.kind != "refused") from None


@contextmanager
def _discreet(target: Target) -> Generator[None]:
    try:
        yield
    except MindFailed as failure:
        failure.message = _discreet_text(failure.message, target)
        failure.args = (failure.message,)
        raise


async def _refusal(reply: Reply, target: Target) -> MindFailed:
    """What a status other than 200 means."""
    try:
        body: Json = orjson.loads(await reply.read())
    except (orjson.JSONDecodeError, OutboundFailed):
        body = {}
    whole = str(body)
    too_long, out_of_quota = bool(_TOO_LONG.search(whole)), bool(_QUOTA.search(whole))
    retryable = (reply.status in _RETRYABLE or reply.status >= 500) and not too_long and not out_of_quota
    is_key = _KEY_REFUSED.search(whole) is not None
    said = _discreet_text(error_text(body), target)
    return MindFailed(
        f"The model's server answered {reply.status}{_meaning(reply.status, whole)}{': ' + said if said else '.'}",
        retryable=retryable,
        is_about_request=too_long or (reply.status in _ABOUT_REQUEST and not (out_of_quota or is_key)),
        lacks_model=reply.status == 404,
        retry_after_seconds=_retry_after(reply, body),
    )


def _meaning(status: int, whole: str) -> str:
    if _TOO_LONG.search(whole):
        return " (the conversation is too long for the model)"
    if _QUOTA.search(whole):
        return " (the quota is used up)"
    if _KEY_REFUSED.search(whole):
        return f" ({_MEANINGS[401]})"
    return f" ({_MEANINGS[status]})" if status in _MEANINGS else ""


def _retry_after(reply: Reply, body: Json) -> float | None:
    """When the server wants to be asked again: by its header, or as Google writes it in the body."""
    written = reply.headers.get("retry-after", "")
    found = re.search(r"'retryDelay': '(\d+(?:\.\d+)?)s'", str(body))
    seconds = written if re.fullmatch(r"\d{1,6}(\.\d+)?", written) else found.group(1) if found else None
    return None if seconds is None else min(float(seconds), _LONGEST_REST_SECONDS)


def _discreet_text(text: str, target: Target) -> str:
    return Vendor("", target.secrets).discreet(text)
