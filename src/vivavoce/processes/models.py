"""The models process: has the one copy of each local model on this machine and computes for all workers.

A server with several workers has it; a single worker computes for itself, in threads. It is started with the workers,
loads a model when the first of them asks for it, and is started again when it dies: what was asked for is asked again.
"""

import argparse
import asyncio
import os
import signal
import sys

from vivavoce.base.errors import Problem


async def serve(data_dir: str, control_fd: int) -> None:
    """Compute until told to stop or the supervisor is gone."""
    from pathlib import Path

    from vivavoce.processes.control import ControlLine, Ready
    from vivavoce.providers.local.serving import Counter
    from vivavoce.storage.bus import models_path
    from vivavoce.storage.bus_hub import private_listener

    control = ControlLine(control_fd)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with private_listener(models_path(Path(data_dir))) as listener:
        server = await asyncio.start_unix_server(Counter().serve, sock=listener)
        control.say(Ready())
        ends = {asyncio.ensure_future(stop.wait()), asyncio.ensure_future(control.closed())}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        server.close()


def main() -> None:
    """Be the models process; the command line comes from the supervisor."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(prog="vivavoce models process")
    parser.add_argument("--control-fd", type=int, required=True)
    arguments = parser.parse_args()
    try:
        from vivavoce.processes.logs import start_logs
        from vivavoce.settings import load

        settings = load()
        start_logs(settings)
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(str(settings.data_dir), arguments.control_fd))
    except Problem as problem:
        print(f"vivavoce: {problem.message}", file=sys.stderr)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
