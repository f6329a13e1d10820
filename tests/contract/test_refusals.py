"""What is refused, and how: every error has a JSON body that tells people and programs what to do."""

import uuid

import httpx
import pytest
from tests.contract.making import document, new_agent, read_agent

AGENTS = "/v1/convai/agents"


@pytest.fixture
def agent_id(contract):
    return new_agent(contract)


def status_of(answer):
    return answer.status_code, answer.json()["detail"]["status"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, "needs_authorization"),
        ({"xi-api-key": "xi_wrong"}, "invalid_api_key"),
        ({"authorization": "Bearer xi_wrong"}, "invalid_api_key"),
    ],
)
def test_401_without_a_known_key(contract, headers, status):
    answer = httpx.get(f"{contract.server.base_url}{AGENTS}", headers=headers)
    assert status_of(answer) == (401, status)


def test_a_bearer_token_is_as_good_as_a_key(contract):
    headers = {"authorization": f"Bearer {contract.server.api_key}"}
    assert httpx.get(f"{contract.server.base_url}{AGENTS}", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{AGENTS}/agent_nobody", "agent_not_found"),
        ("PATCH", f"{AGENTS}/agent_nobody", "agent_not_found"),
        ("DELETE", f"{AGENTS}/agent_nobody", "agent_not_found"),
        ("GET", "/v1/convai/secrets/nothing", "secret_not_found"),
        ("GET", "/v1/nowhere", "not_found"),
    ],
)
def test_404_names_what_is_missing(contract, method, path, status):
    assert status_of(contract.http.request(method, path, json={})) == (404, status)


def test_405_names_the_methods_that_a_path_takes(contract, agent_id):
    answer = contract.http.put(f"{AGENTS}/{agent_id}", json={})
    assert status_of(answer) == (405, "method_not_allowed")
    assert {"GET", "PATCH", "DELETE"} <= set(answer.headers["allow"].split(", "))


def test_413_before_anything_is_parsed(contract):
    answer = contract.http.post(f"{AGENTS}/create", content=b"[" * 20_000_000)
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"", b"{", b'{"conversation_config": NaN}', b"[]", b'"text"', b"\xff\xfe"])
def test_422_for_what_is_no_json_object(contract, body):
    answer = contract.http.post(f"{AGENTS}/create", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "body"


@pytest.mark.parametrize("query", ["page_size=0", "page_size=1000", "page_size=x", "cursor=broken", "sort_by=height"])
def test_422_names_the_parameter(contract, query):
    answer = contract.http.get(f"{AGENTS}?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", query.split("=")[0]]


def test_501_says_that_the_server_lacks_it(contract):
    assert status_of(contract.http.get("/v1/convai/batch-calling/workspace")) == (501, "not_built")


def test_every_answer_has_a_request_id(contract):
    ids = {contract.http.get(path).headers["x-request-id"] for path in (AGENTS, "/v1/nowhere", f"{AGENTS}?page_size=x")}
    assert len(ids) == 3


def test_query_keys_may_be_repeated(contract):
    word = uuid.uuid4().hex
    for tag in ("red", "blue"):
        contract.http.post(f"{AGENTS}/create", json=document(name=f"{tag} {word}", tags=[tag]))
    answer = contract.http.get(AGENTS, params=[("search", word), ("tags", "red"), ("tags", "blue")])
    assert len(answer.json()["agents"]) == 2


def test_a_repeated_create_makes_one_agent(contract):
    word = uuid.uuid4().hex
    headers = {"idempotency-key": uuid.uuid4().hex}
    answers = [
        contract.http.post(f"{AGENTS}/create", json=document(name=word), headers=headers).json() for _ in range(3)
    ]
    assert len({answer["agent_id"] for answer in answers}) == 1
    assert len(contract.http.get(AGENTS, params={"search": word}).json()["agents"]) == 1


def test_a_reference_to_nothing_is_refused_and_nothing_is_written(contract, agent_id):
    before = read_agent(contract, agent_id)
    nodes = {"start_node": {"type": "start"}, "away": {"type": "standalone_agent", "agent_id": "agent_nobody"}}
    change = {"workflow": {"nodes": nodes, "edges": {}}}
    answer = contract.http.patch(f"{AGENTS}/{agent_id}", json={"name": "Half", **change})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "workflow", "nodes", "away", "agent_id"]
    assert read_agent(contract, agent_id) == before
