"""Tickets: what a web page opens one speech socket with, because a key has no business in a browser.

A server of the customer's gets a ticket with its key and hands it to the page. It is good once, for one purpose, for
a quarter of an hour, and for no more than whoever got it may do. Only its hash is kept, and that until it is used or
the next one is made after its time.
"""

import base64
import hashlib
from typing import Literal, cast

from vivavoce.base.errors import Unauthorized
from vivavoce.base.json import Body
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.documents import Documents, Kind, Query
from vivavoce.ports.identity import Caller, Role

Purpose = Literal["realtime_scribe", "tts_websocket"]

TICKETS = Kind("speech_tickets", "ticket", unique=lambda body: body["hash"])
PREFIX = "sutkn"
GOOD_SECONDS = 15 * 60
_SECRET_BYTES = 32
_LONGEST = 200


class Tickets:
    """Makes tickets, and takes each once."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def issue(self, caller: Caller, purpose: Purpose) -> str:
        """Another ticket. Those whose time is over go at the occasion."""
        secret = base64.b32encode(self._clock.entropy(_SECRET_BYTES)).decode().rstrip("=").lower()
        token = f"{PREFIX}.{caller.workspace_id}.{secret}"
        body: Body = {
            "hash": _hash(token),
            "purpose": purpose,
            "user_id": caller.user_id,
            "role": caller.role,
            "expires_at": self._clock.now() + GOOD_SECONDS * SECOND,
        }
        oldest = await self._documents.page(TICKETS, caller.workspace_id, Query(descending=False))
        late = [each.id for each in oldest.items if each.body["expires_at"] < self._clock.now()]
        async with self._documents.transaction() as transaction:
            for id in late:
                await transaction.delete(TICKETS, caller.workspace_id, id)
            await transaction.insert(TICKETS, caller.workspace_id, body)
        return token

    async def redeem(self, token: str, purpose: Purpose) -> Caller:
        """Whoever a ticket was made for; `Unauthorized` if it is none, is too old, or was used."""
        workspace_id = token[:_LONGEST].partition(".")[2].rpartition(".")[0]
        found = await self._documents.find(TICKETS, workspace_id, _hash(token)) if len(token) <= _LONGEST else None
        if found is None or found.body["purpose"] != purpose or found.body["expires_at"] < self._clock.now():
            raise _refused()
        async with self._documents.transaction() as transaction:
            is_first = await transaction.delete(TICKETS, workspace_id, found.id)
        if not is_first:
            raise _refused()
        role = cast(Role, found.body["role"])
        return Caller(workspace_id, found.body["user_id"], role, frozenset({"speech_write"}))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _refused() -> Unauthorized:
    return Unauthorized(
        "This token is not known, was used, is older than a quarter of an hour, or is for something else. Get another "
        "one: POST /v1/single-use-token/{token_type}.",
        status="invalid_token",
    )
