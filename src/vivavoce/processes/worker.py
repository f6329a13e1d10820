"""The entry of a serving process: reads the command line from the supervisor, then `serving` does the rest.

One that is started without a port to listen on was begun ahead: see `ahead`.
"""

import argparse
import asyncio
import gc
import os
import sys

from vivavoce.base.errors import Problem
from vivavoce.processes.lean import lean


def main() -> None:
    """Be a serving process."""
    # Loading makes a million objects that all stay; looking for garbage among them costs a sixth of the start.
    # `serving` turns the collector on again when it is ready.
    gc.disable()
    # The matrices of audio are small. Threads for them would only wait for each other, on cores that others need.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with lean():
        from vivavoce.processes.ahead import assigned
        from vivavoce.processes.control import ControlLine
        from vivavoce.processes.logs import start_logs
        from vivavoce.processes.serving import serve
        from vivavoce.settings import load

    parser = argparse.ArgumentParser(prog="vivavoce worker")
    parser.add_argument("--listen-fd", type=int)
    parser.add_argument("--control-fd", type=int, required=True)
    arguments = parser.parse_args()
    listen_fd: int | None = arguments.listen_fd or assigned(arguments.control_fd)
    if listen_fd is None:
        return
    try:
        settings = load()
        start_logs(settings)
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, listen_fd, ControlLine(arguments.control_fd)))
    except Problem as problem:
        print(f"vivavoce: {problem.message}", file=sys.stderr)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
