"""Runs a command on one core: `python pinned.py CORE CLASS COMMAND ...`, and becomes it.

The class `realtime` puts it before everything else on that core where the system lets us, so that whatever else the
machine does has no part in the figures; `normal` does not, and `idle` puts it behind everything else. Children inherit
both. There is one step below, for threads that give way to others of their process.
"""

import os
import sys
from contextlib import suppress


def main() -> None:
    """Settle, and become the command."""
    core, scheduling, *command = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, {int(core)})
        with suppress(OSError):
            if scheduling == "realtime":
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))
            elif scheduling == "idle":
                os.nice(19)
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
