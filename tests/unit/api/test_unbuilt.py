"""What is not built says so, and is never mistaken for something else."""

import pytest
from fastapi.routing import APIRoute
from tests.unit.api.example import CALLERS, served

from vivavoce.api.auth import ConvaiReader
from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.routing import Router
from vivavoce.api.server import create_server
from vivavoce.api.unbuilt import instead_of, unbuilt_operations, unbuilt_router

pytestmark = pytest.mark.anyio


def server_with(*routers: Router):
    return create_server(
        routers=[*routers, unbuilt_router()],
        services={},
        identity=CALLERS,
        options=ServerOptions(refusals_per_minute=0),
        health=Health(),
    )


async def test_every_listed_operation_answers_501_with_a_json_body():
    async with served(server_with()) as client:
        for method, path in unbuilt_operations():
            answer = await client.request(method, path.replace("{", "").replace("}", ""), content=b"not json")
            assert answer.status_code == 501, (method, path)
            assert answer.json()["detail"]["status"] == "not_built"
            assert path in answer.json()["detail"]["message"]


async def test_what_is_built_wins_over_the_list():
    router = Router()

    @router.get("/v1/convai/agents/{agent_id}")
    async def get_agent(agent_id: str, caller: ConvaiReader) -> dict[str, str]:
        return {"agent_id": agent_id}

    async with served(server_with(router)) as client:
        answer = await client.get("/v1/convai/agents/agent_1", headers={"xi-api-key": "key_a"})
        assert answer.json() == {"agent_id": "agent_1"}


async def test_a_listed_literal_path_is_not_swallowed_by_a_built_parameter():
    router = Router()

    @router.get("/v1/convai/secrets/{name}")
    async def get_secret(name: str, caller: ConvaiReader) -> dict[str, str]:
        return {"name": name}

    unbuilt = Router(include_in_schema=False)
    endpoint = next(route.endpoint for route in unbuilt_router().routes if isinstance(route, APIRoute))
    unbuilt.add_api_route("/v1/convai/secrets/summary", endpoint, methods=["GET"])
    async with served(server_with(router, unbuilt)) as client:
        assert (await client.get("/v1/convai/secrets/summary")).status_code == 501


def test_the_list_is_no_part_of_the_openapi_document():
    assert not [path for path in server_with().openapi()["paths"] if path.startswith("/v1/convai")]


async def test_what_of_the_speech_api_is_not_built_says_what_to_do_instead():
    speech = ("voices", "history", "speech", "text-to", "shared", "similar", "audio-effects")
    paths = {path for _, path in unbuilt_operations() if path.removeprefix("/v1/").startswith(speech)}
    assert not [path for path in paths if not instead_of(path)]
    assert "library" in instead_of("/v1/voices/add/{public_user_id}/{voice_id}")
    assert "recordings" in instead_of("/v1/voices/pvc/{voice_id}/captcha")
    assert instead_of("/v1/convai/agent-testing") == ""
