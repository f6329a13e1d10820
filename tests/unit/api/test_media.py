"""A body in another form than the route reads is refused in words that name the header."""

import gzip
import json

import pytest
from tests.unit.api.example import make_server, served

pytestmark = pytest.mark.anyio

BOAT = json.dumps({"name": "Ida"}).encode()
JSON = {"content-type": "application/json"}


@pytest.fixture
async def client():
    async with served(make_server()) as client:
        client.headers["xi-api-key"] = "key_a"
        yield client


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/vnd.boat+json", "application/json;"],
)
async def test_json_is_read_under_every_name_it_has(client, content_type):
    reply = await client.post("/v1/boats", content=BOAT, headers={"content-type": content_type})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("headers", "came"),
    [
        ({}, "without that header"),
        ({"content-type": "text/plain"}, "as 'text/plain'"),
        ({"content-type": "application/x-www-form-urlencoded"}, "as 'application/x-www-form-urlencoded'"),
        ({"content-type": "json"}, "as 'json'"),
    ],
)
async def test_json_under_another_name_is_refused_with_the_header_to_send(client, headers, came):
    reply = await client.post("/v1/boats", content=BOAT, headers=headers)
    assert (reply.status_code, reply.json()["detail"]["status"]) == (415, "unsupported_media_type")
    assert "Content-Type: application/json" in reply.json()["detail"]["message"]
    assert came in reply.json()["detail"]["message"]


async def test_a_body_in_pieces_is_looked_at_too(client):
    async def pieces():
        yield BOAT

    assert (await client.post("/v1/boats", content=pieces())).status_code == 415
    assert (await client.post("/v1/boats", content=pieces(), headers=JSON)).status_code == 200


async def test_json_where_a_form_belongs_is_refused(client):
    reply = await client.post("/v1/boats/b/photo", content=BOAT, headers=JSON)
    assert reply.status_code == 415
    assert "multipart/form-data" in reply.json()["detail"]["message"]


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
async def test_a_packed_body_is_refused(client, encoding):
    reply = await client.post("/v1/boats", content=gzip.compress(BOAT), headers={**JSON, "content-encoding": encoding})
    assert reply.status_code == 415
    assert encoding in reply.json()["detail"]["message"]


async def test_a_body_that_says_it_is_not_packed_is_taken(client):
    reply = await client.post("/v1/boats", content=BOAT, headers={**JSON, "content-encoding": "identity"})
    assert reply.status_code == 200


async def test_whoever_may_not_come_in_is_told_that_first(client):
    reply = await client.post("/v1/boats", content=BOAT, headers={"xi-api-key": "nobody"})
    assert reply.status_code == 401
