"""The limits that stand in the settings are shown with their sentence, to members of a workspace."""

import httpx
import pytest

from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.server import create_server
from vivavoce.app import limits_of
from vivavoce.features.workspace.limits.routes import router
from vivavoce.features.workspace.limits.service import LIMITS, Limits
from vivavoce.ports.identity import Caller, KnownCallers
from vivavoce.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def client() -> httpx.AsyncClient:
    server = create_server(
        routers=(router,),
        services={Limits: limits_of(Settings(max_calls=12))},
        identity=KnownCallers(
            {
                "viewer": Caller("ws", "user_viewer", "viewer", frozenset({"workspace_read"})),
                "speaker": Caller("ws", "user_speaker", "editor", frozenset({"speech_write"})),
            }
        ),
        options=ServerOptions(),
        health=Health(),
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://test")


async def test_every_limit_has_its_value_and_its_sentence(client: httpx.AsyncClient) -> None:
    body = (await client.get("/v1/vivavoce/limits", headers={"xi-api-key": "viewer"})).json()
    assert [each["setting"] for each in body["limits"]] == list(LIMITS)
    assert body["limits"][0]["value"] == 12
    assert all(each["meaning"] for each in body["limits"])


async def test_whoever_may_not_look_at_the_workspace_does_not_see_them(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/vivavoce/limits")).status_code == 401
    assert (await client.get("/v1/vivavoce/limits", headers={"xi-api-key": "speaker"})).status_code == 403
