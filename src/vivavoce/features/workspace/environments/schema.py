"""Environment variables and environments on the wire."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from vivavoce.api.schema import Wire
from vivavoce.base.json import Body
from vivavoce.features.workspace.environments.service import Environment
from vivavoce.ports.clock import SECOND
from vivavoce.ports.documents import Document

VariableType = Literal["string", "secret", "auth_connection"]
# A label is written into URLs between braces, an environment's name into paths.
Label = Annotated[str, Field(pattern=r"^[^{}\s]{1,200}$")]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=65536)]


class SecretValue(Wire):
    """A secret as a value."""

    secret_id: str


class AuthConnectionValue(Wire):
    """An auth connection as a value."""

    auth_connection_id: str


class CreateStringEnvironmentVariableRequest(Wire):
    """A new variable that holds text."""

    type: Literal["string"] = "string"
    label: Label
    values: Annotated[dict[EnvironmentName, Text], Field(max_length=100)]


class CreateSecretEnvironmentVariableRequest(Wire):
    """A new variable that holds secrets."""

    type: Literal["secret"] = "secret"
    label: Label
    values: Annotated[dict[EnvironmentName, SecretValue], Field(max_length=100)]


class CreateAuthConnectionEnvironmentVariableRequest(Wire):
    """A new variable that holds auth connections."""

    type: Literal["auth_connection"] = "auth_connection"
    label: Label
    values: Annotated[dict[EnvironmentName, AuthConnectionValue], Field(max_length=100)]


class CreateEnvironmentVariableRequest(
    RootModel[
        Annotated[
            CreateStringEnvironmentVariableRequest
            | CreateSecretEnvironmentVariableRequest
            | CreateAuthConnectionEnvironmentVariableRequest,
            Field(discriminator="type"),
        ]
    ]
):
    """A new variable of any type."""

    model_config = ConfigDict(defer_build=True)


CREATE: type[BaseModel] = CreateEnvironmentVariableRequest


class UpdateEnvironmentVariableRequest(Wire):
    """Values for environments; null takes one away."""

    values: Annotated[
        dict[EnvironmentName, Text | SecretValue | AuthConnectionValue | None], Field(min_length=1, max_length=100)
    ]


class EnvironmentVariableResponse(Wire):
    """A variable."""

    label: str
    created_at_unix_secs: int
    updated_at_unix_secs: int
    created_by_user_id: str | None
    type: VariableType
    id: str
    workspace_id: str
    values: dict[str, str] | dict[str, SecretValue] | dict[str, AuthConnectionValue]


class EnvironmentVariablesListResponse(Wire):
    """A page of variables."""

    environment_variables: list[EnvironmentVariableResponse]
    next_cursor: str | None
    has_more: bool


class CreateEnvironmentRequest(Wire):
    """A new environment."""

    name: EnvironmentName


class EnvironmentResponse(Wire):
    """An environment."""

    name: str
    updated_at_unix_secs: int | None
    created_by_user_id: str | None


class EnvironmentsListResponse(Wire):
    """All environments."""

    environments: list[EnvironmentResponse]


def variable(document: Document, environment: str | None = None) -> Body:
    """A variable as the contract shows it, perhaps with the value of one environment alone."""
    body = document.body
    values: Mapping[str, object] = body["values"]
    return {
        "id": document.id,
        "workspace_id": document.workspace_id,
        "label": body["label"],
        "type": body["type"],
        "values": {name: value for name, value in values.items() if environment in (None, name)},
        "created_at_unix_secs": document.created_at // SECOND,
        "updated_at_unix_secs": document.updated_at // SECOND,
        "created_by_user_id": body["created_by_user_id"],
    }


def environment(found: Environment) -> Body:
    """An environment as the contract shows it."""
    return {
        "name": found.name,
        "updated_at_unix_secs": None if found.updated_at is None else found.updated_at // SECOND,
        "created_by_user_id": found.created_by_user_id,
    }
