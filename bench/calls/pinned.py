"""Runs a command on one core: `python pinned.py CORE CLASS COMMAND ...`, and becomes it.

The class `realtime` puts it before everything else on that core where the system lets us, so that whatever else the
machine does has no part in the figures; `preferred` puts it before most, and leaves its own threads to preempt each
other as they do in earnest; `normal` does neither, and `idle` puts it behind everything else. Children inherit both.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

_FIRST = -20


def prefer(niceness: int = _FIRST) -> None:
    """Go before most others from here on, where the system lets us; 0 is as before."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
        # Where each session is a group of its own, the group's weight is what counts.
        Path("/proc/self/autogroup").write_text(str(niceness))


def main() -> None:
    """Settle, and become the command."""
    core, scheduling, *command = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, {int(core)})
        with suppress(OSError):
            if scheduling == "realtime":
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
            elif scheduling == "preferred":
                prefer()
            elif scheduling == "idle":
                os.nice(19)
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
