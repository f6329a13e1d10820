"""A request with a key is carried out once, however often it is sent."""

import anyio
import pytest
from tests.unit.api.example import Harbour, make_server, served

from vivavoce.api.idempotency import REPLIES, WORKING_SECONDS, Replays
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents import Query
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.ports.jobs import RunningJob

pytestmark = pytest.mark.anyio

KEY = {"xi-api-key": "key_a", "idempotency-key": "my-own-uuid"}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def documents(clock):
    return MemoryDocuments(clock)


@pytest.fixture
def replays(documents, clock):
    return Replays(documents, clock)


@pytest.fixture
def harbour():
    return Harbour()


@pytest.fixture
async def client(harbour, replays):
    async with served(make_server(harbour=harbour, replays=replays)) as client:
        yield client


async def test_the_second_time_gets_the_first_answer(client, harbour):
    first = await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})
    second = await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["content-type"] == "application/json"
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert harbour.made == 1


async def test_without_a_key_two_creates_are_two(client, harbour):
    for _ in range(2):
        await client.post("/v1/boats", headers={"xi-api-key": "key_a"}, json={"name": "Ada"})
    assert harbour.made == 2


async def test_the_same_key_with_another_body_is_refused(client):
    await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})
    response = await client.post("/v1/boats", headers=KEY, json={"name": "Bob"})
    assert response.status_code == 422
    assert response.json()["detail"][0]["type"] == "idempotency_key_reused"


async def test_a_key_is_its_callers_own_and_its_paths_own(client, harbour):
    await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})
    other = await client.post("/v1/boats", headers=KEY | {"xi-api-key": "key_b"}, json={"name": "Ada"})
    assert other.json() == {"boat_id": "boat_2"}
    assert (await client.post("/v1/echo", headers=KEY, json={"name": "Ada"})).json() == {"name": "Ada"}


async def test_a_failure_is_not_remembered(client, harbour):
    assert (await client.post("/v1/boats", headers=KEY, json={"name": 1})).status_code == 422
    assert (await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})).status_code == 200


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_has_a_sensible_length(client, key):
    response = await client.post("/v1/boats", headers=KEY | {"idempotency-key": key}, json={"name": "Ada"})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["header", "idempotency-key"]


async def test_a_form_is_carried_out_once_although_its_boundary_changes(client):
    for _ in range(2):
        response = await client.post("/v1/boats/b/photo", headers=KEY, files={"file": b"12345"})
        assert response.json() == {"bytes": 5}
    assert response.headers["idempotent-replayed"] == "true"


async def test_while_the_first_is_at_work_the_second_is_told_so(replays):
    harbour = Harbour(gate=anyio.Event())
    async with served(make_server(harbour=harbour, replays=replays)) as client:
        first: list = []

        async def send_first():
            first.append(await client.post("/v1/boats", headers=KEY, json={"name": "Ada"}))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send_first)
            await harbour.arrived.wait()
            response = await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})
            assert response.status_code == 409
            assert response.json()["detail"]["status"] == "request_in_progress"
            assert response.headers["retry-after"] == "1"
            harbour.gate.set()
        again = await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})
        assert again.content == first[0].content
        assert harbour.made == 1


async def test_a_request_whose_process_died_may_be_tried_again_after_a_minute(client, documents, clock, harbour):
    await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})
    [document] = (await documents.page(REPLIES, "ws_a", Query())).items
    async with documents.transaction() as transaction:
        at_work = {name: document.body[name] for name in ("key", "fingerprint")}
        await transaction.update(REPLIES, document, at_work)
    assert (await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})).status_code == 409
    clock.advance(WORKING_SECONDS)
    assert (await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})).json() == {"boat_id": "boat_2"}


async def test_the_database_alone_cannot_open_a_kept_answer(client, documents):
    await client.post("/v1/echo", headers=KEY, json={"secret": "swordfish"})
    [document] = (await documents.page(REPLIES, "ws_a", Query())).items
    assert "swordfish" not in str(document.body)
    assert "my-own-uuid" not in str(document.body)


async def test_an_answer_is_forgotten_by_a_job_a_day_later(client, documents, replays, clock):
    await client.post("/v1/boats", headers=KEY, json={"name": "Ada"})
    [(_, job)] = documents.jobs
    assert job.run_at == clock.now() + 24 * 60 * 60 * 1_000_000
    [handler] = replays.handlers()
    await handler.run(RunningJob("job_1", job.name, job.workspace_id, dict(job.payload), 1))
    assert await documents.count(REPLIES, "ws_a", Query()) == 0
