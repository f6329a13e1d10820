"""What documents refer to is found in its own workspace, in the environment that was asked for."""

import pytest
from tests.unit.features.workspace.house import House

from vivavoce.features.workspace.service import Actor
from vivavoce.ports.identity import ALL, Caller
from vivavoce.ports.references import ReferenceMissing

pytestmark = pytest.mark.anyio


def actor_of(house: House) -> Actor:
    first = house.first
    return Actor(first.workspace_id, Caller(first.workspace_id, first.user_id, "admin", frozenset({ALL})))


async def test_secrets_and_variables_are_looked_up(quick_house: House) -> None:
    services, actor = quick_house.services, actor_of(quick_house)
    references, mine = services.references(), actor.workspace_id
    secret = {"secret_id": (await services.secrets.create(actor, "KEY", "s3cret")).id}
    await services.variables.create(actor, "llm_key", "secret", {"production": secret})
    await services.variables.create(actor, "region", "string", {"production": "eu", "staging": "test"})
    assert await references.value(mine, secret, "production") == "s3cret"
    assert await references.value(mine, {"env_var_label": "llm_key"}, "staging") == "s3cret"
    found = [await references.value(mine, {"env_var_label": "region"}, name) for name in ("production", "staging")]
    assert found == ["eu", "test"]
    for reference, workspace_id in ((secret, "ws_other"), ({"env_var_label": "nothing"}, mine), ({}, mine)):
        with pytest.raises(ReferenceMissing):
            await references.value(workspace_id, reference, "production")


@pytest.mark.parametrize(
    ("auth_type", "body", "expected"),
    [
        ("bearer_auth", {"token": "t0k"}, {"authorization": "Bearer t0k"}),
        ("basic_auth", {"username": "u", "password": "p"}, {"authorization": "Basic dTpw"}),
        ("custom_header_auth", {"header_name": "X-Key", "token": "t0k"}, {"x-key": "t0k"}),
    ],
)
async def test_an_auth_connection_becomes_headers(
    quick_house: House, auth_type: str, body: dict[str, str], expected: dict[str, str]
) -> None:
    services, actor = quick_house.services, actor_of(quick_house)
    made = await services.connections.create(actor, auth_type, {"name": "n", "provider": "p", **body})
    reference = {"auth_connection_id": made.id}
    assert await services.references().headers(actor.workspace_id, reference, "production") == expected
    with pytest.raises(ReferenceMissing, match="a text is needed"):
        await services.references().value(actor.workspace_id, reference, "production")
    with pytest.raises(ReferenceMissing, match="There is no auth connection"):
        await services.references().headers("ws_other", reference, "production")


async def test_a_type_that_needs_a_token_server_is_named(quick_house: House) -> None:
    services, actor = quick_house.services, actor_of(quick_house)
    body = {"name": "n", "provider": "p", "client_id": "c", "client_secret": "s", "token_url": "https://x.example"}
    made = await services.connections.create(actor, "oauth2_client_credentials", body)
    with pytest.raises(ReferenceMissing, match="of the type oauth2_client_credentials cannot be used here"):
        await services.references().headers(actor.workspace_id, {"auth_connection_id": made.id}, "production")
