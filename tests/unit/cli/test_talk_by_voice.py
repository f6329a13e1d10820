"""`vivavoce talk` by voice: from files, with scripted ears and voice at the speed of the machine, and with devices."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.voices import said, silence, write_wav

from vivavoce.app import open_application
from vivavoce.base.errors import Problem
from vivavoce.cli import _devices, _wav
from vivavoce.settings import load

STAGES = [
    "end of speech",
    "silence noticed",
    "words",
    "decision",
    "first token",
    "first sentence",
    "first audio",
    "first sound",
]
PROVIDERS = {"ear": {"scripted": {"lines": ["what is vivavoce", "goodbye"]}}, "voice": {"scripted": {}}}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a new installation."""
    folder = tmp_path_factory.mktemp("data")

    async def make() -> None:
        async with open_application(load({"data_dir": folder}), bus_url="local") as application:
            await application.first_run()

    asyncio.run(make())
    return folder


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("sound") / "caller.wav", said(1.4))


def talk(data: Path, *arguments: str | Path, status: int = 0, **settings: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vivavoce", "talk", "--data-dir", str(data), *map(str, arguments)]
    chosen = {"VIVAVOCE_PROVIDERS": json.dumps(PROVIDERS), "VIVAVOCE_EAR": "scripted", "VIVAVOCE_VOICE": "scripted"}
    environment = {**os.environ, **chosen, "VIVAVOCE_TURN_MODEL": "none", **settings}
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False, env=environment, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_two_files_take_turns_and_every_turn_is_measured(data: Path, caller: Path, tmp_path: Path) -> None:
    heard = tmp_path / "agent.wav"
    out = talk(data, "--in", caller, "--in", caller, "--out", heard).stdout
    assert out.startswith("You are calling Ada.")
    assert re.search(r"^you: what is vivavoce$", out, re.MULTILINE)
    assert re.search(r"^you: goodbye$", out, re.MULTILINE)
    assert "[interrupted" not in out
    assert "[The call is over. The caller said goodbye.]" in out
    stages = re.findall(r"^    (\w[\w ]*?) +(\d\.\d+) s ", out, re.MULTILINE)
    names = [name for name, _ in stages]
    assert names[: len(STAGES)] == STAGES
    waits = [float(at) for name, at in stages if name == "first sound"]
    assert len(waits) == 2
    assert all(0.1 < wait < 5.0 for wait in waits)
    assert len(_wav.read(heard, 16_000)) > 16_000 * 2 * 5


def test_who_speaks_at_once_interrupts_the_greeting(data: Path, tmp_path: Path) -> None:
    microphone = write_wav(tmp_path / "microphone.wav", silence(1.0) + said(2.0))
    rows = [json.loads(line) for line in talk(data, "--in", microphone, "--at-once", "--json").stdout.splitlines()]
    kinds = [row["type"] for row in rows]
    assert kinds[0] == "conversation_initiation_metadata"
    assert kinds.index("interruption") < kinds.index("user_transcript")
    [waterfall] = [row for row in rows if row["type"] == "waterfall"]
    assert waterfall["first_sound"] >= waterfall["decision"] > 0
    assert kinds[-1] == "call_ended"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--in", "nowhere.wav"], "nowhere.wav cannot be read"),
        (["--out", "a.wav"], "Name one with --in"),
        (["--in", "a.wav", "--text"], "does not go with --text"),
    ],
)
def test_what_cannot_be_done_is_said(data: Path, arguments: list[str], complaint: str) -> None:
    assert complaint in talk(data, *arguments, status=1).stderr


def test_without_models_it_says_which_are_missing(data: Path, caller: Path, tmp_path: Path) -> None:
    settings = {"VIVAVOCE_EAR": "auto", "VIVAVOCE_PROVIDERS": "{}", "VIVAVOCE_VOICE": "auto"}
    done = talk(data, "--in", caller, status=1, VIVAVOCE_MODELS_DIR=str(tmp_path), **settings)
    assert "vivavoce models pull" in done.stderr


# ---------------------------------------------------------------------------------------------------------------
# Devices


class Stream:
    """A stream of the stand-in for PortAudio, which calls back when told to."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.options["callback"] = None


class PortAudioError(Exception):
    pass


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    made: dict[str, Stream] = {}

    def opener(name: str) -> Any:
        def make(**options: Any) -> Stream:
            if options["samplerate"] == 44_100:
                raise PortAudioError("Invalid sample rate")
            made[name] = Stream(**options)
            return made[name]

        return make

    module = SimpleNamespace(
        RawInputStream=opener("in"),
        RawOutputStream=opener("out"),
        PortAudioError=PortAudioError,
        check_input_settings=lambda **_: None,
        check_output_settings=lambda **_: None,
        made=made,
    )
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    yield module


@pytest.mark.anyio
async def test_the_microphone_is_heard_and_the_speaker_plays_until_it_is_stopped(devices: SimpleNamespace) -> None:
    playing, heard = _devices.Playing(), asyncio.Queue[bytes]()
    with _devices.opened(playing, heard.put_nowait, input_hz=16_000, output_hz=24_000):
        devices.made["in"].options["callback"](b"\1\2" * 320, 320, None, None)
        assert await heard.get() == b"\1\2" * 320
        playing.play(b"\3\4" * 300, 0.0)
        block = bytearray(400)
        devices.made["out"].options["callback"](block, 200, None, None)
        assert block == b"\3\4" * 200
        assert playing.is_sounding(0.0)
        playing.stop(0.0)
        devices.made["out"].options["callback"](block, 200, None, None)
        assert not any(block)
        assert not playing.is_sounding(0.0)
    assert devices.made["in"].options["callback"] is None


@pytest.mark.anyio
async def test_devices_that_cannot_do_the_rate_are_named(devices: SimpleNamespace) -> None:
    with (
        pytest.raises(Problem, match="44100 Hz"),
        _devices.opened(_devices.Playing(), print, input_hz=44_100, output_hz=16_000),
    ):
        pass


def test_what_a_machine_lacks_is_said(devices: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _devices.lacking() == ""

    def nothing(**_: Any) -> None:
        raise PortAudioError("no default input device")

    devices.check_input_settings = nothing
    assert "no default input device" in _devices.lacking()
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert "pip install" in _devices.lacking()
