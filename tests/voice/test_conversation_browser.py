"""A spoken conversation in a headless Chromium, offline: a speech file is the microphone, the official client calls,
and the local ears, turn model and voice answer it by voice.
"""

import base64
import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from tests.contract.calling import PAUSE
from tests.contract.test_conversation_node import noted
from tests.support.browsers import call_from_browser, chromium_or_skip, page_with_client
from tests.support.servers import RunningServer, serving
from tests.support.voices import silence, write_wav
from tests.voice.sound import heard_words, spoken

from vivavoce.providers.local.features import SAMPLE_RATE_HZ, samples_of
from vivavoce.providers.local.hibari import Hibari
from vivavoce.providers.local.whisper import Whisper

pytestmark = [pytest.mark.slow, pytest.mark.browser]

QUESTION = "What can you do for my company?"
READY_SECONDS = 120
GREETING_SECONDS = 10.0
"""After that the agent has greeted, also where the machine is busy."""


@pytest.fixture(scope="module")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningServer]:
    folder = tmp_path_factory.mktemp("browser")
    environment = {"VIVAVOCE_MODELS_DIR": str(models), "PATH": os.environ["PATH"]}
    with serving(folder, f"sqlite:///{folder / 'vivavoce.db'}", environment=environment) as server:
        last = time.monotonic() + READY_SECONDS
        while any(
            part["status"] == "coming" for part in httpx.get(f"{server.address}/readyz").json()["components"].values()
        ):
            assert time.monotonic() < last, "its models are not loaded in time"
            PAUSE.wait(0.5)
        yield server


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with page_with_client(tmp_path_factory.mktemp("site")) as address:
        yield address


def test_a_question_from_a_microphone_is_answered_by_voice(
    server: RunningServer, page: str, voice: Hibari, ears: Whisper, tmp_path: Path
) -> None:
    question = silence(GREETING_SECONDS) + spoken(voice, QUESTION, "male") + silence(5.0)
    microphone = write_wav(tmp_path / "microphone.wav", question)
    agents = httpx.get(f"{server.address}/v1/convai/agents", headers={"xi-api-key": server.key}).json()["agents"]
    where = {"agentId": agents[0]["agent_id"], "origin": server.address.replace("http", "ws", 1)}
    script = Path(__file__).with_name("call_from_browser.cjs")
    told = call_from_browser(script, chromium_or_skip(), page, microphone, where)
    assert "failure" not in told, told
    assert noted(told, "error") == []
    [understood] = noted(told, "user")
    assert {"what", "can", "you", "do"} <= set(heard_words(understood))
    asked_at = [entry["kind"] for entry in told["entries"]].index("asked")
    for entries in (told["entries"][:asked_at], told["entries"][asked_at:]):
        # On a busy machine the agent may have asked meanwhile whether anybody is there; the first words count.
        text = next(entry["what"] for entry in entries if entry["kind"] == "agent")
        wanted = set(heard_words(text))
        assert len(heard_again(ears, entries) & wanted) >= 0.7 * len(wanted), text
    assert {urlsplit(address).hostname for address in told["asked"]} == {"127.0.0.1"}


def heard_again(ears: Whisper, entries: list[dict[str, str]]) -> set[str]:
    """The words of the agent's audio."""
    pcm = b"".join(base64.b64decode(entry["what"]) for entry in entries if entry["kind"] == "audio")
    window = 25 * SAMPLE_RATE_HZ * 2
    parts = [pcm[start : start + window] for start in range(0, len(pcm), window)]
    return {word for part in parts for word in heard_words(ears.transcribe(samples_of(part), "en").text)}
