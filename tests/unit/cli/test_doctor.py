"""What the doctor says of minds."""

import json
from pathlib import Path

import pytest
from tests.support.loopback import answers, serving

from vivavoce.app import mind_standing
from vivavoce.settings import Settings

pytestmark = pytest.mark.anyio


async def test_a_server_of_models_on_this_machine_is_named(tmp_path: Path) -> None:
    listing = json.dumps({"data": [{"id": "tiny"}]}).encode()
    async with serving(answers(body=listing, content_type="application/json")) as server:
        found = await mind_standing(Settings(data_dir=tmp_path, discover_minds=[server.url("/v1")]))
    assert found.ready
    assert found.message == f"127.0.0.1:{server.port}"
    assert not (await mind_standing(Settings(data_dir=tmp_path, discover_minds=["none"]))).ready
