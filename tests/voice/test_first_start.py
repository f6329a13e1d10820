"""A server on a fresh machine answers by text at once, fetches its ears, and hears as soon as they are there."""

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.servers import serving
from tests.voice.test_call import at
from tooling.cache import cache_folder

from vivavoce.net.addresses import Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.storage.models.manifest import built_in
from vivavoce.storage.models.shelf import Shelf

pytestmark = [pytest.mark.slow, pytest.mark.anyio]


async def until(client: httpx.AsyncClient, part: str, status: str) -> list[dict[str, Any]]:
    """What is told of a part until it stands like this."""
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(180):
        while True:
            told.append((await client.get("/readyz")).json())
            if told[-1]["components"][part]["status"] == status:
                return told
            await at(loop.time() + 0.25)


async def test_a_fresh_server_fetches_its_ears_and_takes_them_up_without_a_restart(
    models: Path, tmp_path: Path
) -> None:
    await fetched(Shelf(cache_folder() / "models", built_in()), "minilm")
    environment = {
        "VIVAVOCE_FETCH_MODELS": "auto",
        "VIVAVOCE_MODELS_SOURCE": str(models),
        "PATH": os.environ["PATH"],
    }
    with serving(tmp_path, f"sqlite:///{tmp_path / 'vivavoce.db'}", environment=environment) as server:
        async with httpx.AsyncClient(base_url=server.address, headers={"xi-api-key": server.key}) as client:
            told = await until(client, "ear", "ready")
            listed = (await client.get("/v1/vivavoce/models")).json()
            assert {each["state"] for each in listed["models"] if each["model_id"].startswith("whisper")} == {"here"}
            assert all(each["status"] == "ready" for each in told), "text calls never wait"
            gone = await client.delete("/v1/vivavoce/models", params={"model_id": "smart-turn"})
            assert gone.status_code == 200
            told = await until(client, "turn", "missing")
            assert told[-1]["status"] == "ready"
            assert (
                await client.post("/v1/vivavoce/models/pull", json={"model_ids": ["smart-turn"]})
            ).status_code == 200
            await until(client, "turn", "ready")


async def fetched(shelf: Shelf, name: str) -> None:
    outbound = HttpOutbound(Anywhere(), user_agent="vivavoce tests")
    try:
        await shelf.pull([shelf.manifest.model(name)], outbound, lambda _: None)
    finally:
        await outbound.close()
