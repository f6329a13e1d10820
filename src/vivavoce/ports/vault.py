"""The vault: secrets of a workspace, sealed so that a stolen database says nothing.

`seal` turns a secret into text that may be stored anywhere; `open` turns it back. What was sealed for one workspace
and purpose opens for no other, so that a row copied elsewhere is worthless. The purpose says where the text lives:
"secret:secret_01...", "auth_connection:..." and the like.

Keys come in two layers: each workspace has data keys, which seal; a master key, which the operator keeps outside the
database, wraps the data keys. Either can be rotated: old text still opens, `is_current` says what is to be sealed
anew. A secret, a key or a part of one is in no message, no repr and no log.

Sealing may have to store a workspace's first key, so seal *before* a transaction is opened, never within one.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Protocol

from vivavoce.base.errors import Problem, Unavailable


class KeyMissing(Unavailable):
    """The master key that would open this is not among those given."""

    status = "master_key_missing"


class SealBroken(Problem):
    """Sealed text that was changed, cut, moved from elsewhere, or never was any."""

    status = "secret_unreadable"


Reseal = Callable[[str, str], Awaitable[str]]


class Vault(Protocol):
    """Seals and opens the secrets of workspaces."""

    async def seal(self, workspace_id: str, purpose: str, plaintext: str) -> str:
        """Text that only `open` with the same workspace and purpose can read."""
        ...

    async def open(self, workspace_id: str, purpose: str, sealed: str) -> str:
        """What was sealed; `SealBroken` if that cannot be, `KeyMissing` if it could with another master key."""
        ...

    async def is_current(self, workspace_id: str, sealed: str) -> bool:
        """Whether the text is sealed with the workspace's newest data key."""
        ...

    async def forget(self, workspace_id: str) -> None:
        """Destroy a workspace's data keys: nothing sealed for it will ever open again."""
        ...


class SealedThings(Protocol):
    """Whoever stores sealed text: how all that a workspace has is sealed anew after a rotation."""

    async def reseal(self, workspace_id: str, reseal: Reseal) -> None:
        """Replace each stored text by `await reseal(purpose, text)`."""
        ...


def no_seal() -> SealBroken:
    """The usual refusal: says what to do and nothing of what was read."""
    return SealBroken("This stored secret cannot be read: it was changed or belongs elsewhere. Set it again.")


_MARK = "NOT-SEALED"


class GlassVault:
    """The double: everybody can look in. It checks workspace and purpose as the real one does, and says what it is."""

    async def seal(self, workspace_id: str, purpose: str, plaintext: str) -> str:
        """The plain text, marked."""
        return ".".join([_MARK, *(_armoured(part) for part in (workspace_id, purpose, plaintext))])

    async def open(self, workspace_id: str, purpose: str, sealed: str) -> str:
        """The plain text, if workspace and purpose are those it was sealed for."""
        try:
            mark, *parts = sealed.split(".")
            made_for, what_for, plaintext = (base64.urlsafe_b64decode(part).decode() for part in parts)
        except (ValueError, binascii.Error):
            raise no_seal() from None
        if (mark, made_for, what_for) != (_MARK, workspace_id, purpose):
            raise no_seal()
        return plaintext

    async def is_current(self, workspace_id: str, sealed: str) -> bool:
        """Always, for there is no key to rotate."""
        return sealed.startswith(f"{_MARK}.{_armoured(workspace_id)}.")

    async def forget(self, workspace_id: str) -> None:
        """Nothing to destroy."""


def _armoured(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()
