"""The edge's own state in one server: who identifies callers, the options, the buckets. No globals anywhere."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from vivavoce.api.idempotency import Replays
from vivavoce.api.limits import Buckets
from vivavoce.api.options import ServerOptions
from vivavoce.api.passage import passage_of
from vivavoce.base.errors import TooMany
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.identity import Caller, Identity

_MOST_FAMILIAR = 10_000


@dataclass(slots=True)
class Edge:
    """What dependencies and routes ask on every request."""

    identity: Identity
    options: ServerOptions
    clock: Clock
    replays: Replays | None = None
    _requests: Buckets = field(init=False)
    _refusals: Buckets = field(init=False)
    _familiar: OrderedDict[bytes, None] = field(init=False, default_factory=OrderedDict[bytes, None])
    public_origin: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Set up the buckets."""
        requests, refusals = self.options.requests_per_minute, self.options.refusals_per_minute
        self._requests = Buckets(requests / 60, max(1, requests / 6))
        self._refusals = Buckets(refusals / 60, refusals)
        self.public_origin = _origin_of(self.options.public_url)

    def admit(self, caller: Caller) -> None:
        """Count a request of a caller; refuse it if there are too many."""
        if not self._requests.per_second:
            return
        wait = self._requests.take(caller.key_id or caller.user_id, self._now())
        if wait > 0:
            raise TooMany("Too many requests with this key. Slow down.", retry_after_seconds=wait)

    def check_refusals(self, client: str, key: str | None = None) -> None:
        """Refuse an address that tried too many wrong keys of late, before trying another one for it.

        A key that opened before for the same address is no try: behind one address there may be many people, and one
        of them must not shut out the others.
        """
        wait = self._refusals.wait(client, self._now())
        if wait > 0 and not (key is not None and _familiar(client, key) in self._familiar):
            raise TooMany("Too many wrong keys from this address. Wait a moment.", retry_after_seconds=wait)

    def count_refusal(self, client: str) -> None:
        """Remember that an address tried a wrong key, password or link."""
        self._refusals.take(client, self._now())

    def remember_key(self, client: str, key: str) -> None:
        """Remember that a key opened for an address."""
        self._familiar[_familiar(client, key)] = None
        if len(self._familiar) > _MOST_FAMILIAR:
            self._familiar.popitem(last=False)

    def _now(self) -> float:
        return self.clock.now() / SECOND


def edge_of(connection: HTTPConnection) -> Edge:
    """The edge of the server that this request came to."""
    return cast(Edge, connection.app.state.edge)


def _familiar(client: str, key: str) -> bytes:
    return hashlib.sha256(f"{client} {key}".encode()).digest()


def our_origin(connection: HTTPConnection) -> str:
    """How the world reaches this server, as far as it knows."""
    passage = passage_of(connection)
    return edge_of(connection).public_origin or f"{'https' if passage.secure else 'http'}://{passage.host}"


def _origin_of(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
