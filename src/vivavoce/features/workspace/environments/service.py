"""Environment variables and the environments they differ in.

A variable has a label, a type and a value for each environment: text, a secret by its id, or an auth connection by
its id. `production` is always among them, and every environment without a value of its own falls back to it. An
environment exists once it was created, or once a variable has a value for it: clients that are older than environments
as objects only ever name them in values.

Documents refer to a variable by its label (`variable_reference`). A variable that tools, MCP servers or the
workspace's settings use is not deleted; agents are not asked, as the contract has it.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final, cast

from vivavoce.base.errors import Conflict, Invalid, Malformed, NotFound
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.base.pages import Page
from vivavoce.features.workspace.audit.service import Actor, AuditLog, created, deleted, updated
from vivavoce.features.workspace.connections.service import CONNECTIONS, connection_reference
from vivavoce.features.workspace.dependents import AGENTS, claim_unused, require
from vivavoce.features.workspace.listing import every
from vivavoce.features.workspace.secrets.service import SECRETS, secret_reference
from vivavoce.ports.clock import Clock
from vivavoce.ports.documents import Document, DocumentReader, Documents, DocumentTransaction, Kind, Query, Reference

PRODUCTION: Final = "production"
STRING: Final = "string"
SECRET: Final = "secret"  # noqa: S105  the name of a type
CONNECTION: Final = "auth_connection"
_NOUN = "Environment Variable"
_ENVIRONMENT = "Environment"

# What the value of each type looks like: text, or an object with one id under this key.
_ID_KEYS: Mapping[str, str] = {SECRET: "secret_id", CONNECTION: "auth_connection_id"}


def _facets(body: Body) -> Mapping[str, Iterable[str]]:
    return {"label": [body["label"]], "type": [body["type"]], "environment": list(body["values"])}


def _references(body: Body) -> Iterable[Reference]:
    if body["type"] == STRING:
        return []
    key = _ID_KEYS[body["type"]]
    make = secret_reference if body["type"] == SECRET else connection_reference
    values = cast("Mapping[str, Body]", body["values"])
    return [make(id) for id in dict.fromkeys(value[key] for value in values.values())]


VARIABLES = Kind(
    "environment_variables",
    "envvar",
    name=lambda body: body["label"],
    unique=lambda body: body["label"],
    facets=_facets,
    references=_references,
)
ENVIRONMENTS = Kind("environments", "environment", unique=lambda body: body["name"])


def _by_label(document: Document, _: Kind) -> Reference:
    return variable_reference(document.body["label"])


def variable_reference(label: str) -> Reference:
    """What a document declares that uses a variable: its label, which is how it is written."""
    return Reference(VARIABLES.kind, label)


@frozen
class StringValue:
    """Plain text."""

    text: str


@frozen
class SecretValue:
    """A secret, to be revealed where it is used."""

    secret_id: str


@frozen
class ConnectionValue:
    """An auth connection."""

    auth_connection_id: str


EnvironmentValue = StringValue | SecretValue | ConnectionValue


@frozen
class Environment:
    """An environment; nobody knows since when or by whom if only values name it."""

    name: str
    updated_at: int | None
    created_by_user_id: str | None


class EnvironmentVariables:
    """The variables of all workspaces; every call names one."""

    def __init__(self, documents: Documents, clock: Clock, audit: AuditLog) -> None:
        self._documents = documents
        self._clock = clock
        self._audit = audit

    async def create(self, actor: Actor, label: str, type: str, values: Mapping[str, Json]) -> Document:
        """A new variable; its label is free and production has a value."""
        if PRODUCTION not in values:
            raise Malformed(
                f"A variable needs a value for {PRODUCTION!r}; other environments fall back to it.",
                status="production_value_required",
            )
        body = {
            "label": label,
            "type": type,
            "values": dict(values),
            "changed_at": dict.fromkeys(values, self._clock.now()),
            "created_by_user_id": actor.user_id,
        }
        async with self._documents.transaction() as transaction:
            await self._check_values(transaction, actor.workspace_id, type, values)
            document = await transaction.insert(VARIABLES, actor.workspace_id, body)
            await self._audit.record(transaction, actor, created(_NOUN), Reference(VARIABLES.kind, document.id))
        return document

    async def get(self, workspace_id: str, id: str) -> Document:
        """A variable."""
        return await _variable(self._documents, workspace_id, id)

    async def page(self, workspace_id: str, query: Query) -> Page[Document]:
        """Variables, newest first; facets: label, type, environment."""
        return await self._documents.page(VARIABLES, workspace_id, query)

    async def update(self, actor: Actor, id: str, values: Mapping[str, Json]) -> Document:
        """Set values for environments; None takes an environment's value away, but never production's."""
        if PRODUCTION in values and values[PRODUCTION] is None:
            raise Malformed(f"The value for {PRODUCTION!r} cannot be removed.", status="production_value_required")
        async with self._documents.transaction() as transaction:
            document = await _variable(transaction, actor.workspace_id, id)
            given = {name: value for name, value in values.items() if value is not None}
            await self._check_values(transaction, actor.workspace_id, document.body["type"], given)
            body = _with_values(document.body, values, self._clock.now())
            changed = await transaction.update(VARIABLES, document, body)
            await self._audit.record(transaction, actor, updated(_NOUN), Reference(VARIABLES.kind, id))
        return changed

    async def delete(self, actor: Actor, id: str) -> None:
        """Remove a variable with its values."""
        async with self._documents.transaction() as transaction:
            await claim_unused(
                transaction, VARIABLES, actor.workspace_id, id, as_target=_by_label, except_kinds=[AGENTS]
            )
            await transaction.delete(VARIABLES, actor.workspace_id, id)
            await self._audit.record(transaction, actor, deleted(_NOUN), Reference(VARIABLES.kind, id))

    async def resolve(self, workspace_id: str, label: str, environment: str = PRODUCTION) -> EnvironmentValue | None:
        """What a label means in an environment; None if there is no such variable."""
        document = await self._documents.find(VARIABLES, workspace_id, label)
        if document is None:
            return None
        values = document.body["values"]
        value = values.get(environment, values[PRODUCTION])
        match document.body["type"]:
            case "secret":
                return SecretValue(value["secret_id"])
            case "auth_connection":
                return ConnectionValue(value["auth_connection_id"])
            case _:
                return StringValue(value)

    # Environments

    async def environments(self, workspace_id: str) -> Sequence[Environment]:
        """All environments: production, those that were created, those that values name."""
        return await _environments(self._documents, workspace_id)

    async def create_environment(self, actor: Actor, name: str) -> Environment:
        """A new environment; variables without a value for it fall back to production."""
        async with self._documents.transaction() as transaction:
            if any(known.name == name for known in await _environments(transaction, actor.workspace_id)):
                raise Conflict(f"There is an environment {name!r} already.", status="environment_exists")
            body = {"name": name, "created_by_user_id": actor.user_id}
            document = await transaction.insert(ENVIRONMENTS, actor.workspace_id, body)
            await self._audit.record(
                transaction, actor, created(_ENVIRONMENT), Reference(ENVIRONMENTS.kind, document.id)
            )
        return Environment(name, document.created_at, actor.user_id)

    async def delete_environment(self, actor: Actor, name: str) -> None:
        """Remove an environment and every value for it."""
        if name == PRODUCTION:
            raise Malformed(f"{PRODUCTION!r} cannot be deleted.", status="production_environment")
        async with self._documents.transaction() as transaction:
            if not any(known.name == name for known in await _environments(transaction, actor.workspace_id)):
                raise NotFound.of("environment", name)
            facets = {"environment": [name]}
            having = [found async for found in every(transaction, VARIABLES, actor.workspace_id, facets=facets)]
            for document in having:
                await transaction.update(
                    VARIABLES, document, _with_values(document.body, {name: None}, self._clock.now())
                )
            own = await transaction.find(ENVIRONMENTS, actor.workspace_id, name)
            if own is not None:
                await transaction.delete(ENVIRONMENTS, actor.workspace_id, own.id)
            await self._audit.record(transaction, actor, deleted(_ENVIRONMENT), Reference(ENVIRONMENTS.kind, name))

    async def _check_values(
        self, transaction: DocumentTransaction, workspace_id: str, type: str, values: Mapping[str, Json]
    ) -> None:
        for environment, value in values.items():
            loc = ("body", "values", environment)
            if type == STRING:
                if not isinstance(value, str):
                    raise Invalid(loc, "This variable holds text.", type="string_type")
                continue
            key = _ID_KEYS[type]
            id = cast(Body, value).get(key) if isinstance(value, dict) else None
            if not isinstance(id, str):
                raise Invalid((*loc, key), f'This variable holds {{"{key}": "..."}}.', type="missing")
            await require(transaction, SECRETS if type == SECRET else CONNECTIONS, workspace_id, id, (*loc, key))


async def _variable(reader: DocumentReader, workspace_id: str, id: str) -> Document:
    document = await reader.get(VARIABLES, workspace_id, id)
    if document is None:
        raise NotFound.of("environment variable", id)
    return document


def _with_values(body: Body, values: Mapping[str, Json], now: int) -> Body:
    changed_at = {**body["changed_at"], **dict.fromkeys(values, now)}
    merged = {**body["values"], **values}
    kept = [name for name, value in merged.items() if value is not None]
    return {
        **body,
        "values": {name: merged[name] for name in kept},
        "changed_at": {name: changed_at[name] for name in kept},
    }


async def _environments(reader: DocumentReader, workspace_id: str) -> Sequence[Environment]:
    found: dict[str, Environment] = {PRODUCTION: Environment(PRODUCTION, None, None)}
    async for document in every(reader, ENVIRONMENTS, workspace_id):
        name = document.body["name"]
        found[name] = Environment(name, document.created_at, document.body["created_by_user_id"])
    async for name, changed_at in _named_in_values(reader, workspace_id):
        known = found.get(name, Environment(name, None, None))
        latest = changed_at if known.updated_at is None else max(changed_at, known.updated_at)
        found[name] = Environment(name, latest, known.created_by_user_id)
    return sorted(found.values(), key=lambda environment: (environment.name != PRODUCTION, environment.name))


async def _named_in_values(reader: DocumentReader, workspace_id: str) -> AsyncIterator[tuple[str, int]]:
    async for document in every(reader, VARIABLES, workspace_id):
        for name, changed_at in document.body["changed_at"].items():
            yield name, changed_at
