"""The local models of the machine over HTTP: listed, asked for, removed; by the installation's administrators alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.server import create_server
from vivavoce.base.errors import Conflict, Unavailable
from vivavoce.features.models.local import LocalModels
from vivavoce.features.models.routes import routers
from vivavoce.features.models.service import BuiltInModels, LanguageModels
from vivavoce.features.workspace.service import FirstRun, Identities
from vivavoce.ports.identity import Caller, KnownCallers
from vivavoce.storage.models.manifest import Manifest, read
from vivavoce.storage.models.pulling import Pulled, telling
from vivavoce.storage.models.shelf import PULLING, Shelf

pytestmark = pytest.mark.anyio


def model(id: str, role: str) -> dict[str, Any]:
    file = {"name": "model.bin", "sha256": "0" * 64, "size_bytes": 5_000_000, "sources": []}
    facts = {"title": id, "languages": ["en"], "licence": "MIT", "upstream": "somebody"}
    return {"id": id, "role": role, "files": [file], **facts}


MANIFEST: Manifest = read(
    {"models": [model("ears", "ears"), model("mouth", "voice")], "packages": {}, "profiles": {"default": ["ears"]}}
)


class Installation:
    """The double of the identities: whose installation it is."""

    async def installation(self) -> FirstRun:
        return FirstRun("ws_ours", "user_owner", api_key=None)


@dataclass
class Machine:
    """A machine with a shelf, and what it was asked to fetch."""

    shelf: Shelf
    asked: list[Sequence[str]] = field(default_factory=list[Sequence[str]])
    broken_off: int = 0

    def put(self, id: str) -> None:
        begun = self.shelf.folder / PULLING / id
        begun.mkdir(parents=True)
        for file in MANIFEST.model(id).files:
            with (begun / file.name).open("wb") as sparse:
                sparse.truncate(file.size_bytes)
        self.shelf.put(MANIFEST.model(id), begun)

    @property
    def models(self) -> LocalModels:
        return LocalModels(self.shelf, self.asked.append, self._break_off)

    def _break_off(self) -> None:
        self.broken_off += 1


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(Shelf(tmp_path, MANIFEST))


@pytest.fixture
def client(machine: Machine) -> Iterator[httpx.AsyncClient]:
    callers = {
        "owner": Caller("ws_ours", "user_owner", "admin", frozenset({"all"})),
        "editor": Caller("ws_ours", "user_editor", "editor", frozenset({"all"})),
        "stranger": Caller("ws_theirs", "user_stranger", "admin", frozenset({"all"})),
    }
    server = create_server(
        routers=routers,
        services={
            LanguageModels: LanguageModels(BuiltInModels()),
            LocalModels: machine.models,
            Identities: Installation(),
        },
        identity=KnownCallers(callers),
        options=ServerOptions(),
        health=Health(),
    )
    transport = httpx.ASGITransport(server)
    yield httpx.AsyncClient(transport=transport, base_url="http://test", headers={"xi-api-key": "owner"})


async def states(client: httpx.AsyncClient) -> dict[str, str]:
    return {each["model_id"]: each["state"] for each in (await client.get("/v1/vivavoce/models")).json()["models"]}


async def test_models_are_listed_with_what_one_wants_to_know(client: httpx.AsyncClient, machine: Machine) -> None:
    machine.put("mouth")
    body = (await client.get("/v1/vivavoce/models")).json()
    assert body["fetching"] is None
    assert body["models"][0] == {
        "model_id": "ears",
        "role": "ears",
        "title": "ears",
        "languages": ["en"],
        "licence": "MIT",
        "upstream": "somebody",
        "size_bytes": 5_000_000,
        "state": "missing",
        "profiles": ["default"],
    }
    assert await states(client) == {"ears": "missing", "mouth": "here"}


async def test_how_far_a_fetching_is_can_be_seen_while_it_goes_on(client: httpx.AsyncClient, machine: Machine) -> None:
    async with machine.shelf.changing():
        with telling(machine.shelf.folder / PULLING, [MANIFEST.model("ears")]) as teller:
            teller.tell(Pulled("ears", "model.bin", 2_000_000, 5_000_000))
            body = (await client.get("/v1/vivavoce/models")).json()
            assert body["models"][0]["state"] == "fetching"
            wanted = {"model_ids": ["ears"], "done_bytes": 2_000_000, "total_bytes": 5_000_000, "failure": None}
            assert body["fetching"] == wanted
            assert machine.models.progress_of("ear") == ("coming", "It is being fetched: 40 % of 5 MB.")
            assert machine.models.progress_of("voice") == ("missing", "")
            assert (await client.delete("/v1/vivavoce/models?model_id=mouth")).status_code == 409
    assert (await client.get("/v1/vivavoce/models")).json()["fetching"] is None


async def test_a_fetching_that_failed_leaves_its_reason_and_one_that_was_killed_leaves_none(
    client: httpx.AsyncClient, machine: Machine
) -> None:
    folder = machine.shelf.folder
    with pytest.raises(Unavailable), telling(folder / PULLING, [MANIFEST.model("ears")]):
        raise Unavailable("No network.")
    assert (await client.get("/v1/vivavoce/models")).json()["fetching"]["failure"] == "No network."
    assert machine.models.progress_of("ear") == ("missing", "It could not be fetched: No network.")
    with pytest.raises(KeyboardInterrupt), telling(folder / PULLING, [MANIFEST.model("ears")]):
        raise KeyboardInterrupt
    assert (await client.get("/v1/vivavoce/models")).json()["fetching"] is None


async def test_a_fetching_is_broken_off_while_it_goes_on(client: httpx.AsyncClient, machine: Machine) -> None:
    assert (await client.post("/v1/vivavoce/models/cancel")).status_code == 409
    async with machine.shelf.changing():
        with telling(machine.shelf.folder / PULLING, [MANIFEST.model("ears")]):
            assert (await client.post("/v1/vivavoce/models/cancel")).status_code == 200
    assert machine.broken_off == 1


async def test_the_room_on_the_disk_is_told(client: httpx.AsyncClient, machine: Machine, tmp_path: Path) -> None:
    body = (await client.get("/v1/vivavoce/models")).json()
    assert body["free_bytes"] > 0 and body["can_fetch"] is True
    assert Shelf(tmp_path / "not" / "there", MANIFEST).free_bytes() == pytest.approx(body["free_bytes"], rel=0.1)


async def test_models_are_asked_for_by_name_or_by_profile(client: httpx.AsyncClient, machine: Machine) -> None:
    assert (await client.post("/v1/vivavoce/models/pull", json={"model_ids": ["mouth"]})).status_code == 200
    assert (await client.post("/v1/vivavoce/models/pull", json={"profile": "default"})).status_code == 200
    assert machine.asked == [["mouth"], ["ears"]]
    for body, status in (({"model_ids": ["nobody"]}, 404), ({"profile": "nobody"}, 404), ({}, 422)):
        assert (await client.post("/v1/vivavoce/models/pull", json=body)).status_code == status
    assert len(machine.asked) == 2


async def test_a_model_is_removed(client: httpx.AsyncClient, machine: Machine) -> None:
    machine.put("mouth")
    before = machine.shelf.changed_at()
    assert (await client.delete("/v1/vivavoce/models?model_id=mouth")).status_code == 200
    assert await states(client) == {"ears": "missing", "mouth": "missing"}
    assert machine.shelf.changed_at() != before
    assert (await client.delete("/v1/vivavoce/models?model_id=../..")).status_code == 404


@pytest.mark.parametrize("who", ["editor", "stranger"])
async def test_the_machine_is_its_administrators_business(
    client: httpx.AsyncClient, machine: Machine, who: str
) -> None:
    machine.put("mouth")
    headers = {"xi-api-key": who}
    answers = [
        await client.get("/v1/vivavoce/models", headers=headers),
        await client.post("/v1/vivavoce/models/pull", json={"model_ids": ["ears"]}, headers=headers),
        await client.post("/v1/vivavoce/models/cancel", headers=headers),
        await client.delete("/v1/vivavoce/models?model_id=mouth", headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    assert machine.asked == []
    assert (await states(client))["mouth"] == "here"


async def test_a_process_without_a_supervisor_says_how_to_fetch(machine: Machine) -> None:
    with pytest.raises(Conflict, match="vivavoce models pull"):
        LocalModels(machine.shelf, None).fetch(["ears"])
