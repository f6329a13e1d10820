"""A whole Vivavoce as people start it, `vivavoce serve` in processes of its own, for tests of faults and for bench/.

    with serving(folder, "sqlite:////.../vivavoce.db") as server: ... server.address, server.key

Ready is what the command prints when it is ready; nothing polls.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

KEY = "xi_" + "k" * 43
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 30

_SOURCES = Path(__file__).parents[2] / "src"
_READY = re.compile(r'base_url="([^"]+)"')


@dataclass(frozen=True)
class RunningServer:
    """A server that takes requests at `address` with the admin key `key`."""

    process: subprocess.Popen[str]
    address: str
    key: str = KEY

    def pids(self) -> list[int]:
        """The processes of the server, the supervisor last."""
        return [*_descendants(self.process.pid), self.process.pid]

    def kill(self) -> None:
        """Ends all processes of the server at once, as if the power had gone."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(
    folder: Path,
    database_url: str,
    *options: str,
    environment: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    log: IO[str] | None = None,
) -> Generator[RunningServer]:
    """A server for as long as the block runs. `before` is written before the command, such as `nice`."""
    process = _start(folder, database_url, options, environment or {}, before, log)
    watchdog = threading.Timer(START_TIMEOUT_SECONDS, process.kill)
    watchdog.start()
    try:
        server = RunningServer(process, _address_in(process))
        watchdog.cancel()
        threading.Thread(target=_drain, args=(process,), daemon=True).start()
        yield server
    finally:
        watchdog.cancel()
        _stop(process)


def _start(
    folder: Path,
    database_url: str,
    options: tuple[str, ...],
    environment: Mapping[str, str],
    before: Sequence[str],
    log: IO[str] | None,
) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-m", "vivavoce", "serve", "--port", "0", "--data-dir", str(folder)]
    command += ["--database-url", database_url, *options]
    ours = {
        **{name: value for name, value in os.environ.items() if not name.startswith("VIVAVOCE_")},
        "PYTHONPATH": str(_SOURCES),
        "VIVAVOCE_ADMIN_API_KEY": KEY,
        "VIVAVOCE_OPEN_BROWSER": "false",
        "VIVAVOCE_DISCOVER_MINDS": "none",
        "VIVAVOCE_FETCH_MODELS": "none",
    }
    return subprocess.Popen(
        command,
        env={**ours, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )


def _address_in(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if found := _READY.search(line):
            return found.group(1)
    raise RuntimeError(f"the server did not start; it said:\n{said}")


def _drain(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for _ in process.stdout:
        pass


def _stop(process: subprocess.Popen[str]) -> None:
    pids = _descendants(process.pid)
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in [*pids, process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _descendants(pid: int) -> list[int]:
    """Children of a process, and theirs, the deepest first."""
    parents = dict(_parents())
    found: list[int] = []
    todo = [pid]
    while todo:
        parent = todo.pop()
        children = [child for child, its_parent in parents.items() if its_parent == parent]
        found += children
        todo += children
    return found[::-1]


def _parents() -> Iterator[tuple[int, int]]:
    """Every process with its parent; Linux may have no `ps`, others have no `/proc`."""
    if Path("/proc/self/stat").exists():
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
                yield int(folder.name), int(after_name[1])
    else:
        listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            child, parent = line.split()
            yield int(child), int(parent)
