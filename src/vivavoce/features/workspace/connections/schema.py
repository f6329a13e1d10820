"""Auth connections on the wire.

Each type is three models: what is public, what a client sends to make one (with secrets), what it gets back (without).
`SECRET_FIELDS` of a type are what is sealed and never shown again. Seven types are made here; the contract's others
come about when an integration is connected.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, Tag

from vivavoce.api.schema import Flag, Integer, Wire, cleared, unsent, without_nulls
from vivavoce.base.json import Body
from vivavoce.features.workspace.connections.types import type_of
from vivavoce.features.workspace.secrets.schema import DependentIdentifier

Name = Annotated[str, Field(min_length=1, max_length=256)]
Word = Annotated[str, Field(max_length=4096)]
Secret = Annotated[str, Field(min_length=1, max_length=65536)]
Words = Annotated[list[Word], Field(max_length=200)]
WordMap = Annotated[dict[Annotated[str, Field(max_length=256)], Word], Field(max_length=200)]
Algorithm = Literal["HS256", "HS384", "HS512", "RS256", "RS384", "RS512"]
Seconds = Annotated[Integer, Field(ge=60, le=86400)]
TokenField = Literal["access_token", "id_token"]


class _Connection(Wire):
    name: Name
    provider: Word


class _OAuth2ClientCreds(_Connection):
    auth_type: Literal["oauth2_client_credentials"] = "oauth2_client_credentials"
    client_id: Word
    token_url: Word
    scopes: Words = []
    extra_params: WordMap = {}
    basic_auth_in_header: Flag = False
    custom_headers: WordMap = {}


class CreateOAuth2ClientCredsRequest(_OAuth2ClientCreds):
    """A client that gets tokens for itself."""

    client_secret: Secret


class _CustomHeaderAuth(_Connection):
    auth_type: Literal["custom_header_auth"] = "custom_header_auth"
    header_name: Word


class CreateCustomHeaderAuthRequest(_CustomHeaderAuth):
    """A token in a header of any name."""

    token: Secret


class _BasicAuth(_Connection):
    auth_type: Literal["basic_auth"] = "basic_auth"
    username: Word


class CreateBasicAuthRequest(_BasicAuth):
    """A name and a password."""

    password: Secret


class _BearerAuth(_Connection):
    auth_type: Literal["bearer_auth"] = "bearer_auth"


class CreateBearerAuthRequest(_BearerAuth):
    """A token in the Authorization header."""

    token: Secret


class _JWT(_Connection):
    algorithm: Algorithm = "HS256"
    key_id: Word | None = None
    issuer: Word
    audience: Word
    subject: Word
    expiration_seconds: Seconds = 3600
    extra_params: WordMap = {}


class _OAuth2JWT(_JWT):
    auth_type: Literal["oauth2_jwt"] = "oauth2_jwt"
    token_url: Word
    scopes: Words = []
    token_response_field: TokenField = "access_token"  # noqa: S105  the name of a field


class CreateOAuth2JWTRequest(_OAuth2JWT):
    """A signed token that is exchanged for another one."""

    secret_key: Secret


class _PrivateKeyJWT(_JWT):
    auth_type: Literal["private_key_jwt"] = "private_key_jwt"


class CreatePrivateKeyJWTRequest(_PrivateKeyJWT):
    """A signed token that is sent as it is."""

    secret_key: Secret


class _MTLSAuth(_Connection):
    auth_type: Literal["mtls"] = "mtls"


class CreateMTLSAuthRequest(_MTLSAuth):
    """A certificate of our own."""

    client_certificate: Secret
    client_key: Secret
    ca_certificate: Secret | None = None
    key_passphrase: Secret | None = None


class CreateAuthConnectionRequest(
    RootModel[
        Annotated[
            Annotated[CreateOAuth2ClientCredsRequest, Tag("oauth2_client_credentials")]
            | Annotated[CreateCustomHeaderAuthRequest, Tag("custom_header_auth")]
            | Annotated[CreateBasicAuthRequest, Tag("basic_auth")]
            | Annotated[CreateBearerAuthRequest, Tag("bearer_auth")]
            | Annotated[CreateOAuth2JWTRequest, Tag("oauth2_jwt")]
            | Annotated[CreatePrivateKeyJWTRequest, Tag("private_key_jwt")]
            | Annotated[CreateMTLSAuthRequest, Tag("mtls")],
            Discriminator(type_of),
        ]
    ]
):
    """A new connection of any type."""

    model_config = ConfigDict(defer_build=True)


# Changes: only four types can be changed. Name and token URL are more than the contract lets a client change.


class _Update(Wire):
    name: Name = unsent()
    provider: Word = unsent()


class UpdateOAuth2ClientCredsRequest(_Update):
    """What changes about a client."""

    auth_type: Literal["oauth2_client_credentials"] = "oauth2_client_credentials"
    client_id: Word = unsent()
    token_url: Word = unsent()
    scopes: Annotated[Words | None, cleared([])] = None
    extra_params: Annotated[WordMap | None, cleared({})] = None
    basic_auth_in_header: Annotated[Flag | None, cleared(False)] = None
    client_secret: Secret = unsent()
    custom_headers: Annotated[WordMap | None, cleared({})] = None


class UpdateBasicAuthRequest(_Update):
    """What changes about a name and password."""

    auth_type: Literal["basic_auth"] = "basic_auth"
    username: Word = unsent()
    password: Secret = unsent()


class UpdateBearerAuthRequest(_Update):
    """What changes about a token."""

    auth_type: Literal["bearer_auth"] = "bearer_auth"
    token: Secret = unsent()


class UpdateOAuth2JWTRequest(_Update):
    """What changes about a signed token."""

    auth_type: Literal["oauth2_jwt"] = "oauth2_jwt"
    algorithm: Annotated[Algorithm | None, cleared("HS256")] = None
    key_id: Annotated[Word | None, cleared(None)] = None
    issuer: Word = unsent()
    audience: Word = unsent()
    subject: Word = unsent()
    token_url: Word = unsent()
    expiration_seconds: Annotated[Seconds | None, cleared(3600)] = None
    extra_params: Annotated[WordMap | None, cleared({})] = None
    scopes: Annotated[Words | None, cleared([])] = None
    token_response_field: Annotated[TokenField | None, cleared("access_token")] = None
    secret_key: Secret = unsent()


class UpdateAuthConnectionRequest(
    RootModel[
        Annotated[
            Annotated[UpdateOAuth2ClientCredsRequest, Tag("oauth2_client_credentials")]
            | Annotated[UpdateBasicAuthRequest, Tag("basic_auth")]
            | Annotated[UpdateBearerAuthRequest, Tag("bearer_auth")]
            | Annotated[UpdateOAuth2JWTRequest, Tag("oauth2_jwt")],
            Discriminator(type_of),
        ]
    ]
):
    """What changes about a connection."""

    model_config = ConfigDict(defer_build=True)


# Answers


class DependentIntegrationConnectionIdentifier(Wire):
    """An integration that uses it."""

    id: str
    name: str


class AuthConnectionDependencies(Wire):
    """Who uses a connection."""

    tools: list[DependentIdentifier] = []
    mcp_servers: list[DependentIdentifier] = []
    integration_connections: list[DependentIntegrationConnectionIdentifier] = []


class _Answer(Wire):
    id: str
    used_by: AuthConnectionDependencies | None = None
    status: Literal["active", "refresh_failed", "revoked", "credential_invalid"] = "active"
    status_detail: str | None = None
    status_updated_at: str | None = None


class OAuth2ClientCredsResponse(_OAuth2ClientCreds, _Answer):
    """A client that gets tokens for itself."""


class CustomHeaderAuthResponse(_CustomHeaderAuth, _Answer):
    """A token in a header of any name."""


class BasicAuthResponse(_BasicAuth, _Answer):
    """A name and a password."""


class BearerAuthResponse(_BearerAuth, _Answer):
    """A token in the Authorization header."""


class OAuth2JWTResponse(_OAuth2JWT, _Answer):
    """A signed token that is exchanged for another one."""


class PrivateKeyJWTResponse(_PrivateKeyJWT, _Answer):
    """A signed token that is sent as it is."""


class MTLSAuthResponse(_MTLSAuth, _Answer):
    """A certificate of our own."""


class AuthConnectionResponse(
    RootModel[
        Annotated[
            OAuth2ClientCredsResponse
            | CustomHeaderAuthResponse
            | BasicAuthResponse
            | BearerAuthResponse
            | OAuth2JWTResponse
            | PrivateKeyJWTResponse
            | MTLSAuthResponse,
            Field(discriminator="auth_type"),
        ]
    ]
):
    """A connection of any type, without its secrets."""

    model_config = ConfigDict(defer_build=True)


class ListAuthConnectionsResponse(Wire):
    """All connections."""

    auth_connections: list[AuthConnectionResponse]


CREATE: type[BaseModel] = CreateAuthConnectionRequest
UPDATE: type[BaseModel] = UpdateAuthConnectionRequest
ANSWER: type[BaseModel] = AuthConnectionResponse

_CREATE: Mapping[str, type[Wire]] = {
    "oauth2_client_credentials": CreateOAuth2ClientCredsRequest,
    "custom_header_auth": CreateCustomHeaderAuthRequest,
    "basic_auth": CreateBasicAuthRequest,
    "bearer_auth": CreateBearerAuthRequest,
    "oauth2_jwt": CreateOAuth2JWTRequest,
    "private_key_jwt": CreatePrivateKeyJWTRequest,
    "mtls": CreateMTLSAuthRequest,
}


_UPDATE: Mapping[str, type[Wire]] = {
    "oauth2_client_credentials": UpdateOAuth2ClientCredsRequest,
    "basic_auth": UpdateBasicAuthRequest,
    "bearer_auth": UpdateBearerAuthRequest,
    "oauth2_jwt": UpdateOAuth2JWTRequest,
}


def change_without_nulls(body: Body) -> Body:
    """A change of a connection in which every null has become what it stands for in its type."""
    model = _UPDATE.get(type_of(body) or "")
    return body if model is None else without_nulls(model, body)


def with_defaults(public: Body) -> Body:
    """What was stored of a connection, with the contract's defaults for what was not sent."""
    defaults: dict[str, Any] = {
        name: field.get_default(call_default_factory=True)
        for name, field in _CREATE[public["auth_type"]].model_fields.items()
        if not field.is_required() and name not in ("ca_certificate", "key_passphrase")
    }
    return {**defaults, **public}
