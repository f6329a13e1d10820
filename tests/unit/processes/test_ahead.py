"""A worker that is begun first and told later what for."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from vivavoce.processes import ahead

# A stand-in for a worker: it says on its line what it was told.
WORKER = """
import json, os, socket, sys
from vivavoce.processes.ahead import assigned

fd = int(sys.argv[sys.argv.index("--control-fd") + 1])
port = assigned(fd)
line = socket.socket(fileno=fd)
if port is None:
    sys.exit("nothing to serve")
open(os.environ["MADE"], "w").close()
told = {
    "length": len(os.environ["LONG"]),
    "path": os.environ["PATH"],
    "is_inherited": os.get_inheritable(port),
    "port": socket.socket(fileno=port).getsockname()[1],
}
line.sendall(json.dumps(told).encode())
"""
PROGRAM = (sys.executable, "-c", WORKER)
LONG = "x" * 100_000


def test_it_hears_its_environment_and_its_port(tmp_path: Path) -> None:
    made = tmp_path / "made"
    ahead.begin(PROGRAM)
    begun = ahead.hand_over()
    assert begun is not None
    assert ahead.hand_over() is None
    pid, fd = begun
    with socket.socket(fileno=fd) as line, socket.create_server(("127.0.0.1", 0)) as listener:
        ahead.assign(line, {"LONG": LONG, "MADE": str(made)}, listener.fileno())
        told = json.loads(line.recv(10_000))
        port = listener.getsockname()[1]
    assert os.waitpid(pid, 0)[1] == 0
    assert told == {"length": len(LONG), "path": os.environ["PATH"], "port": port, "is_inherited": False}
    assert made.stat().st_mode & 0o777 == 0o600


def test_where_there_is_nothing_to_serve_it_is_ended() -> None:
    ahead.begin((sys.executable, "-c", "import signal; signal.pause()"))
    ahead.give_up()
    assert ahead.hand_over() is None


def test_it_ends_with_a_command_that_fails() -> None:
    waiting = (sys.executable, "-c", "import signal; signal.pause()")
    command = f"import sys; from vivavoce.processes import ahead; ahead.begin({waiting!r}); sys.exit('no')"
    # Whoever has the error stream is waited for, and the worker has it too.
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, check=False, timeout=60)
    assert done.returncode == 1


def test_a_line_that_closes_means_that_nothing_is_to_be_served() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    assert ahead.assigned(theirs.detach()) is None


@pytest.mark.parametrize(
    ("arguments", "begins"), [(["serve"], True), (["serve", "--help"], False), (["keys", "list"], False)]
)
def test_only_a_command_that_serves_begins_one(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], *, begins: bool
) -> None:
    from vivavoce import __main__, cli

    begun: list[bool] = []
    monkeypatch.setattr(ahead, "begin", lambda: begun.append(True))
    monkeypatch.setattr(cli, "main", lambda: None)
    monkeypatch.setattr(sys, "argv", ["vivavoce", *arguments])
    __main__.main()
    assert bool(begun) is begins
