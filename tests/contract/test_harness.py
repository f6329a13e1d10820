"""The harness itself: each oracle catches what it is there for."""

from typing import Any

import httpx
import pytest
from tests.contract import report, strict
from tests.contract.canned import canned
from tests.contract.judge import defects
from tests.contract.recording import Answer, Recording
from tests.contract.surface import core_operations, operation_of, operations

GOOD: dict[str, Any] = {
    "agents": [
        {
            "agent_id": "agent_1",
            "name": "Ada",
            "tags": [],
            "created_at_unix_secs": 1,
            "updated_at_unix_secs": 1,
            "voice_id": "voice_1",
            "access_info": {"is_creator": True, "creator_name": "A", "creator_email": "a@b.org", "role": "admin"},
        }
    ],
    "has_more": False,
    "next_cursor": None,
}


def answer(body: Any, status: int = 200, path: str = "/v1/convai/agents") -> Answer:
    request = httpx.Request("GET", f"http://server{path}")
    response = httpx.Response(status, json=body) if body is not None else httpx.Response(status)
    return Answer(operation_of("GET", path), request, response)


def broken(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


def test_a_good_answer_has_no_defect(javascript):
    assert defects(answer(GOOD), javascript) == []


@pytest.mark.parametrize(
    ("body", "oracles"),
    [
        ({}, {"Python", "JavaScript"}),
        (broken(has_more=None), {"Python", "JavaScript"}),
        (broken(agents=[{**GOOD["agents"][0], "created_at_unix_secs": 1.5}]), {"Python"}),
        (broken(agents=[{**GOOD["agents"][0], "created_at_unix_secs": "1"}]), {"JavaScript"}),
        (broken(surprise=1), {"unknown"}),
        (broken(agents=[{**GOOD["agents"][0], "surprise": 1}]), {"unknown"}),
    ],
)
def test_a_bad_answer_is_caught(body, oracles, javascript):
    found = defects(answer(body), javascript)
    assert {each.split(": ")[1].split(" ")[0] for each in found} == oracles


@pytest.mark.parametrize(
    ("body", "status", "good"),
    [
        (None, 404, False),
        ({"detail": "text"}, 404, False),
        ({"detail": {"status": "agent_not_found", "message": "There is none."}}, 404, True),
        ({"detail": {"status": "invalid", "message": "x"}}, 422, False),
        ({"detail": [{"loc": ["body"], "msg": "m", "type": "t"}]}, 422, True),
    ],
)
def test_errors_have_one_of_two_shapes(body, status, good, javascript):
    assert (not defects(answer(body, status), javascript)) == good


def test_canned_answers_have_the_right_type():
    for operation in core_operations()[::9]:  # all of them would import the whole SDK, which takes ten seconds
        kind = operation.response_type()
        if kind is not bytes:
            assert strict.defects(kind, canned(kind)) == [], operation.name


def test_a_replaced_operation_never_reaches_the_server():
    key = ("GET", "/v1/convai/agents/{}")
    with httpx.Client(transport=Recording(key), base_url="http://127.0.0.1:9") as client:
        assert client.get("/v1/convai/agents/agent_1").json()["agent_id"] == "canned"


def test_literal_paths_win_over_parameters():
    found = operation_of("GET", "/v1/convai/agents/summaries")
    assert found is not None
    assert found.path == "/v1/convai/agents/summaries"


def test_the_report_counts_what_is_proven():
    names = [operation.name for operation in core_operations()]
    said = [
        (report.COVERED, names[0], True),
        (report.STUBBED, names[0], True),
        (report.COVERED, names[1], True),
        (report.STUBBED, names[1], False),
        (report.COVERED, names[2], True),
        *((report.HONEST, name, True) for name in names[3:]),
        (report.DEFECT, "field x", True),
    ]
    lines = report.lines(said)
    assert "implemented    1" in lines[1]
    assert f"honest 501   {len(names) - 3}" in lines[2]
    assert "missing        2" in lines[3]
    assert "defects of fields: 1" in lines[7]


def test_operations_in_scope():
    tiers = [operation.tier for operation in operations().values()]
    assert (tiers.count("core"), tiers.count("account"), tiers.count("speech")) == (231, 38, 69)
