"""What the doctor says of minds, and of what computes on this machine."""

import json
import platform
from pathlib import Path

import pytest
from tests.support.loopback import answers, serving

from vivavoce.app import mind_standing, who_speaks
from vivavoce.cli import doctor
from vivavoce.providers.local import llama
from vivavoce.settings import Settings
from vivavoce.storage.models.manifest import built_in

pytestmark = pytest.mark.anyio


async def test_a_server_of_models_on_this_machine_is_named(tmp_path: Path) -> None:
    listing = json.dumps({"data": [{"id": "tiny"}]}).encode()
    async with serving(answers(body=listing, content_type="application/json")) as server:
        found = await mind_standing(Settings(data_dir=tmp_path, discover_minds=[server.url("/v1")]))
    assert found.ready
    assert found.message == f"127.0.0.1:{server.port}"
    assert not (await mind_standing(Settings(data_dir=tmp_path, discover_minds=["none"]))).ready


async def test_the_small_model_of_this_machine_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama, "ENGINES", {(platform.system(), platform.machine()): "llama-cpp-linux-x64"})
    for name in ("llama-cpp-linux-x64", "qwen2.5-coder-0.5b"):
        files = {file.name: file.sha256 for file in built_in().model(name).files}
        (tmp_path / name).mkdir()
        (tmp_path / name / "receipt.json").write_text(json.dumps({"files": files}))
        for file in built_in().model(name).files:
            with (tmp_path / name / file.name).open("wb") as empty:
                empty.truncate(file.size_bytes)
    found = await mind_standing(Settings(data_dir=tmp_path, models_dir=tmp_path, discover_minds=["none"]))
    assert (found.ready, found.message) == (True, "qwen2.5-coder-0.5b")


def test_who_takes_over_is_told_in_order(tmp_path: Path) -> None:
    backed = Settings(data_dir=tmp_path, voice=["scripted", "hibari"], ear=["scripted"], turn_model="none")
    assert who_speaks(backed) == "ear scripted; turn none; voice scripted, then hibari"


def test_what_computes_local_models_is_tried_out_where_it_can_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "newer.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    (tmp_path / "foreign.py").write_text("raise ImportError('libforeign.so: wrong ELF class: ELFCLASS32')\n")
    (tmp_path / "fine.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(doctor, "COMPUTING", ("newer", "foreign", "fine"))
    died, refused = doctor.libraries(Settings(data_dir=tmp_path))
    assert died.text == f"newer ends its process on this {platform.machine()} processor (signal 4)"
    assert "foreign does not load: ImportError: libforeign.so: wrong ELF class" in refused.text
    assert died.level == refused.level == "problem"
    assert died.remedy
    assert refused.remedy
