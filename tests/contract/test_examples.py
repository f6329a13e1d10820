"""The programs in `examples/`, installed and built as their READMEs say, each in a call with a running server."""

import importlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from tests.contract.calling import HELLO, QUESTION, CallServer
from tests.contract.javascript import node
from tests.support.browsers import call_from_browser, chromium_or_skip
from tests.support.voices import said, silence, write_wav

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
CLOSED = {"platform_settings": {"auth": {"enable_auth": True}}}
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)|port (\d+)")
ENOUGH_SECONDS = 60


@pytest.fixture
def microphone(tmp_path: Path) -> Path:
    """Somebody who says something every four seconds."""
    return write_wav(tmp_path / "microphone.wav", silence(2.0) + said(1.2) + silence(0.8))


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def built(name: str) -> Path:
    """An example with its packages; `./dev test` makes it."""
    variable = f"VIVAVOCE_TEST_EXAMPLE_{name.upper().replace('-', '_')}"
    folder = os.environ.get(variable)
    assert folder, f"{variable} is not set: run these tests through ./dev test, which builds the examples."
    return Path(folder)


@contextmanager
def serving(*command: str | Path, folder: Path, **settings: str) -> Iterator[str]:
    """The address of a site that a command serves and tells."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        told = process.stdout.readline()
        found = ADDRESS.search(told)
        assert found, told
        yield f"http://127.0.0.1:{found[1] or found[2]}"
    finally:
        process.terminate()
        process.communicate()


def driven(page: str, microphone: Path, server: CallServer) -> dict[str, Any]:
    """What a call from a page came to."""
    told = call_from_browser(
        HERE / "example_in_browser.cjs", chromium_or_skip(), page, microphone, {"hello": HELLO, "question": QUESTION}
    )
    asked = {urlsplit(address).netloc for address in told["asked"] if not address.startswith(("data:", "blob:"))}
    assert asked == {urlsplit(page).netloc, urlsplit(server.address).netloc}, "somebody else was asked"
    assert told["complaints"] == []
    return told


@pytest.mark.browser
def test_react(call_server: CallServer, microphone: Path) -> None:
    folder = built("react")
    settings = {
        "VIVAVOCE_URL": call_server.address,
        "VIVAVOCE_API_KEY": call_server.key,
        "AGENT_ID": call_server.agent(CLOSED),
        "PORT": "0",
    }
    with serving(node(), "server.mjs", folder=folder, **settings) as page:
        told = driven(page, microphone, call_server)
    assert all(call_server.key not in text for text in told["texts"]), "the key stays on the server"
    assert any("signed-url" in address for address in told["asked"])


def test_react_without_a_server_to_call(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "AGENT_ID"}
    command = [node(), EXAMPLES / "react" / "server.mjs"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr.count("AGENT_ID")) == (2, 1)


@pytest.mark.browser
def test_plain_javascript(call_server: CallServer, microphone: Path) -> None:
    agent = call_server.agent()
    command = [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with serving(*command, folder=built("plain-js")) as site:
        driven(f"{site}/?server={call_server.address}&agent={agent}", microphone, call_server)


@contextmanager
def talking(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """The Python example in a call; ended as with Ctrl-C, if it has not ended itself."""
    process = subprocess.Popen(
        [sys.executable, EXAMPLES / "python" / "talk.py", *arguments],
        env={**os.environ, "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_python_with_files(call_server: CallServer, tmp_path: Path) -> None:
    spoken = write_wav(tmp_path / "question.wav", silence(2.0) + said(1.2))
    heard = tmp_path / "answer.wav"
    agent = call_server.agent(CLOSED)
    where = ["--server", call_server.address, "--key", call_server.key]
    with talking(agent, *where, "--in", spoken, "--out", heard) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Agent: Vivavoce is"):
                break
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=ENOUGH_SECONDS)
    assert process.returncode == 0, complaints
    conversation_id = rest.strip().splitlines()[-1].removeprefix("Conversation ")
    record = call_server.record(conversation_id)
    assert [turn["message"] for turn in record["transcript"][:2]][1:] == [QUESTION]
    with wave.open(str(heard)) as file:
        assert (file.getframerate(), file.getnchannels()) == (16_000, 1)
        assert any(file.readframes(file.getnframes())), "the greeting is heard"


@pytest.fixture
def python_example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """The modules of the Python example, loaded anew."""
    monkeypatch.syspath_prepend(str(EXAMPLES / "python"))
    names = [path.stem for path in (EXAMPLES / "python").glob("*.py")]
    yield importlib.import_module
    for name in names:
        sys.modules.pop(name, None)


def test_python_says_what_is_wrong_with_a_file(
    python_example: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    wrong, broken = tmp_path / "wrong.wav", tmp_path / "broken.wav"
    with wave.open(str(wrong), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
    broken.write_text("not a sound")
    for path, words in ((wrong, "mono, 16 bits, 16 kHz"), (broken, "cannot be read"), (tmp_path / "no.wav", "No such")):
        monkeypatch.setattr(sys, "argv", ["talk.py", "agent_x", "--in", str(path)])
        assert python_example("talk").main() == 2
        assert words in capsys.readouterr().err


def test_python_says_that_nobody_is_there(
    python_example: Callable[[str], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
    free_port: int,
) -> None:
    spoken = write_wav(tmp_path / "spoken.wav", silence(0.1))
    where = ["--server", f"http://127.0.0.1:{free_port}", "--in", str(spoken)]
    for key, words in (([], "did not begin"), (["--key", "k"], "Connection refused")):
        monkeypatch.setattr(sys, "argv", ["talk.py", "agent_x", *where, *key])
        assert python_example("talk").main() == 1
        assert words in capsys.readouterr().err


def test_a_file_is_over_when_it_was_answered(
    python_example: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wav = python_example("wav")
    monkeypatch.setattr(wav, "CHUNK_SECONDS", 0.01)
    monkeypatch.setattr(wav, "QUIET_SECONDS", 0.05)
    question, answer = b"\1\0" * (wav.CHUNK_BYTES // 2), b"\2\0" * (wav.CHUNK_BYTES // 2)
    heard, over, chunks = tmp_path / "heard.wav", threading.Event(), list[bytes]()
    audio = wav.WavAudio(write_wav(tmp_path / "spoken.wav", question * 2), heard)

    def listen(chunk: bytes) -> None:
        chunks.append(chunk)
        if len(chunks) == 3:
            audio.output(answer * 8)
        if len(chunks) == 5:
            audio.interrupt()
            audio.output(answer)

    audio.when_over(over.set)
    audio.start(listen)
    assert over.wait(ENOUGH_SECONDS)
    audio.stop()
    assert b"".join(chunks[:3]) == question * 2 + bytes(wav.CHUNK_BYTES)
    with wave.open(str(heard)) as file:
        assert file.readframes(file.getnframes()).count(b"\2\0") == 3 * len(answer) // 2, "two, and one after"


class FakeStream:
    """A sound card whose buffers a test fills and empties by hand."""

    opened: ClassVar[list["FakeStream"]] = []

    def __init__(self, *, callback: Callable[..., None], **form: Any) -> None:
        self.callback, self.form, self.state = callback, form, "new"
        self.opened.append(self)

    def start(self) -> None:
        self.state = "started"

    def stop(self) -> None:
        self.state = "stopped"

    def close(self) -> None:
        self.state = "closed"


def test_the_microphone(python_example: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    card = SimpleNamespace(RawInputStream=FakeStream, RawOutputStream=FakeStream)
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    monkeypatch.setattr(FakeStream, "opened", [])
    microphone, heard = python_example("microphone").Microphone(), list[bytes]()
    microphone.start(heard.append)
    ear, mouth = FakeStream.opened
    assert {stream.form["samplerate"] for stream in (ear, mouth)} == {16_000}
    ear.callback(memoryview(b"ab"), 1, None, None)
    assert heard == [b"ab"]

    microphone.output(b"abcdef")
    place = bytearray(4)
    mouth.callback(memoryview(place), 2, None, None)
    assert bytes(place) == b"abcd"
    microphone.interrupt()
    mouth.callback(memoryview(place), 2, None, None)
    assert bytes(place) == bytes(4), "what was interrupted is not heard"
    microphone.stop()
    assert (ear.state, mouth.state) == ("closed", "closed")


def test_the_examples_are_pinned_to_what_is_tested() -> None:
    tested = (EXAMPLES.parent / "requirements" / "dev.in").read_text()
    pin = re.search(r"^elevenlabs==\S+", (EXAMPLES / "python" / "requirements.in").read_text(), re.MULTILINE)
    assert pin
    assert pin[0] in tested
