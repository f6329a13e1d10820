"""The timeline over HTTP: a recorded call, told with its reasons."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.unit.features.conversations.talks import HUNG_UP, plan_of

from vivavoce.app import Application, open_application
from vivavoce.engine.usage import Usage
from vivavoce.ports.clock import ManualClock
from vivavoce.settings import Settings

pytestmark = pytest.mark.anyio

RECORDING = (Path(__file__).parents[3] / "recordings" / "a_bad_day.jsonl").read_bytes()


@dataclass
class Desk:
    """A server with a client of its administrator."""

    application: Application
    client: httpx.AsyncClient
    workspace_id: str

    async def kept(self, journal: bytes) -> str:
        """A conversation that is over, with this journal."""
        records = self.application.conversations.records
        plan = plan_of(ManualClock())
        record = await records.begin(self.workspace_id, plan)
        if journal:
            record.journal(journal)
        record.finish(HUNG_UP, Usage(), 10.0)
        await records.flush()
        return plan.conversation_id

    async def timeline(self, conversation_id: str, **query: object) -> httpx.Response:
        path = f"/v1/vivavoce/conversations/{conversation_id}/timeline"
        return await self.client.get(path, params=query)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_application(Settings(data_dir=tmp_path, requests_per_minute=0), bus_url="local") as application:
        key = (await application.first_run())["api_key"]
        transport = httpx.ASGITransport(application.server)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://vivavoce.test", headers={"xi-api-key": key}
        ) as client:
            session = (await client.get("/v1/vivavoce/session")).json()
            yield Desk(application, client, session["workspace"]["workspace_id"])


async def test_each_moment_is_told_with_what_was_done_about_it(desk: Desk) -> None:
    told = (await desk.timeline(await desk.kept(RECORDING))).json()
    assert told["diverges"] is False
    assert told["verdict"] == f"All {told['event_count']} events are decided as they were in the call."
    first = told["moments"][0]
    assert (first["number"], first["actor"], first["text"]) == (1, "line", "The line is open.")
    assert any("hang" in each["text"].lower() for each in told["moments"][-1]["then"])


async def test_details_are_told_only_to_who_asks_for_them(desk: Desk) -> None:
    id = await desk.kept(RECORDING)
    short, long = (await desk.timeline(id)).json(), (await desk.timeline(id, everything=True)).json()
    assert not any(moment["detail"] for moment in short["moments"])
    assert len(short["moments"]) < len(long["moments"]) == long["event_count"]


async def test_where_this_engine_decides_otherwise_is_said(desk: Desk) -> None:
    lines = RECORDING.splitlines(keepends=True)
    changed = [line.replace(b'"]', b'0"]') if number == 3 else line for number, line in enumerate(lines)]
    told = (await desk.timeline(await desk.kept(b"".join(changed)))).json()
    assert told["diverges"] is True
    assert told["verdict"].startswith("Event ")


async def test_a_conversation_without_a_journal_says_so(desk: Desk) -> None:
    reply = await desk.timeline(await desk.kept(b""))
    assert reply.status_code == 404
    assert reply.json()["detail"]["status"] == "no_journal"


async def test_a_journal_that_cannot_be_read_is_no_servers_fault(desk: Desk) -> None:
    reply = await desk.timeline(await desk.kept(b"not a journal\n"))
    assert reply.status_code == 409
    assert reply.json()["detail"]["status"] == "journal_unreadable"


async def test_a_conversation_that_nobody_had(desk: Desk) -> None:
    assert (await desk.timeline("conv_nobody")).status_code == 404
