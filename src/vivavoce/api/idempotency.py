"""Requests that may safely be sent twice: the `Idempotency-Key` header.

A client that sends a key of its own choosing with an unsafe request may repeat it, with the same key, until it hears
an answer. The request is carried out once; later ones within a day get the first one's answer again, with the header
`idempotent-replayed: true`.

Rules
- A key belongs to one caller, one method and one path. The same key with another body is refused.
- While the first request is at work, a second one is told so (409 with `Retry-After`).
- Only success is remembered. A request that failed left nothing behind and may be tried again.
- A process that died over a request leaves it at work; after a minute it may be tried again. What it had committed by
  then cannot be known here: this is the one gap, and it is why handlers commit last.
- An answer may hold a secret that is shown once. It is stored under a key derived from the client's own, of which only
  a hash is kept, so that the database alone cannot open it.

Requests without a key: docs/decisions says what is promised to clients that repeat those.
"""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from vivavoce.api.errors import InProgress
from vivavoce.base.errors import Conflict, Invalid
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.documents import Document, Documents, Kind
from vivavoce.ports.identity import Caller
from vivavoce.ports.jobs import Handler, Job, RunningJob

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HEADER = "idempotency-key"
REMEMBERED_SECONDS = 24 * 60 * 60
WORKING_SECONDS = 60

REPLIES = Kind("idempotent_replies", "idem", name=lambda _: "", unique=lambda body: body["key"])

_FORGET = "edge.forget_reply"
_LONGEST_KEY = 255
_LONGEST_REPLY_BYTES = 1024 * 1024
_NONCE_BYTES = 12

_log: Any = structlog.get_logger("vivavoce.api")


@frozen
class _Claim:
    """One request's right to be carried out once: where it is looked up, what it said, what seals its answer."""

    workspace_id: str
    lookup: str
    fingerprint: str
    seal: bytes


class Replays:
    """Remembers the answers of requests that carry a key."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def once(self, request: Request, caller: Caller, carry_out: Callable[[], Awaitable[Response]]) -> Response:
        """The answer to a request that carries a key: a remembered one, or the one that `carry_out` gives."""
        claim = await _claim(request, caller)
        begun = await self._begin(claim)
        if isinstance(begun, Response):
            return begun
        try:
            response = await carry_out()
        except Exception:
            await self._quietly(self._forget(begun))
            raise
        await self._quietly(self._finish(begun, claim, response))
        return response

    def handlers(self) -> list[Handler]:
        """The job that forgets an answer after its day."""
        return [Handler(_FORGET, self._forget_later)]

    async def _begin(self, claim: _Claim) -> Document | Response:
        known = await self._documents.find(REPLIES, claim.workspace_id, claim.lookup)
        if known is None:
            return await self._claim_anew(claim)
        if known.body["fingerprint"] != claim.fingerprint:
            raise Invalid(
                ("header", HEADER),
                "This key was used for another request. Take a new key for each new request.",
                type="idempotency_key_reused",
            )
        if "reply" in known.body:
            return self._replayed(known.body, claim)
        return await self._take_over(known)

    async def _claim_anew(self, claim: _Claim) -> Document:
        body: Body = {"key": claim.lookup, "fingerprint": claim.fingerprint}
        try:
            async with self._documents.transaction() as transaction:
                document = await transaction.insert(REPLIES, claim.workspace_id, body)
                await transaction.enqueue(self._forget_job(document))
        except Conflict:
            raise InProgress(_AT_WORK) from None
        return document

    async def _take_over(self, known: Document) -> Document:
        """Go on with a request whose process seems to have died over it."""
        if self._clock.now() - known.updated_at < WORKING_SECONDS * SECOND:
            raise InProgress(_AT_WORK)
        try:
            async with self._documents.transaction() as transaction:
                return await transaction.update(REPLIES, known, {**known.body, "again": self._clock.now()})
        except Conflict:
            raise InProgress(_AT_WORK) from None

    async def _finish(self, begun: Document, claim: _Claim, response: Response) -> None:
        if isinstance(response, StreamingResponse) or not _is_worth_keeping(response):
            await self._forget(begun)
            return
        nonce = self._clock.entropy(_NONCE_BYTES)
        sealed = nonce + _cipher(claim.seal).encrypt(nonce, bytes(response.body), None)
        body: Body = {
            **begun.body,
            "status": response.status_code,
            "content_type": response.headers.get("content-type"),
            "reply": base64.b64encode(sealed).decode(),
        }
        async with self._documents.transaction() as transaction:
            await transaction.update(REPLIES, begun, body)

    def _replayed(self, body: Body, claim: _Claim) -> Response:
        sealed = base64.b64decode(body["reply"])
        content = _cipher(claim.seal).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        headers = {"idempotent-replayed": "true"}
        if body["content_type"] is not None:
            headers["content-type"] = body["content_type"]
        return Response(content, status_code=body["status"], headers=headers)

    def _forget_job(self, document: Document) -> Job:
        run_at = self._clock.now() + REMEMBERED_SECONDS * SECOND
        return Job(_FORGET, document.workspace_id, {"id": document.id}, run_at=run_at)

    async def _forget_later(self, job: RunningJob) -> None:
        async with self._documents.transaction() as transaction:
            await transaction.delete(REPLIES, job.workspace_id, job.payload["id"])

    async def _forget(self, begun: Document) -> None:
        async with self._documents.transaction() as transaction:
            await transaction.delete(REPLIES, begun.workspace_id, begun.id)

    async def _quietly(self, bookkeeping: Awaitable[None]) -> None:
        """What was carried out is answered, even where remembering it fails."""
        try:
            await bookkeeping
        except Exception:
            _log.exception("idempotent_reply_not_kept")


_AT_WORK = "The same request is at work right now. Ask again in a moment."


def _is_worth_keeping(response: Response) -> bool:
    return response.status_code < 300 and len(response.body) <= _LONGEST_REPLY_BYTES


async def _claim(request: Request, caller: Caller) -> _Claim:
    key = request.headers[HEADER]
    if not 0 < len(key) <= _LONGEST_KEY or not key.isprintable():
        raise Invalid(("header", HEADER), f"A key is 1 to {_LONGEST_KEY} printable characters.", type="value_error")
    who = caller.key_id or caller.user_id
    scope = "\0".join([caller.workspace_id, who, request.method, request.url.path, key]).encode()
    return _Claim(
        workspace_id=caller.workspace_id,
        lookup=hashlib.sha256(b"lookup\0" + scope).hexdigest(),
        fingerprint=await _fingerprint(request),
        seal=hashlib.sha256(b"seal\0" + scope).digest(),
    )


async def _fingerprint(request: Request) -> str:
    """What makes two requests the same. A form is written anew for every attempt, so that only its route counts."""
    form = request.headers.get("content-type", "").startswith("multipart/")
    body = b"" if form else await request.body()
    return hashlib.sha256(request.url.query.encode() + b"\0" + body).hexdigest()


def _cipher(key: bytes) -> "AESGCM":
    # Imported at first need: few requests carry a key, and every process would pay for it at its start.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
