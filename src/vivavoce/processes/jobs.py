"""The jobs process: does durable jobs, and leaves when none has been due for a while.

Before it leaves it tells the supervisor when the next one is due, so that an idle server keeps no process for
work that comes tomorrow. With `--stay` (a machine whose only role is jobs) it never leaves.
"""

import argparse
import asyncio
import signal
import sys

from vivavoce.app import models_of, open_application
from vivavoce.base.errors import Problem
from vivavoce.processes.control import ControlLine, JobsNeeded, Ready
from vivavoce.processes.logs import start_logs
from vivavoce.settings import Settings, load

LEAVE_AFTER_SECONDS = 60.0


async def work(settings: Settings, control: ControlLine, *, stay: bool) -> None:
    """Do jobs until told to stop or nothing is due."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_application(settings, models=models_of(settings)) as application:
        control.say(Ready())
        working = asyncio.ensure_future(application.do_jobs(None if stay else LEAVE_AFTER_SECONDS))
        ends = {asyncio.ensure_future(stop.wait()), asyncio.ensure_future(control.closed()), working}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            next_due = working.result()
            if next_due is not None:
                control.say(JobsNeeded(next_due))
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


def main() -> None:
    """Be the jobs process; the command line comes from the supervisor."""
    parser = argparse.ArgumentParser(prog="vivavoce jobs")
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--stay", action="store_true")
    arguments = parser.parse_args()
    try:
        settings = load()
        start_logs(settings)
        asyncio.run(work(settings, ControlLine(arguments.control_fd), stay=arguments.stay))
    except Problem as problem:
        print(f"vivavoce: {problem.message}", file=sys.stderr)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
