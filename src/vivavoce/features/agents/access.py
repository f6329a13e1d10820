"""Who may talk to an agent: the page it is embedded in, the proof a client brings.

    platform_settings.auth     enable_auth            a proof is needed: a signed URL's token, or the shareable token
                               allowlist              only pages of these hosts; exactly, there are no wildcards
                               require_origin_header  with an allowlist: also refuse clients that name no page

Both must pass where both are set. The token of a signed URL is sealed by the vault: only this installation can make or
read it, it names what it is for, and it says until when a conversation may be *started* with it. A conversation that
runs is not cut when it expires.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import asdict
from typing import cast
from urllib.parse import urlsplit

import orjson

from vivavoce.base.errors import Forbidden, Problem, Unauthorized
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.features.agents.document.defaults import with_defaults
from vivavoce.features.agents.records import Agent
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.vault import Vault

SIGNED_URL_SECONDS = 15 * 60
_PURPOSE = "conversation_signature"


@frozen(kw_only=True)
class Grant:
    """What a signed URL allows: starting a conversation with this agent, until `expires_at` (microseconds UTC)."""

    agent_id: str
    expires_at: int
    branch_id: str | None = None
    version_id: str | None = None
    environment: str | None = None
    conversation_id: str | None = None
    """With one, the token is good for this conversation alone, once."""
    trial_of: str | None = None
    """Who tries the agent out: their draft runs, if they have one, and they are told everything."""


class Signatures:
    """Makes and reads the tokens of signed URLs: letters, digits, `-` and `_` only, as clients encode them anew."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    async def sign(self, workspace_id: str, grant: Grant) -> str:
        """The token of a grant."""
        sealed = await self._vault.seal(workspace_id, _PURPOSE, orjson.dumps(asdict(grant)).decode())
        return base64.urlsafe_b64encode(sealed.encode()).decode().rstrip("=")

    async def read(self, workspace_id: str, agent_id: str, token: str) -> Grant:
        """The grant in a token; `Unauthorized` if it is not ours, for another agent, or too old."""
        grant = await self._open(workspace_id, token)
        if grant is None or grant.agent_id != agent_id:
            raise Unauthorized("This conversation signature is not valid for this agent.", status="invalid_signature")
        if grant.expires_at < self._clock.now():
            raise Unauthorized("This signed URL has expired. Get a new one.", status="signature_expired")
        return grant

    async def _open(self, workspace_id: str, token: str) -> Grant | None:
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
            return Grant(**orjson.loads(await self._vault.open(workspace_id, _PURPOSE, sealed)))
        except (binascii.Error, ValueError, TypeError, Problem):
            return None

    def expires_at(self) -> int:
        """When a token that is made now should expire."""
        return self._clock.now() + SIGNED_URL_SECONDS * SECOND


def auth_of(agent: Agent) -> Body:
    """Who may talk to an agent: `platform_settings.auth` of its main branch, complete with its defaults.

    The main branch speaks for all: nobody gets in by asking for an old version that was open.
    """
    platform: Body = agent.config.get("platform_settings") or {}
    auth: Body = with_defaults({"platform_settings": {"auth": platform.get("auth") or {}}})["platform_settings"]["auth"]
    return auth


def check_origin(auth: Mapping[str, Json], origin: str | None) -> None:
    """`Forbidden` if the page that asks is not one of those the agent allows. `auth` is complete with its defaults."""
    hosts = {str(cast(Body, item).get("hostname", "")).lower() for item in auth["allowlist"]}
    if not hosts or (origin is None and not auth["require_origin_header"]):
        return
    if origin is None:
        raise Forbidden("This agent can be used from web pages only.", status="origin_required")
    if hosts.isdisjoint(_names(origin)):
        raise Forbidden("This agent does not allow the page it was asked from.", status="origin_not_allowed")


def _names(origin: str) -> set[str]:
    """What an allowlist may call an origin: its host, or its host and port."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return set()
    return {(parts.hostname or "").lower(), parts.netloc.lower()} - {""}


def is_shared(auth: Mapping[str, Json], token: str) -> bool:
    """Whether a token is the agent's shareable one."""
    shared: object = auth["shareable_token"]
    return isinstance(shared, str) and bool(shared) and hmac.compare_digest(shared.encode(), token.encode())
