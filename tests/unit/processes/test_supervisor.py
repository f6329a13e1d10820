"""The supervisor with real processes: it waits for ready, restarts what dies, stops in order, takes children along."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from vivavoce.processes.supervisor import Supervisor, read_options

pytestmark = pytest.mark.anyio

# A stand-in for a child: it tells the test what happens to it through a named pipe.
CHILD = """
import asyncio, os, signal, sys
from vivavoce.processes.control import ControlLine, FetchingUnwanted, JobsNeeded, ModelsMissing, Ready
from vivavoce.providers.local.fitness import UNFIT

name, does = sys.argv[1], os.environ.get("CHILD_DOES", "")
first_run = {"new": True, "login_token": "one-time"} if "first run" in does else {}

def tell(what):
    fd = os.open(os.environ["CHILD_NEWS"], os.O_WRONLY)
    os.write(fd, f"{name} {what} {os.getpid()}\\n".encode())
    os.close(fd)

async def main():
    if name == "browser":
        tell("shows:" + sys.argv[2])
        return
    line = ControlLine(int(sys.argv[sys.argv.index("--control-fd") + 1]))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: line.say(FetchingUnwanted()))
    if "fail" in does:
        sys.exit(3)
    if "needs avx" in does and not os.environ.get(UNFIT):
        if "later" in does and name == "worker":
            line.say(Ready({"version": "9", "api_key": "xi_first"}))
            tell("computes")
        os.kill(os.getpid(), signal.SIGILL)
    line.say(Ready({"version": "9", "api_key": "xi_first", **first_run}))
    tell("started")
    if name == "worker" and "want jobs" in does:
        line.say(JobsNeeded())
    if name == "worker" and "miss models" in does:
        line.say(ModelsMissing(["ears", "turns"]))
    if name == "fetching":
        tell("got:" + ",".join(sys.argv[sys.argv.index("--models") + 1:]))
        if "fetch long" in does:
            await stop.wait()
            tell("broken_off")
        return
    if name == "jobs" and "leave" in does:
        line.say(JobsNeeded(3600))
        tell("left")
        return
    if "hang" in does:
        await asyncio.Event().wait()
    ends = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(line.closed())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    tell("stopped" if stop.is_set() else "orphaned")

asyncio.run(main())
"""

LAUNCH = """
import asyncio, os, socket, subprocess, sys
from vivavoce.processes.supervisor import Supervisor, read_options

child, arguments = sys.argv[1], sys.argv[2:]
if "begun" in os.environ["CHILD_DOES"]:
    ours, theirs = socket.socketpair()
    command = [sys.executable, child, "worker", "--control-fd", str(theirs.fileno())]
    worker = subprocess.Popen(command, pass_fds=[theirs.fileno()])
    theirs.close()
    arguments += ["--begun", str(worker.pid), str(ours.detach())]
options = read_options(arguments)
browser = (sys.executable, child, "browser")
sys.exit(asyncio.run(Supervisor(options, lambda name: (sys.executable, child, name), browser).run()))
"""


@dataclass
class Running:
    """A supervisor and what its children told."""

    process: asyncio.subprocess.Process
    news: asyncio.StreamReader

    async def hear(self, *expected: str) -> list[int]:
        """Wait for these pieces of news in any order; the process ids that told them."""
        heard: dict[str, int] = {}
        wanted = list(expected)
        async with asyncio.timeout(20):
            while wanted:
                name, what, pid = (await self.news.readline()).decode().split()
                wanted.remove(f"{name} {what}")
                heard[f"{name} {what}"] = int(pid)
        return [heard[each] for each in expected]

    async def line(self) -> str:
        """The next line it prints."""
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            return (await self.process.stdout.readline()).decode()

    async def ends(self) -> int:
        """Its exit status."""
        async with asyncio.timeout(20):
            return await self.process.wait()


Supervise = Callable[..., Awaitable[Running]]


@pytest.fixture
async def supervise(tmp_path: Path) -> AsyncIterator[Supervise]:
    async with _supervisors(tmp_path) as start:
        yield start


@asynccontextmanager
async def _supervisors(folder: Path) -> AsyncIterator[Supervise]:
    (folder / "child.py").write_text(CHILD)
    (folder / "launch.py").write_text(LAUNCH)
    pipe = folder / "news"
    os.mkfifo(pipe)
    # Opened for both, so that the pipe never ends while the test listens.
    news_file = os.fdopen(os.open(pipe, os.O_RDWR | os.O_NONBLOCK), "rb")
    news = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(news), news_file)
    started: list[asyncio.subprocess.Process] = []

    async def start(*arguments: str, does: str = "") -> Running:
        listen, other = os.pipe()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(folder / "launch.py"),
            str(folder / "child.py"),
            *("--listen-fd", str(listen), "--address", "http://here"),
            *arguments,
            pass_fds=[listen],
            env={**os.environ, "CHILD_NEWS": str(pipe), "CHILD_DOES": does, "PYTHONPATH": "src"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        os.close(listen)
        os.close(other)
        started.append(process)
        return Running(process, news)

    try:
        yield start
    finally:
        for process in started:
            if process.returncode is None:
                process.terminate()
            async with asyncio.timeout(20):
                await process.communicate()
        transport.close()


async def test_the_first_start_opens_the_dashboard(supervise: Supervise) -> None:
    running = await supervise("--open-browser", does="first run")
    await running.hear("worker started", "browser shows:http://here/?login=one-time")


async def test_it_says_what_the_first_worker_found_and_stops_in_order(supervise: Supervise) -> None:
    running = await supervise("--workers", "2")
    await running.hear("worker started", "worker started")
    assert "Vivavoce 9" in await running.line()
    assert "xi_first" in await running.line()
    running.process.send_signal(signal.SIGTERM)
    await running.hear("worker stopped", "worker stopped")
    assert await running.ends() == 0


async def test_a_first_worker_that_cannot_start_ends_the_server(supervise: Supervise) -> None:
    running = await supervise(does="fail")
    assert await running.ends() == 1


async def test_a_worker_that_dies_is_started_again(supervise: Supervise) -> None:
    running = await supervise()
    (pid,) = await running.hear("worker started")
    os.kill(pid, signal.SIGKILL)
    (again,) = await running.hear("worker started")
    assert again != pid


async def test_a_worker_that_was_begun_before_is_kept_like_any_other(supervise: Supervise) -> None:
    running = await supervise(does="begun")
    (pid,) = await running.hear("worker started")
    assert "Vivavoce 9" in await running.line()
    os.kill(pid, signal.SIGKILL)
    await running.hear("worker started")
    running.process.send_signal(signal.SIGTERM)
    await running.hear("worker stopped")
    assert await running.ends() == 0


@pytest.mark.parametrize("does", ["begun fail", "begun hang"])
async def test_one_that_was_begun_and_fails_or_hangs_ends_with_the_server(supervise: Supervise, does: str) -> None:
    running = await supervise("--stop-timeout-seconds", "-5", does=does)
    if "hang" in does:
        await running.hear("worker started")
        running.process.send_signal(signal.SIGTERM)
    assert await running.ends() == (1 if "fail" in does else 0)


@pytest.mark.parametrize("when", ["before it is ready", "later"])
async def test_what_a_processor_cannot_do_is_not_tried_again(supervise: Supervise, when: str) -> None:
    running = await supervise(does=f"needs avx {when}")
    if when == "later":
        await running.hear("worker computes")
    await running.hear("worker started")
    running.process.send_signal(signal.SIGTERM)
    await running.hear("worker stopped")
    assert await running.ends() == 0


async def test_children_of_a_killed_supervisor_leave(supervise: Supervise) -> None:
    running = await supervise("--jobs", does="want jobs")
    await running.hear("worker started", "jobs started")
    running.process.kill()
    await running.hear("worker orphaned", "jobs orphaned")


async def test_jobs_start_when_somebody_wants_them_and_may_leave(supervise: Supervise) -> None:
    running = await supervise("--jobs", does="want jobs, leave")
    await running.hear("worker started", "jobs started", "jobs left")
    running.process.send_signal(signal.SIGTERM)
    await running.hear("worker stopped")
    assert await running.ends() == 0


async def test_nobody_starts_jobs_that_nobody_wants(supervise: Supervise) -> None:
    running = await supervise("--jobs")
    await running.hear("worker started")
    await running.line()
    running.process.send_signal(signal.SIGTERM)
    await running.hear("worker stopped")  # "jobs started" before it would fail here
    assert await running.ends() == 0


async def test_a_second_signal_ends_a_child_that_hangs(supervise: Supervise) -> None:
    running = await supervise(does="hang")
    await running.hear("worker started")
    await running.line()
    running.process.send_signal(signal.SIGINT)
    while "finishing" not in await running.line():
        pass
    running.process.send_signal(signal.SIGINT)
    assert await running.ends() == 0


async def test_models_that_workers_miss_are_fetched_by_a_process_of_its_own(supervise: Supervise) -> None:
    running = await supervise(does="miss models")
    await running.hear("worker started", "fetching started", "fetching got:ears,turns")
    running.process.send_signal(signal.SIGTERM)
    await running.hear("worker stopped")
    assert await running.ends() == 0


async def test_the_models_process_is_kept_and_goes_last(supervise: Supervise) -> None:
    running = await supervise("--models", "--workers", "2")
    (pid, *_) = await running.hear("models started", "worker started", "worker started")
    os.kill(pid, signal.SIGKILL)
    (again,) = await running.hear("models started")
    assert again != pid
    running.process.send_signal(signal.SIGTERM)
    await running.hear("worker stopped", "worker stopped")  # "models stopped" before them would fail here
    await running.hear("models stopped")
    assert await running.ends() == 0


async def test_a_fetching_that_nobody_wants_any_more_is_ended(supervise: Supervise) -> None:
    running = await supervise(does="miss models, fetch long")
    worker, *_ = await running.hear("worker started", "fetching started", "fetching got:ears,turns")
    os.kill(worker, signal.SIGUSR1)
    await running.hear("fetching broken_off")
    running.process.send_signal(signal.SIGTERM)
    await running.hear("worker stopped")
    assert await running.ends() == 0


class _Unwanting(Supervisor):
    """One whose fetching is unwanted again before it has quite begun."""

    begun: asyncio.Future[Process]

    async def _spawn(self, name: str, more: Sequence[str]) -> tuple[Process, socket.socket]:
        process, line = await super()._spawn(name, more)
        self._stop_fetching()
        self.begun.set_result(process)
        return process, line


async def test_a_fetching_that_is_unwanted_while_it_begins_is_ended_too() -> None:
    supervisor = _Unwanting(read_options([]), lambda _: (sys.executable, "-c", "import signal; signal.pause()"))
    supervisor.begun = asyncio.get_running_loop().create_future()
    supervisor._want_models(["ears"])
    keeping = asyncio.ensure_future(supervisor._keep_fetching())
    async with asyncio.timeout(20):
        process = await supervisor.begun
        assert await process.wait() == -signal.SIGTERM
    keeping.cancel()
