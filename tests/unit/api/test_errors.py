"""Every error has the contract's shape, whoever raised it."""

import json

import pytest

pytestmark = pytest.mark.anyio


def business(response, code: int, status: str) -> dict:
    """Check the shape of everything but a 422, and give the detail."""
    assert response.status_code == code
    detail = response.json()["detail"]
    assert set(detail) == {"status", "message", "request_id"}
    assert detail["status"] == status
    assert detail["request_id"] == response.headers["x-request-id"]
    return detail


async def test_a_problem_names_what_is_wrong(client):
    detail = business(await client.get("/v1/boats/boat_9"), 404, "boat_not_found")
    assert detail["message"] == "There is no boat 'boat_9' in this workspace."


async def test_an_unknown_path_is_404_with_a_body(client):
    business(await client.get("/v1/nowhere"), 404, "not_found")


async def test_a_wrong_method_is_405_and_names_all_the_right_ones(client):
    response = await client.patch("/v1/boats")
    business(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "GET, HEAD, POST"


async def test_malformed_json_is_422_and_says_where(client):
    response = await client.post("/v1/boats", content=b'{"a": tru}', headers={"content-type": "application/json"})
    assert response.status_code == 422
    [detail] = response.json()["detail"]
    assert set(detail) == {"loc", "msg", "type"}
    assert detail["loc"][0] == "body"
    assert detail["type"] == "json_invalid"
    assert "at byte" in detail["msg"]


async def test_a_wrong_value_is_named_but_not_repeated(client):
    response = await client.post("/v1/boats", json={"name": {"my": "secret-value"}})
    assert response.status_code == 422
    assert response.json() == {
        "detail": [{"loc": ["body", "name"], "msg": "Input should be a valid string", "type": "string_type"}]
    }


async def test_what_nobody_foresaw_is_a_calm_500(client):
    response = await client.get("/v1/broken")
    business(response, 500, "internal_error")
    assert "swordfish" not in response.text
    assert "Traceback" not in response.text


async def test_unavailable_says_when_to_retry(client):
    response = await client.get("/v1/busy")
    business(response, 503, "unavailable")
    assert response.headers["retry-after"] == "3"


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        '"\\ud800"',
        '"\\u0000"',
        "[" * 5000 + "]" * 5000,
        "[" * 101 + "]" * 101,
        str(2**64),
        str(-(2**63) - 1),
        "1" * 5000,
    ],
)
async def test_json_that_would_hurt_later_is_refused_at_once(client, value):
    body = f'{{"name": {value}}}'.encode()
    response = await client.post("/v1/echo", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.json()["detail"][0]["type"] == "json_invalid"


@pytest.mark.parametrize("value", [2**64 - 1, -(2**63), 0.1234567890123456789, 1e300, "1" * 40])
async def test_long_numbers_that_fit_come_through(client, value):
    body = {"name": value}
    assert (await client.post("/v1/echo", json=body)).json() == body


async def test_json_as_deep_as_people_write_it_comes_through(client):
    body = json.loads('{"a": ' + "[" * 98 + "]" * 98 + "}")
    assert (await client.post("/v1/echo", json=body)).json() == body


async def test_a_nul_in_path_or_query_reaches_nobody(client):
    business(await client.get("/v1/boats/%00"), 404, "not_found")
    for query, name in (("search=%00", "search"), ("a=1&cursor=x%00y", "cursor"), ("b%00=1", "b")):
        refused = await client.get(f"/v1/boats?{query}")
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["query", name])
