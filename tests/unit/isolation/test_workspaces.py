"""Workspaces are strictly apart: generated from the OpenAPI document, so that no route can forget it.

Two workspaces have one thing of each kind. With the key of the second, every operation is tried on the things of the
first: the answer is the one that a thing gets which never was, and nothing has changed afterwards.
"""

import json
from typing import Any

import httpx
import pytest
from tests.unit.isolation.operations import Operation, call, operations, parameters
from tests.unit.isolation.seeds import SEEDS, Made, seed

pytestmark = pytest.mark.anyio

# Path parameters that name no thing of a workspace.
PLAIN_PARAMETERS = {"resource_type": "agents", "sample_id": "preview", "token_type": "tts_websocket"}

# A voice that nobody has is spoken by another one, and so is that of another workspace.
FALLS_BACK = {
    "text_to_speech_convert",
    "text_to_speech_convert_with_timestamps",
    "text_to_speech_stream",
    "text_to_speech_stream_with_timestamps",
}

# What everybody may see who knows an address, workspace or none: agents that are open to the public.
PUBLIC = {"agents_widget_get", "get_avatar", "get_talk_page"}

WITH_THINGS = [
    pytest.param(method, path, operation, id=operation["operationId"])
    for method, path, operation in operations()
    if operation["operationId"] not in PUBLIC and not PLAIN_PARAMETERS.keys() >= set(parameters(path))
]


@pytest.fixture(scope="module")
async def our_things(ours: httpx.AsyncClient) -> Made:
    return await seed(ours)


@pytest.fixture(scope="module")
async def their_things(theirs: httpx.AsyncClient) -> Made:
    return await seed(theirs)


def never_was(id: str) -> str:
    """An id of the same form that nobody has."""
    prefix, _, rest = id.rpartition("_")
    return f"{prefix}_{'0' * len(rest)}"


def test_every_path_parameter_has_a_seed():
    named = {name for _, path, _ in operations() for name in parameters(path)}
    missing = sorted(named - SEEDS.keys() - PLAIN_PARAMETERS.keys())
    assert not missing, f"Say in seeds.py how such a thing is made: {missing}"


@pytest.mark.parametrize(("method", "path", "operation"), WITH_THINGS)
async def test_things_of_another_workspace_are_things_that_never_were(
    method: str,
    path: str,
    operation: Operation,
    theirs: httpx.AsyncClient,
    our_things: Made,
    their_things: Made,
):
    names = [name for name in parameters(path) if name not in PLAIN_PARAMETERS]
    for own in range(len(names)):
        # Their own things up to here, ours from here on: an outer thing of one's own opens no inner one of others.
        foreign = {name: (their_things if at < own else our_things)[name] for at, name in enumerate(names)}
        nothing = {name: foreign[name] if at < own else never_was(foreign[name]) for at, name in enumerate(names)}
        answer = await call(theirs, method, path.format(**foreign, **PLAIN_PARAMETERS), operation)
        expected = await call(theirs, method, path.format(**nothing, **PLAIN_PARAMETERS), operation)
        if operation["operationId"] in FALLS_BACK:
            assert (answer.status_code, answer.content) == (200, expected.content)
            continue
        assert answer.status_code == 404, f"{answer.status_code} {answer.text[:500]}"
        assert _without(answer.json(), foreign) == _without(expected.json(), nothing)


def _without(body: dict[str, Any], ids: Made) -> str:
    """An error's text without the ids that were asked for and the id of the request."""
    body["detail"].pop("request_id")
    text = json.dumps(body)
    for id in ids.values():
        text = text.replace(id, "...")
    return text


@pytest.mark.parametrize(("method", "path", "operation"), WITH_THINGS)
async def test_queries_reach_into_no_other_workspace(
    method: str,
    path: str,
    operation: Operation,
    theirs: httpx.AsyncClient,
    our_things: Made,
    their_things: Made,
):
    named = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query" and one["name"] in SEEDS]
    for name in named:
        place = path.format(**their_things, **PLAIN_PARAMETERS)
        answer = await call(theirs, method, place, operation, **{name: our_things[name]})
        # A list that is filtered by what is not there is an empty one, as it is for what never was.
        expected = await call(theirs, method, place, operation, **{name: never_was(our_things[name])})
        is_filter = answer.status_code == 200 and answer.content == expected.content
        assert is_filter or answer.status_code in (404, 422), f"{name}: {answer.status_code} {answer.text[:500]}"


LISTS = [
    pytest.param(path, id=operation["operationId"])
    for method, path, operation in operations()
    if method == "GET" and not parameters(path)
]


@pytest.mark.parametrize("path", LISTS)
async def test_lists_show_nothing_of_another_workspace(path: str, theirs: httpx.AsyncClient, our_things: Made):
    text = (await theirs.get(path)).text
    assert not [name for name, id in our_things.items() if id in text]


MOVES_BY_ITSELF = ("audit-logs", "/v1/vivavoce/models")
"""What was done is written down, and how much room the disk has is everybody's doing."""


async def test_nothing_has_changed_after_all_that(
    ours: httpx.AsyncClient, theirs: httpx.AsyncClient, our_things: Made, their_things: Made
):
    async def everything() -> dict[str, bytes]:
        return {
            path: (await ours.get(path.format(**our_things, **PLAIN_PARAMETERS))).content
            for method, path, _ in operations()
            if method == "GET" and not path.endswith(MOVES_BY_ITSELF)
        }

    before = await everything()
    for method, path, operation in operations():
        if parameters(path) and method != "GET":
            await call(theirs, method, path.format(**our_things, **PLAIN_PARAMETERS), operation)
    assert await everything() == before
