"""Which type of auth connection a body is about, and which of its fields are secret."""

from collections.abc import Mapping
from typing import Any, Final, cast

from vivavoce.base.json import Body

SECRET_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "oauth2_client_credentials": frozenset({"client_secret"}),
    "custom_header_auth": frozenset({"token"}),
    "basic_auth": frozenset({"password"}),
    "bearer_auth": frozenset({"token"}),
    "oauth2_jwt": frozenset({"secret_key"}),
    "private_key_jwt": frozenset({"secret_key"}),
    "mtls": frozenset({"client_certificate", "client_key", "ca_certificate", "key_passphrase"}),
}

PUBLIC_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "oauth2_client_credentials": frozenset(
        {"client_id", "token_url", "scopes", "extra_params", "basic_auth_in_header", "custom_headers"}
    ),
    "custom_header_auth": frozenset({"header_name"}),
    "basic_auth": frozenset({"username"}),
    "bearer_auth": frozenset(),
    "oauth2_jwt": frozenset(
        {
            "algorithm",
            "key_id",
            "issuer",
            "audience",
            "subject",
            "expiration_seconds",
            "extra_params",
            "token_url",
            "scopes",
            "token_response_field",
        }
    ),
    "private_key_jwt": frozenset(
        {"algorithm", "key_id", "issuer", "audience", "subject", "expiration_seconds", "extra_params"}
    ),
    "mtls": frozenset(),
}

# The contract lets a client leave `auth_type` out; then the field that only one type has tells. Order matters.
_TELLING: Final[Mapping[str, str]] = {
    "client_secret": "oauth2_client_credentials",
    "client_id": "oauth2_client_credentials",
    "header_name": "custom_header_auth",
    "username": "basic_auth",
    "password": "basic_auth",
    "client_certificate": "mtls",
    "token_url": "oauth2_jwt",
    "token_response_field": "oauth2_jwt",
    "issuer": "private_key_jwt",
    "token": "bearer_auth",
}


def type_of(value: Any) -> str | None:
    """The type that a body names, or that its fields tell."""
    if not isinstance(value, Mapping):
        return None
    body = cast(Mapping[str, object], value)
    named = body.get("auth_type")
    if named is not None:
        return str(named)
    return next((type for field, type in _TELLING.items() if field in body), None)


def split(auth_type: str, body: Body) -> tuple[Body, Body]:
    """A body in two: what may be shown, and what is sealed. Fields that nobody knows are sealed, to be safe."""
    shown = PUBLIC_FIELDS[auth_type] | {"name", "provider", "auth_type"}
    public = {name: value for name, value in body.items() if name in shown}
    secret = {name: value for name, value in body.items() if name not in shown}
    return public, secret
