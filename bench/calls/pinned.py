"""Runs a command on one core: `python pinned.py CORE CLASS COMMAND ...`, and becomes it.

The class `realtime` puts it before everything else on that core where the system lets us, so that whatever else the
machine does has no part in the figures; `normal` does not. Children inherit both.
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
        if scheduling == "realtime":
            with suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
