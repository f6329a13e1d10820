"""What a server's processes use of the machine, and how a process is given a core of its own.

All of it is read from `/proc`; where there is none the figures are None, and the table says so.
"""

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SERVER_CORE = 0
CALLERS_CORE = 1


@dataclass(frozen=True)
class Usage:
    """A server at one moment: all its processes together."""

    cpu_seconds: float
    memory_mb: float
    """Its share of memory (PSS): what it alone has, and its part of what others have too."""
    threads: int
    files: int
    sockets: int
    waited_seconds: float
    """For how long its threads were ready to run and had no core, all together, since they began."""


def usage(pids: Sequence[int]) -> Usage | None:
    """What these processes use; None where the system does not tell."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    opened = [name for pid in pids for name in _open_files(pid)]
    sockets = sum(name.startswith("socket:") for name in opened)
    return Usage(
        cpu_seconds=sum(map(_cpu_seconds, pids)),
        memory_mb=round(sum(map(_memory_kb, pids)) / 1024, 2),
        threads=sum(map(_threads, pids)),
        files=len(opened) - sockets,
        sockets=sockets,
        waited_seconds=sum(map(_waited_seconds, pids)),
    )


def _cpu_seconds(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _memory_kb(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def _threads(pid: int) -> int:
    with suppress(OSError):
        return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
    return 0


def _waited_seconds(pid: int) -> float:
    total = 0
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                total += int((task / "schedstat").read_text().split()[1])
    return total / 1e9


def _open_files(pid: int) -> list[str]:
    found: list[str] = []
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.append(str(descriptor.readlink()))
    return found


def descendants(pid: int) -> list[int]:
    """A process and all its children."""
    found, todo = list[int](), [pid]
    while todo:
        found.append(todo.pop())
        with suppress(OSError):
            for task in Path(f"/proc/{found[-1]}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
    return found


def busy_seconds(core: int, *, with_polite: bool = False) -> float:
    """What a core has worked since the machine began, for whomever did not stand back for others; or for those, too."""
    with suppress(OSError):
        for line in Path("/proc/stat").read_text().splitlines():
            name, *times = line.split()
            if name == f"cpu{core}":
                user, polite, system, _, _, irq, softirq, steal = map(int, times[:8])
                others = polite if with_polite else 0
                return (user + others + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    return 0.0


@contextmanager
def awake() -> Generator[None]:
    """Keeps the two cores from falling asleep between one frame and the next, by work that stands back for all other.

    A virtual machine's core that sleeps is given away. Getting it back takes up to a millisecond, with cold caches, and
    that is the host's doing: it made the callers late, and every side dearer the less it had to do.
    """
    if not can_pin():
        yield
        return
    command = ["/bin/sh", "-c", "while :; do :; done"]
    with ExitStack() as stack:
        for core in (SERVER_CORE, CALLERS_CORE):
            spinner = subprocess.Popen([*_on(core, "idle"), *command])
            stack.callback(spinner.wait)
            stack.callback(spinner.kill)
        yield


def pinned(core: int, *, realtime: bool) -> list[str]:
    """What to write before a command so that it has a core of its own."""
    return _on(core, "realtime" if realtime else "normal") if can_pin() else []


def preferred(core: int) -> list[str]:
    """The same for something that computes in several threads: in the real-time class an inference would hold up the
    thread that moves the sound, for longer than any ordinary system lets it."""
    return _on(core, "preferred") if can_pin() else []


def _on(core: int, scheduling: Literal["realtime", "preferred", "normal", "idle"]) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("pinned.py")), str(core), scheduling]


def can_pin() -> bool:
    """Whether there is a core for the server and another one for the callers."""
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > CALLERS_CORE
