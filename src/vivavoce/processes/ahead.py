"""A worker that is begun before anybody knows what it will serve.

Loading the application is most of a server's start, and it needs no settings for that. So `vivavoce serve` begins its
first worker before it does anything else. While that one loads, on another core, the command reads flags and settings,
takes the port and becomes the supervisor, which takes the worker over: a process keeps its children when it executes
another program. What it is for, the worker then hears on its control line, from the supervisor, because it needs the
hub that is held there: the variables of its environment, and the port. A line that closes before that means that
nothing will be served.

    begin()                               the command, first of all; a worker that is not handed over ends with it
    give_up()                             the command, if there is nothing to serve
    hand_over() -> pid, fd                the command, before it becomes the supervisor
    assign(line, environment, port)       the supervisor, when its hub is open
    assigned(fd) -> port                  the worker, when it has loaded

Standard library only, and little of that, because it is imported before everything else.
"""

import atexit
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

PRIVATE = 0o077
"""The mask of a server's processes: what they make in the data folder is for its owner alone."""
_MOST_BYTES = 1 << 16

_begun: list[tuple[subprocess.Popen[bytes], socket.socket]] = []


def begin(program: Sequence[str] = (sys.executable, "-m", "vivavoce.processes.worker")) -> None:
    """Begin a worker. One that is not handed over ends with this process."""
    ours, theirs = socket.socketpair()
    arguments = [*program, "--control-fd", str(theirs.fileno())]
    process = subprocess.Popen(arguments, pass_fds=[theirs.fileno()], start_new_session=True)  # noqa: S603
    theirs.close()
    _begun.append((process, ours))
    # It would notice by itself, but only when it has loaded.
    atexit.register(process.kill)


def give_up() -> None:
    """End the worker: this process will serve nothing."""
    for process, _ in _begun:
        process.kill()
        process.wait()
    _begun.clear()


def hand_over() -> tuple[int, int] | None:
    """The worker's process and our end of its control line, for the program that this process becomes."""
    if not _begun:
        return None
    process, ours = _begun.pop()
    ours.set_inheritable(True)
    return process.pid, ours.detach()


def assign(line: socket.socket, environment: Mapping[str, str], listen_fd: int) -> None:
    """Tell the worker what it is for."""
    import array
    import json

    message = json.dumps(dict(environment)).encode() + b"\n"
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listen_fd]))
    sent = line.sendmsg([message[:_MOST_BYTES]], [rights])
    line.sendall(message[sent:])


def assigned(control_fd: int) -> int | None:
    """Wait to be told what this process is for, and be that: the port to listen on, None if there will be nothing."""
    import json

    line = socket.socket(fileno=control_fd)
    try:
        text, descriptors, *_ = socket.recv_fds(line, _MOST_BYTES, 1)
        while text and not text.endswith(b"\n"):
            more = line.recv(_MOST_BYTES)
            text = text + more if more else b""
    finally:
        line.detach()
    if not text:
        return None
    # As `vivavoce serve` does for itself, which was after this process had begun.
    os.umask(PRIVATE)
    os.environ.update(json.loads(text))
    os.set_inheritable(descriptors[0], False)
    return descriptors[0]
