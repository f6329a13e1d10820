"""Values that a document only refers to: a secret, a variable of the environment, an auth connection.

Documents hold `{"secret_id": ...}`, `{"env_var_label": ...}` or `{"auth_connection_id": ...}`; what these stand for is
looked up for the one request that needs it and is never kept, logged or put into a message.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json


class ReferenceMissing(Exception):
    """It leads to nothing. The message names what was looked for, and holds no value."""


class References(Protocol):
    """Looks values up."""

    async def value(self, workspace_id: str, reference: Mapping[str, Json], environment: str) -> str:
        """The text that a secret or a variable of the environment holds."""
        ...

    async def headers(self, workspace_id: str, reference: Mapping[str, Json], environment: str) -> Mapping[str, str]:
        """The headers that an auth connection puts on a request."""
        ...


@frozen
class KnownReferences:
    """The double: values by the id or label that refers to them, the same for every workspace."""

    values: Mapping[str, str] = field(default_factory=dict[str, str])

    async def value(self, workspace_id: str, reference: Mapping[str, Json], environment: str) -> str:
        """The value of the first id or label that is known."""
        _ = workspace_id, environment
        for name in reference.values():
            if isinstance(name, str) and name in self.values:
                return self.values[name]
        raise ReferenceMissing(f"There is no value for {dict(reference)}.")

    async def headers(self, workspace_id: str, reference: Mapping[str, Json], environment: str) -> Mapping[str, str]:
        """The value as a bearer token."""
        return {"authorization": f"Bearer {await self.value(workspace_id, reference, environment)}"}
