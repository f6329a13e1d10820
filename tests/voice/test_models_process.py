"""A spoken call on a server with several workers: its models are in another process, which may die on the way."""

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.support.servers import RunningServer, serving
from tests.voice.sound import spoken, words
from tests.voice.test_call import calling

from vivavoce.providers.local.hibari import Hibari

pytestmark = [pytest.mark.slow, pytest.mark.anyio]


@pytest.fixture(scope="module")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningServer]:
    folder = tmp_path_factory.mktemp("workers")
    environment = {"VIVAVOCE_MODELS_DIR": str(models), "VIVAVOCE_WORKERS": "2", "PATH": os.environ["PATH"]}
    with serving(folder, f"sqlite:///{folder / 'vivavoce.db'}", environment=environment) as server:
        yield server


def models_process(server: RunningServer) -> int:
    """The process id of the one that has the models."""
    (found,) = [
        int(place.parent.name)
        for place in Path("/proc").glob("[0-9]*/cmdline")
        if b"vivavoce.processes.models\0" in _read(place) and _parent(place.parent) == server.process.pid
    ]
    return found


def _read(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError:
        return b""


def _parent(process: Path) -> int:
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


async def test_a_call_goes_on_when_the_process_with_the_models_dies(server: RunningServer, voice: Hibari) -> None:
    async with calling(server) as caller:
        hello = (await caller.until("agent_response"))["agent_response_event"]["agent_response"]
        await caller.until_quiet(spoken(voice, hello))
        first = models_process(server)
        os.kill(first, signal.SIGKILL)
        caller.to_say.extend(spoken(voice, "What can you do for my company?", "male"))
        question = (await caller.until("user_transcript"))["user_transcription_event"]["user_transcript"]
        heard = len(caller.heard)
        answer = (await caller.until("agent_response", 2))["agent_response_event"]["agent_response"]
        await caller.until_quiet(spoken(voice, answer), since=heard)
    assert "company" in words(question)
    assert models_process(server) != first
