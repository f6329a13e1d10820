"""Calls kept as tests, over HTTP and by `vivavoce replay`'s own way."""

import pytest
from tests.unit.features.conversations.test_timeline import RECORDING, Desk, desk

from vivavoce.engine.journal import decode, first_divergence, replay

pytestmark = pytest.mark.anyio

__all__ = ["desk"]

KEPT = "/v1/vivavoce/kept-calls"


async def test_a_call_is_kept_in_other_words_and_checked(desk: Desk):
    conversation_id = await desk.kept(RECORDING)
    made = await desk.client.post(KEPT, json={"conversation_id": conversation_id, "name": "a bad day"})
    assert made.status_code == 200, made.text
    kept = made.json()
    assert (kept["keeps_words"], kept["event_count"]) == (False, RECORDING.count(b"\n") - 1)
    recording = await desk.client.get(f"{KEPT}/{kept['kept_call_id']}/recording")
    assert recording.headers["content-disposition"].endswith(f'{kept["kept_call_id"]}.jsonl"')
    assert recording.text != RECORDING.decode()
    assert first_divergence(replay(decode(recording.text))) is None
    checked = (await desk.client.get(f"{KEPT}/{kept['kept_call_id']}/check")).json()
    verdict = f"All {kept['event_count']} events are decided as they were in the call."
    assert checked == {"diverges": False, "verdict": verdict}

    gone = await desk.client.delete(f"/v1/convai/conversations/{conversation_id}")
    assert gone.status_code == 200, gone.text
    listed = (await desk.client.get(KEPT)).json()["kept_calls"]
    assert listed == [kept], "it outlives its conversation"
    assert (await desk.client.delete(f"{KEPT}/{kept['kept_call_id']}")).status_code == 200
    assert (await desk.client.get(f"{KEPT}/{kept['kept_call_id']}/recording")).status_code == 404
    assert (await desk.client.get(KEPT)).json()["kept_calls"] == []


async def test_words_stay_where_that_is_asked_for_and_names_are_free(desk: Desk):
    wish = {"conversation_id": await desk.kept(RECORDING), "name": "as said", "keeps_words": True}
    kept = (await desk.client.post(KEPT, json=wish)).json()
    recording = await desk.client.get(f"{KEPT}/{kept['kept_call_id']}/recording")
    assert recording.text == RECORDING.decode()
    again = await desk.client.post(KEPT, json=wish)
    assert (again.status_code, again.json()["detail"][0]["loc"]) == (422, ["body", "name"])
    for name in ("", "../up", "-", "x" * 101):
        assert (await desk.client.post(KEPT, json={**wish, "name": name})).status_code == 422


async def test_a_later_version_that_decides_otherwise_is_told(desk: Desk):
    lines = RECORDING.decode().splitlines()
    heard = next(index for index, line in enumerate(lines) if '"Heard"' in line and '"final":true' in line)
    del lines[heard]
    wish = {"conversation_id": await desk.kept(RECORDING), "name": "changed", "keeps_words": True}
    kept_call_id = (await desk.client.post(KEPT, json=wish)).json()["kept_call_id"]
    calls = desk.application.conversations.kept
    await calls._blobs.put(desk.workspace_id, f"kept_calls/{kept_call_id}.jsonl", "\n".join(lines).encode())
    checked = (await desk.client.get(f"{KEPT}/{kept_call_id}/check")).json()
    assert checked["diverges"]
    assert "is decided otherwise than in the call" in checked["verdict"]


@pytest.mark.parametrize(
    ("journal", "code", "status"), [(b"", 404, "no_journal"), (b"no journal\n", 409, "journal_unreadable")]
)
async def test_what_cannot_be_kept_says_why(desk: Desk, journal: bytes, code: int, status: str):
    wish = {"conversation_id": await desk.kept(journal), "name": "x"}
    refused = await desk.client.post(KEPT, json=wish)
    assert (refused.status_code, refused.json()["detail"]["status"]) == (code, status)
    assert (await desk.client.post(KEPT, json={**wish, "conversation_id": "conv_nobody"})).status_code == 404
    assert (await desk.client.get(KEPT)).json()["kept_calls"] == []
