"""Whatever a client makes of our OpenAPI document, right or wrong: the server answers, in JSON, and never with a 5xx.

The document is the committed one, and the server has a data folder of its own. Values are drawn in the same order each
time. What would lock the fuzzer itself out is left alone.
"""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from tests.contract.differing import differing
from tests.contract.javascript import JavaScriptReader
from tests.contract.judge import defects
from tests.contract.recording import Answer
from tests.contract.running import RunningServer, running_server
from tests.contract.surface import operation_of
from tests.support.watched import unwatched

from vivavoce.api.openapi import committed_document
from vivavoce.features.agents.document.body import Document

LOCKS_OUT = r"/(api-keys/disable|session|members)"

# Sections of the agent document: drawing from their schemas takes minutes and gigabytes, so they are hurt differently.
SECTIONS = ("ConversationalConfig", "PlatformSettings", "Workflow")

JUNK: tuple[Any, ...] = (None, True, 0, -7, 1.5, "", "junk", [], ["junk"], {}, {"junk": 1}, 2**70)


pytestmark = pytest.mark.unwatched


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    # Nobody listens to what it says.
    voice = {"scripted": {"seconds_per_piece": 0.1, "speed": 100.0, "first_byte_seconds": 0.0}}
    folder = tmp_path_factory.mktemp("fuzzed")
    with unwatched(), running_server(folder, voice="scripted", providers={"voice": voice}) as server:
        yield server


def test_no_request_breaks_the_server(fuzzed):
    assert broken_by(fuzzed, examples=2) == []


@pytest.mark.slow
def test_no_request_breaks_the_server_in_the_long_run(fuzzed):
    assert broken_by(fuzzed, examples=60) == []


def broken_by(server: RunningServer, examples: int) -> list[str]:
    """Every operation that answered something else than it may, with what it was asked."""
    import schemathesis  # it takes seconds to import, which other tests need not wait for

    schema = schemathesis.openapi.from_dict(light_document()).exclude(path_regex=LOCKS_OUT)
    wrong: list[str] = []
    for found in schema.get_all_operations():
        for mode in schemathesis.GenerationMode:
            cases = found.ok().as_strategy(generation_mode=mode)
            wrong += answers_wrongly(server, cases, examples)
    return wrong


def answers_wrongly(server: RunningServer, cases: Any, examples: int) -> list[str]:
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: Any) -> None:
        answer = case.call(base_url=server.base_url, headers={"xi-api-key": server.api_key})
        # Sound is no text; what went wrong always is.
        said = f"{case.as_curl_command()}\n  -> {answer.status_code} {answer.content[:200]!r}"
        assert answer.status_code < 500, said
        assert answer.status_code < 400 or "detail" in answer.json(), said

    try:
        ask()
    except Unsatisfiable:  # nothing about this operation can be wrong
        return []
    except AssertionError as failure:
        return [str(failure)]
    return []


def light_document() -> Any:
    """Our document without what answers look like, and with the agent's sections as plain objects."""
    document = json.loads(committed_document())
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"] = {"default": {"description": "Anything."}}
    document["components"]["schemas"].update({name: {"type": "object"} for name in SECTIONS})
    return document


def test_a_document_with_a_wrong_value_is_refused_or_can_be_read_by_every_client(fuzzed, javascript):
    """Each round puts one piece of junk somewhere into a document in which everything is set."""
    chance = random.Random(7)
    good = differing(Document)
    places = list(paths(good))
    refused = 0
    with httpx.Client(base_url=fuzzed.base_url, headers={"xi-api-key": fuzzed.api_key}) as client:
        for _ in range(100):
            place, junk = chance.choice(places), chance.choice(JUNK)
            created = client.post("/v1/convai/agents/create", json=with_junk(good, place, junk))
            assert created.status_code in (200, 422), (place, junk, created.text)
            refused += created.status_code == 422
            if created.status_code == 200:
                assert unreadable(client, created.json()["agent_id"], javascript) == [], (place, junk)
    assert refused > 30


def unreadable(client: httpx.Client, agent_id: str, javascript: JavaScriptReader) -> list[str]:
    path = f"/v1/convai/agents/{agent_id}"
    response = client.get(path)
    found = defects(Answer(operation_of("GET", path), response.request, response), javascript)
    # The Python SDK as it is shipped reads anything; its types, read strictly, refuse kinds of objects yet to come.
    return [each for each in found if "JavaScript" in each]


def paths(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*place, key)
        yield from paths(part, (*place, key))


def with_junk(good: dict[str, Any], place: tuple[str | int, ...], junk: Any) -> dict[str, Any]:
    bad = copy.deepcopy(good)
    part: Any = bad
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = junk
    return bad
