"""Nothing that can be sent makes the server stumble: every operation, field, query and path, on both databases.

Each value below has broken servers before. What an operation answers to it is its own affair, as long as it is an
answer of its own and no 500.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.support.databases import DATABASE_KINDS, FreshDatabases
from tests.unit.isolation.conftest import client_of
from tests.unit.isolation.examples import example, resolved
from tests.unit.isolation.operations import BODIES, COMPONENTS, Operation, operations, parameters
from tests.unit.isolation.seeds import Made, seed

from vivavoce.app import Application, open_application
from vivavoce.settings import Settings

pytestmark = pytest.mark.anyio

# What ends the session or the key that the test itself rests on.
SPARED = {"workspaces_api_keys_disable", "sign_out"}

VALUES: list[Any] = [
    None,
    0,
    -1,
    2**63,
    2**64,
    10**40,
    "",
    "x" * 70_000,
    "\u202e\ufeff\U0001f600é",
    "'; DROP TABLE documents; --",
    "%_\\%",
    "{{system__time}}",
    [],
    [[["deep"]]],
    {},
    {"": ""},
    {"__proto__": {"a": 1}},
]
WORDS = ["", "\u202e\U0001f600", "\x01", "x" * 3000, "-1", "99999999999999999999", "NaN", "'", "a,b", "%"]
IDS = ["\U0001f600", "x" * 3000, "..", "'", "%", "{agent_id}", "agent_", "%7f", "null"]

# Nobody listens to what it says; a local model would take most of the time of this module.
VOICE = {"scripted": {"seconds_per_piece": 0.1, "speed": 100.0, "first_byte_seconds": 0.0}}

EVERY = [pytest.param(*one, id=one[2]["operationId"]) for one in operations() if one[2]["operationId"] not in SPARED]


@pytest.fixture(scope="module", params=DATABASE_KINDS)
async def application(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fresh_module_database: FreshDatabases
):
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("hostile"),
        database_url=fresh_module_database(request.param),
        requests_per_minute=0,
        voice="scripted",
        providers={"voice": VOICE},
    )
    async with open_application(settings, bus_url="local") as application:
        yield application


@pytest.fixture(scope="module")
async def client(application: Application):
    facts = await application.first_run()
    async with client_of(application, facts["api_key"]) as client:
        yield client


@pytest.fixture(scope="module")
async def things(client: httpx.AsyncClient) -> Made:
    return await seed(client)


def bodies(operation: Operation) -> Iterator[Any]:
    """Bodies that are wrong in one place each."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    yield from VALUES
    plain = BODIES.get(operation["operationId"], example(content["schema"], COMPONENTS))
    for name in resolved(content["schema"], COMPONENTS).get("properties", {}):
        for value in VALUES:
            yield {**(plain if isinstance(plain, dict) else {}), name: value}


def queries(operation: Operation) -> Iterator[dict[str, str]]:
    """Queries that are wrong in one place each."""
    for one in operation.get("parameters", ()):
        if one["in"] == "query":
            for word in WORDS:
                yield {one["name"]: word}


def paths(path: str, things: Made) -> Iterator[str]:
    """Paths that are wrong in one place each."""
    right = {name: things.get(name, "agents") for name in parameters(path)}
    for name in right:
        for id in IDS:
            yield path.format(**right | {name: id})


PAGED = [
    pytest.param(path, id=operation["operationId"])
    for method, path, operation in operations()
    if "cursor" in [one["name"] for one in operation.get("parameters", ())]
]


@pytest.mark.parametrize("path", PAGED)
async def test_no_forged_cursor_makes_it_stumble(path: str, client: httpx.AsyncClient, things: Made):
    url = path.format(**{name: things.get(name, "agents") for name in parameters(path)})
    for order in ("created_at", "created_at.desc", "created_at:desc", "-created_at", "name", "dependencies", ""):
        for value in (10**30, -(10**30), "\0", "\ud800", "x" * 500, True, None, 1.5, [], {}):
            cursor = base64.urlsafe_b64encode(json.dumps([order, value, "x"]).encode()).decode()
            answer = await client.get(url, params={"cursor": cursor})
            assert answer.status_code < 500, f"{order} {value!r}: {answer.text[:300]}"
    deep = base64.urlsafe_b64encode(b"[" * 1500).decode()
    assert (await client.get(url, params={"cursor": deep})).status_code == 422


@pytest.mark.parametrize(("method", "path", "operation"), EVERY)
async def test_no_value_makes_it_stumble(
    method: str, path: str, operation: Operation, client: httpx.AsyncClient, things: Made
):
    right = path.format(**{name: things.get(name, "agents") for name in parameters(path)})
    attempts: list[tuple[str, dict[str, Any]]] = [(right, {"json": body}) for body in bodies(operation)]
    attempts += [(right, {"params": query}) for query in queries(operation)]
    attempts += [(wrong, {}) for wrong in paths(path, things)]
    if method == "DELETE":
        attempts = [attempt for attempt in attempts if attempt[0] != right]
    for url, sent in attempts:
        answer = await client.request(method, url, **sent)
        assert answer.status_code < 500 or answer.status_code == 501, f"{str(sent)[:300]}: {answer.text[:300]}"
        if answer.status_code >= 400:
            assert "detail" in answer.json()
