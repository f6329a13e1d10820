"""Secrets on the wire: values come in and never go out."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Wire

Name = Annotated[str, Field(min_length=1, max_length=256)]
Value = Annotated[str, Field(min_length=1, max_length=65536)]
ResourceType = Literal["tools", "agents", "phone_numbers"]
AccessLevel = Literal["admin", "editor", "commenter", "viewer"]


class PostWorkspaceSecretRequest(Wire):
    """A new secret."""

    type: Literal["new"]
    name: Name
    value: Value


class PatchWorkspaceSecretRequest(Wire):
    """Another name and value for a secret."""

    type: Literal["update"]
    name: Name
    value: Value


class PostWorkspaceSecretResponseModel(Wire):
    """A secret that was made or changed."""

    type: Literal["stored"]
    secret_id: str
    name: str


class DependentIdentifier(Wire):
    """Somebody who uses it. Of an unknown one only the id is there."""

    type: Literal["available", "unknown"]
    id: str
    name: str | None = None
    created_at_unix_secs: int | None = None
    access_level: AccessLevel | None = None


class DependentAgentIdentifier(DependentIdentifier):
    """An agent that uses it."""

    referenced_resource_ids: list[str] = []


class DependentPhoneNumberIdentifier(Wire):
    """A phone number that uses it."""

    phone_number_id: str
    phone_number: str
    label: str
    provider: Literal["twilio", "sip_trunk", "exotel"]


class ConvAIStoredSecretDependencies(Wire):
    """Who uses a secret."""

    tools: list[DependentIdentifier]
    tools_has_more: bool = False
    agents: list[DependentAgentIdentifier]
    agents_has_more: bool = False
    phone_numbers: list[DependentPhoneNumberIdentifier] = []
    phone_numbers_has_more: bool = False
    mcp_servers: list[DependentIdentifier] = []
    others: list[Literal["conversation_initiation_webhook"]]


class ConvAIWorkspaceStoredSecretConfig(Wire):
    """A secret with its users."""

    type: Literal["stored"]
    secret_id: str
    name: str
    used_by: ConvAIStoredSecretDependencies


class GetWorkspaceSecretsResponseModel(Wire):
    """A page of secrets."""

    secrets: list[ConvAIWorkspaceStoredSecretConfig]
    next_cursor: str | None = None


class GetSecretDependenciesResponseModel(Wire):
    """A page of the users of a secret."""

    dependencies: list[DependentIdentifier] | list[DependentAgentIdentifier] | list[DependentPhoneNumberIdentifier]
    next_cursor: str | None = None
