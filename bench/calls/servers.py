"""Starts a side on its core, and stops it: ours as people start it, the peers and the floor each in its environment.

Ours is chosen by settings alone (`SETTINGS`); its agent is made through the API. The peers' environments are found in
`VIVAVOCE_BENCH_PIPECAT` and `VIVAVOCE_BENCH_LIVEKIT`, where `./dev bench` puts them; the floor runs in Pipecat's,
which carries the file of the voice detector.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.support.servers import KEY, RunningServer, serving
from tooling.cache import cache_folder

from bench import _report
from bench.calls import machine, scenario

SideName = Literal["ours", "livekit", "pipecat", "floor"]
SIDES: tuple[SideName, ...] = ("ours", "livekit", "pipecat", "floor")
PEERS: Mapping[SideName, tuple[str, str]] = {
    "livekit": ("livekit", "bench.calls.peers.on_livekit"),
    "pipecat": ("pipecat", "bench.calls.peers.on_pipecat"),
    "floor": ("pipecat", "bench.calls.peers.floor"),
}
SILERO = "lib/python3*/site-packages/pipecat/audio/vad/data/silero_vad.onnx"
CONVERSATION = "/v1/convai/conversation"
START_SECONDS = 60.0
SETTLE_SECONDS = 2.0
MODEL = "scripted"


class Missing(Exception):
    """A side that cannot be started here, and why."""


@dataclass(frozen=True)
class Side:
    """A running server, where it takes calls, and its processes."""

    port: int
    path: str
    pid: int
    ready_seconds: float
    statistics: Path | None = None
    """Where a peer writes how late its loop is."""
    server: RunningServer | None = None
    errors: Path | None = None
    """What ours writes to its standard error: warnings and worse."""

    def usage(self) -> machine.Usage | None:
        """What its processes use now."""
        return machine.usage(machine.descendants(self.pid))

    def complaints(self) -> list[str]:
        """What ours has written to its log."""
        return self.errors.read_text().splitlines() if self.errors is not None else []

    def loop_lags_ms(self) -> list[float]:
        """How late its loop lately was."""
        if self.statistics is None or not self.statistics.exists():
            return []
        return json.loads(self.statistics.read_text())


@dataclass(frozen=True)
class Wishes:
    """How a side is to be configured."""

    profile: Literal["fast", "default"] = "fast"
    speculative: bool = False
    lines: tuple[str, ...] = (scenario.QUESTION,)
    """What the ear of ours hears, one after the other."""
    least_speech_ms: int = scenario.LEAST_SPEECH_MS


@contextmanager
def running(name: SideName, wishes: Wishes, *, realtime: bool) -> Generator[Side]:
    """A side, for as long as the block runs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vivavoce-bench-")))
        side = ours(folder, wishes, realtime) if name == "ours" else peer(name, folder, wishes, realtime)
        yield stack.enter_context(side)


# Ours


def settings(wishes: Wishes) -> dict[str, str]:
    """The `scripted` configuration, as environment variables."""
    providers: dict[str, dict[str, dict[str, Any]]] = {
        "language": {
            "scripted": {
                "models": [MODEL],
                "replies": [scenario.REPLY],
                "first_token_seconds": scenario.FIRST_TOKEN_MS / 1000,
                "token_seconds": scenario.TOKEN_MS / 1000,
            }
        },
        "ear": {
            "scripted": {
                "lines": wishes.lines,
                "interim_seconds": scenario.INTERIM_MS / 1000,
                "final_seconds": scenario.FINAL_MS / 1000,
                "minimum_speech_seconds": wishes.least_speech_ms / 1000,
            }
        },
        "voice": {
            "scripted": {
                "first_byte_seconds": scenario.FIRST_BYTE_MS / 1000,
                "chunk_seconds": scenario.CHUNK_MS / 1000,
                "seconds_per_piece": scenario.SENTENCE_MS / 1000,
                "speed": scenario.SPEED,
            }
        },
    }
    return {
        "VIVAVOCE_PROVIDERS": json.dumps(providers),
        "VIVAVOCE_EAR": "scripted",
        "VIVAVOCE_VOICE": "scripted",
        "VIVAVOCE_VOICE_ACTIVITY": "silero",
        "VIVAVOCE_EMBEDDING": "hashed",
        "VIVAVOCE_TURN_MODEL": "none" if wishes.profile == "fast" else "smart_turn",
        "VIVAVOCE_MODELS_DIR": str(models()),
        "VIVAVOCE_REQUESTS_PER_MINUTE": "0",
        "VIVAVOCE_LOG_LEVEL": "warning",
    }


def models() -> Path:
    """Where the tests, too, keep the local models."""
    return cache_folder() / "models"


def pull_turn_model() -> None:
    """Fetch the turn model, if it is not there yet."""
    command = [sys.executable, "-m", "vivavoce", "models", "pull", "smart-turn", "--models-dir", str(models())]
    pulled = subprocess.run(command, capture_output=True, text=True, check=False)
    if pulled.returncode != 0:
        raise Missing(f"the turn model could not be fetched: {pulled.stderr.strip()[-300:]}")


def agent(wishes: Wishes) -> dict[str, Any]:
    """The agent that is called. Eager turns end 200 ms after the voice did; no word is waited for that may follow."""
    return {
        "name": "Scripted",
        "conversation_config": {
            "agent": {"first_message": scenario.FIRST_MESSAGE, "prompt": {"prompt": "Be brief.", "llm": MODEL}},
            "asr": {"user_input_audio_format": "pcm_16000"},
            "tts": {"agent_output_audio_format": "pcm_16000"},
            "turn": {
                "turn_eagerness": "eager",
                "mode": "silence" if wishes.profile == "fast" else "turn",
                "speculative_turn": wishes.speculative,
                "spelling_patience": "off",
                "merge_with_default_ignore_terms": True,
            },
            "conversation": {"client_events": ["audio", "interruption", "ping"]},
        },
    }


@contextmanager
def ours(folder: Path, wishes: Wishes, realtime: bool) -> Generator[Side]:
    """`vivavoce serve` with the scripted providers, on SQLite, and an agent that anybody may call."""
    if wishes.profile == "default":
        pull_turn_model()
    began = time.perf_counter()
    url = f"sqlite:///{folder}/vivavoce.db"
    before = machine.pinned(machine.SERVER_CORE, realtime=realtime)
    errors = folder / "errors.log"
    with (
        errors.open("w") as log,
        serving(folder, url, environment=settings(wishes), before=before, log=log) as server,
    ):
        ready_seconds = time.perf_counter() - began
        port = int(server.address.rpartition(":")[2])
        made = call_api(server.address, "POST", "/v1/convai/agents/create", agent(wishes))
        path = f"{CONVERSATION}?agent_id={made['agent_id']}"
        time.sleep(SETTLE_SECONDS)
        yield Side(port, path, server.process.pid, round(ready_seconds, 2), server=server, errors=errors)


def call_api(address: str, method: str, path: str, body: object = None) -> dict[str, Any]:
    """One request to our API."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"xi-api-key": KEY, "Content-Type": "application/json"}
    request = urllib.request.Request(address + path, content, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


# The peers and the floor


@contextmanager
def peer(name: SideName, folder: Path, wishes: Wishes, realtime: bool) -> Generator[Side]:
    """A peer or the floor."""
    environment, module = PEERS[name]
    home = os.environ.get(f"VIVAVOCE_BENCH_{environment.upper()}")
    if not home:
        raise Missing(f"the environment of {name} is not there (VIVAVOCE_BENCH_{environment.upper()})")
    port, statistics = _free_port(), folder / "lag.json"
    command = [f"{home}/bin/python", "-m", module, str(port), str(statistics), wishes.profile]
    if name == "floor":
        command.append(str(next(Path(home).glob(SILERO))))
    began = time.perf_counter()
    process = _start([*machine.pinned(machine.SERVER_CORE, realtime=realtime), *command], folder / "errors.log")
    try:
        _wait_for(port, process, folder / "errors.log")
        ready_seconds = time.perf_counter() - began
        time.sleep(SETTLE_SECONDS)
        yield Side(port, f"{CONVERSATION}?agent_id=bench", process.pid, round(ready_seconds, 2), statistics)
    finally:
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(command: Sequence[str], errors: Path) -> "subprocess.Popen[bytes]":
    # One thread each: what a library starts for a machine of many cores only disturbs one core.
    quiet = {"PYTHONPATH": str(_report.REPOSITORY), "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
    with errors.open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=_report.REPOSITORY,
            env={**os.environ, **quiet},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _wait_for(port: int, process: "subprocess.Popen[bytes]", errors: Path) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise Missing(f"it did not start: {errors.read_text()[-2000:]}")
