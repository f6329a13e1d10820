"""The supervisor: starts the processes of this machine, keeps them running, stops them in order.

It is the parent of everything and must outlive it, so it is light: standard library, the hub of the bus, and no
framework. `vivavoce serve` reads the settings, takes the port and then *becomes* this process.

Rules
- The port is taken once, here; workers inherit it, so that a worker that is restarted loses no connection that waits.
- The first worker migrates the data folder and does the first run; the others start when it is ready. `vivavoce serve`
  has begun it already (`ahead`), and it is taken over here.
- A worker that cannot start ends the server with its error. One that dies later is started again, after a pause that
  grows while it keeps dying.
- The jobs process starts when somebody says that there is work, and leaves by itself when there is none.
- Where there are several workers, the models process computes for all of them; it is kept like a worker.
- Local models that somebody misses are fetched by a process of their own, one at a time. It is not tried again by
  itself: whoever misses them says so again.
- SIGTERM or SIGINT: the port is closed and every child is asked to finish what runs; after the stop timeout, or a
  second signal, it is killed.
- A child that dies of an unknown instruction would do so again: local models are built for newer processors. From then
  on all children are told to go on without these.
- A supervisor that dies takes its children along: they see their control line close.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vivavoce.base.errors import Problem
from vivavoce.base.frozen import frozen
from vivavoce.processes import banner
from vivavoce.processes.ahead import assign
from vivavoce.processes.control import FetchingUnwanted, JobsNeeded, Message, ModelsMissing, Ready, watch
from vivavoce.providers.local.fitness import UNFIT

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_AFTER_SECONDS = 60.0
MODELS_STOP_SECONDS = 2.0
FIRST_WORKER = "worker 1"


@frozen
class Options:
    """What the supervisor was told on its command line; the settings themselves travel in the environment."""

    listen_fd: int | None
    workers: int
    jobs: bool
    jobs_stay: bool
    models: bool
    stop_timeout_seconds: float
    open_browser: bool
    hub_path: str | None
    address: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    begun: tuple[int, int] | None = None
    """The process of a worker that is there already, and our end of its control line."""


class TakenOver:
    """A child that was started before this process was the supervisor, with what asyncio's own processes have."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._end = asyncio.ensure_future(self._await_end())

    async def wait(self) -> int:
        """How it ended, once it has."""
        return await asyncio.shield(self._end)

    def send_signal(self, number: signal.Signals) -> None:
        """As for any process."""
        os.kill(self.pid, number)

    async def _await_end(self) -> int:
        _, status = await asyncio.to_thread(os.waitpid, self.pid, 0)
        self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


Process = asyncio.subprocess.Process | TakenOver


@dataclass
class Child:
    """A process and its control line."""

    name: str
    process: Process
    ready: asyncio.Future[Ready]
    started_at: float
    listener: asyncio.Task[None]


def _module(name: str) -> Sequence[str]:
    return (sys.executable, "-m", f"vivavoce.processes.{name}")


class Supervisor:
    """Keeps the children of one server."""

    def __init__(
        self,
        options: Options,
        program: Callable[[str], Sequence[str]] = _module,
        browser: Sequence[str] = (sys.executable, "-m", "webbrowser"),
    ) -> None:
        self._options = options
        self._program = program
        self._browser = browser
        self._children: dict[str, Child] = {}
        self._keepers: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._jobs_wanted = asyncio.Event()
        self._jobs_timer: asyncio.TimerHandle | None = None
        self._missing: dict[str, None] = {}
        self._being_fetched: set[str] = set()
        self._fetching_wanted = asyncio.Event()
        self._processor_is_unfit = False
        self._begun_ahead = options.begun

    async def run(self) -> int:
        """Serve until told to stop; the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._asked_to_stop)
        async with self._hub():
            try:
                return await self._serve()
            finally:
                await self._stop_children()

    @contextlib.asynccontextmanager
    async def _hub(self):  # noqa: ANN202 - an async context manager without a value
        if self._options.hub_path is None:
            yield
            return
        from vivavoce.storage.bus_hub import open_hub

        async with open_hub(self._options.hub_path):
            yield

    async def _serve(self) -> int:
        if self._options.models:
            self._keep("models", lambda: self._keep_running("models", None))
        first = await self._first_worker()
        if first is None:
            return 0 if self._stopping.is_set() else 1
        if self._options.jobs:
            self._keep("jobs", self._keep_jobs)
        self._keep("fetching", self._keep_fetching)
        for index in range(1, self._options.workers):
            self._keep_worker(f"worker {index + 1}")
        print(banner.started(self._options.address, {**self._options.facts, **first.facts}), flush=True)  # noqa: T201
        if self._options.open_browser and first.facts.get("new"):
            await self._open(banner.login_address(self._options.address, first.facts))
        await self._stopping.wait()
        return 0

    async def _first_worker(self) -> Ready | None:
        """Start the first process; None if it could not start or the wait was broken off."""
        name = FIRST_WORKER if self._options.listen_fd is not None else "jobs"
        child = await self._begun(name)
        if not child.ready.done() and self._note_end(child.process.returncode):
            child = await self._begun(name)
        if not child.ready.done():
            return None
        if name == "jobs":
            self._jobs_wanted.set()
        else:
            self._keep_worker(name, child)
        return child.ready.result()

    async def _begun(self, name: str) -> Child:
        """Start a child, and wait until it is ready, or gone, or not wanted any more."""
        child = await self._start(name)
        gone = asyncio.ensure_future(child.process.wait())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({child.ready, gone, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        return child

    def _note_end(self, status: int | None) -> bool:
        """Whether a child's end is news about the processor."""
        if status != -signal.SIGILL or self._processor_is_unfit:
            return False
        self._processor_is_unfit = True
        _say("this processor lacks instructions that local models need; going on without them")
        return True

    async def _open(self, address: str) -> None:
        """Show a page to whoever sits here. The program that does is of no further interest."""
        nowhere = asyncio.subprocess.DEVNULL
        with contextlib.suppress(OSError):
            await asyncio.create_subprocess_exec(
                *self._browser, address, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
            )

    # Children

    async def _start(self, name: str, *more: str) -> Child:
        if self._begun_ahead is not None and name == FIRST_WORKER:
            process, ours = self._take_over(*self._begun_ahead)
            self._begun_ahead = None
        else:
            process, ours = await self._spawn(name, more)
        loop = asyncio.get_running_loop()
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        ready: asyncio.Future[Ready] = loop.create_future()
        listener = asyncio.ensure_future(self._listen(reader, writer, ready))
        child = Child(name, process, ready, loop.time(), listener)
        self._children[name] = child
        return child

    def _take_over(self, pid: int, control_fd: int) -> tuple[Process, socket.socket]:
        line = socket.socket(fileno=control_fd)
        assert self._options.listen_fd is not None, "the first worker has a port"
        # One that is gone already is noticed like any other that cannot start.
        with contextlib.suppress(OSError):
            assign(line, os.environ, self._options.listen_fd)
        return TakenOver(pid), line

    async def _spawn(self, name: str, more: Sequence[str]) -> tuple[Process, socket.socket]:
        ours, theirs = socket.socketpair()
        module = name.partition(" ")[0]
        arguments = [*self._program(module), "--control-fd", str(theirs.fileno()), *more]
        inherited = [theirs.fileno()]
        if module == "worker" and self._options.listen_fd is not None:
            arguments += ["--listen-fd", str(self._options.listen_fd)]
            inherited.append(self._options.listen_fd)
        if module == "jobs" and self._options.jobs_stay:
            arguments.append("--stay")
        environment = {**os.environ, UNFIT: "1"} if self._processor_is_unfit else None
        process = await asyncio.create_subprocess_exec(
            *arguments, pass_fds=inherited, start_new_session=True, env=environment
        )
        theirs.close()
        return process, ours

    async def _listen(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ready: asyncio.Future[Ready]
    ) -> None:
        async def heard(message: Message) -> None:
            match message:
                case Ready():
                    if not ready.done():
                        ready.set_result(message)
                case JobsNeeded(in_seconds):
                    self._want_jobs(in_seconds)
                case ModelsMissing(model_ids):
                    self._want_models(model_ids)
                case FetchingUnwanted():
                    self._stop_fetching()

        try:
            await watch(reader, heard)
        finally:
            writer.close()

    def _keep_worker(self, name: str, child: Child | None = None) -> None:
        self._keep(name, lambda: self._keep_running(name, child))

    def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(work())
        task.set_name(name)
        self._keepers.add(task)

    async def _keep_running(self, name: str, child: Child | None) -> None:
        """Start a worker again whenever it dies, the faster it died the later."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            child = child or await self._start(name)
            status = await child.process.wait()
            if self._stopping.is_set():
                return
            if asyncio.get_running_loop().time() - child.started_at > HEALTHY_AFTER_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._note_end(status)
            _say(f"{name} ended by itself ({_words(status)}); starting it again in {pause:g} s")
            await self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            child = None

    async def _keep_jobs(self) -> None:
        """Run the jobs process whenever it is wanted; it leaves by itself when nothing is due."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            await self._jobs_wanted.wait()
            self._jobs_wanted.clear()
            child = self._children.get("jobs") or await self._start("jobs")
            status = await child.process.wait()
            self._children.pop("jobs", None)
            if status == 0 or self._stopping.is_set():
                pause = FIRST_PAUSE_SECONDS
                continue
            self._note_end(status)
            _say(f"the jobs process ended by itself ({_words(status)}); starting it again in {pause:g} s")
            await self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            self._jobs_wanted.set()

    async def _keep_fetching(self) -> None:
        """Have models fetched whenever somebody misses some."""
        while not self._stopping.is_set():
            await self._fetching_wanted.wait()
            self._fetching_wanted.clear()
            wanted, self._missing = list(self._missing), {}
            if not wanted:
                continue
            self._being_fetched = set(wanted)
            child = await self._start("fetching", "--models", *wanted)
            if not self._being_fetched:
                # It was not wanted any more before there was anybody to tell.
                self._signal(signal.SIGTERM, [child])
            await child.process.wait()
            self._children.pop("fetching", None)
            self._being_fetched = set()

    def _want_models(self, model_ids: Sequence[str]) -> None:
        """Several workers miss the same ones."""
        if not set(model_ids) <= self._being_fetched:
            self._missing.update(dict.fromkeys(model_ids))
            self._fetching_wanted.set()

    def _stop_fetching(self) -> None:
        """End it where it is; what is there of the models stays for the next time."""
        self._missing, self._being_fetched = {}, set()
        if (fetching := self._children.get("fetching")) is not None:
            self._signal(signal.SIGTERM, [fetching])

    def _want_jobs(self, in_seconds: float) -> None:
        """Have the jobs process at the given time. The earliest wish counts."""
        loop = asyncio.get_running_loop()
        when = loop.time() + in_seconds
        if self._jobs_timer is not None:
            if loop.time() < self._jobs_timer.when() <= when:
                return
            self._jobs_timer.cancel()
        self._jobs_timer = loop.call_at(when, self._jobs_wanted.set)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    # The end

    def _asked_to_stop(self) -> None:
        if self._stopping.is_set():
            _say("stopping at once")
            self._signal(signal.SIGKILL)
            return
        _say("finishing what runs; press Ctrl-C again to stop at once")
        self._stopping.set()

    async def _stop_children(self) -> None:
        self._stopping.set()
        self._close_port()
        # Calls that come to their end still hear and speak, so the models go last.
        models = [child for child in self._children.values() if child.name == "models"]
        others = [child for child in self._children.values() if child.name != "models"]
        # A child bounds its own ending; a little more than that means that it hangs.
        await self._stop(others, self._options.stop_timeout_seconds + 5)
        await self._stop(models, MODELS_STOP_SECONDS)
        self._signal(signal.SIGKILL)
        for task in [*self._keepers, *(child.listener for child in self._children.values())]:
            task.cancel()

    async def _stop(self, children: Sequence[Child], within_seconds: float) -> None:
        self._signal(signal.SIGTERM, children)
        if children:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*(child.process.wait() for child in children)), within_seconds)

    def _close_port(self) -> None:
        """Let go of the port, so that who calls now is refused at once and not when the last call has ended."""
        if self._options.listen_fd is not None:
            with contextlib.suppress(OSError):
                os.close(self._options.listen_fd)

    def _signal(self, number: signal.Signals, children: Sequence[Child] | None = None) -> None:
        for child in list(self._children.values()) if children is None else children:
            if child.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.process.send_signal(number)


def _words(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def _say(text: str) -> None:
    print(f"vivavoce: {text}", file=sys.stderr, flush=True)  # noqa: T201


def read_options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="vivavoce supervisor")
    parser.add_argument("--listen-fd", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--jobs", action="store_true")
    parser.add_argument("--jobs-stay", action="store_true")
    parser.add_argument("--models", action="store_true")
    parser.add_argument("--stop-timeout-seconds", type=float, default=30.0)
    parser.add_argument("--open-browser", action="store_true")
    parser.add_argument("--hub-path")
    parser.add_argument("--address", default="")
    parser.add_argument("--facts", type=json.loads, default={})
    parser.add_argument("--begun", type=int, nargs=2)
    return Options(**vars(parser.parse_args(arguments)))


def main() -> None:
    """Be the supervisor; the command line comes from `vivavoce serve`."""
    options = read_options(sys.argv[1:])
    if options.listen_fd is not None:
        os.set_inheritable(options.listen_fd, False)
    try:
        sys.exit(asyncio.run(Supervisor(options).run()))
    except Problem as problem:
        _say(problem.message)
        sys.exit(1)


if __name__ == "__main__":
    main()
