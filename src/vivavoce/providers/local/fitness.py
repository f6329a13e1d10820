"""Whether this machine can run what computes local models.

A library for another kind of machine does not load, and says so. One that is built for newer processors loads, and ends
the process with its first unknown instruction; nobody can catch that. So whoever keeps the processes notices how one
died, and tells those that follow through the environment: they go on without local models.
"""

import os
import platform

UNFIT = "VIVAVOCE_PROCESSOR_IS_UNFIT"
"""Set by the supervisor for whoever comes after a process that died of an unknown instruction."""


def require_fit() -> None:
    """`ImportError` where a process before this one died of what is about to be loaded."""
    if os.environ.get(UNFIT):
        raise ImportError(
            "this processor lacks instructions that the libraries of local models are built with, and a process that "
            "used them was ended by that"
        )


def foreign(error: ImportError) -> str:
    """For people, what does not load here."""
    why = str(error).strip().partition("\n")[0].rstrip(".")
    return f"What computes it does not run on this machine ({platform.system()} {platform.machine()}): {why}."
