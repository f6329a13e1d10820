"""The fetching process: pulls local models, says at the terminal how far it is, and leaves.

It is a process of its own because nobody's call should share a core's attention with unpacking and hashing, and it is
as polite as it can be: calls come first. Whoever wants to know how far it is reads `storage.models.pulling`.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from vivavoce.base.errors import Problem
from vivavoce.opening import model_outbound, model_shelf
from vivavoce.processes.control import ControlLine
from vivavoce.processes.logs import start_logs
from vivavoce.settings import Settings, load
from vivavoce.storage.models.meter import Meter

_POLITENESS = 10


async def fetch(settings: Settings, model_ids: Sequence[str], control: ControlLine) -> int:
    """Pull them, until that is done, fails, or nobody wants it any more; the exit status."""
    pulling = asyncio.ensure_future(_pull(settings, model_ids))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, pulling.cancel)
    orphaned = asyncio.ensure_future(control.closed())
    await asyncio.wait({pulling, orphaned}, return_when=asyncio.FIRST_COMPLETED)
    for task in (pulling, orphaned):
        task.cancel()
    await asyncio.gather(pulling, orphaned, return_exceptions=True)
    return 0 if pulling.cancelled() else pulling.result()


async def _pull(settings: Settings, model_ids: Sequence[str]) -> int:
    shelf = model_shelf(settings)
    models = [shelf.manifest.model(model_id) for model_id in model_ids]
    try:
        async with model_outbound() as outbound:
            await shelf.pull(models, outbound, Meter(live=False).show, own=settings.models_source)
    except Problem as problem:
        _say(f"local models could not be fetched. {problem.message} To try again: vivavoce models pull")
        return 1
    _say(f"local models are here: {', '.join(model_ids)}")
    return 0


def _say(text: str) -> None:
    print(f"vivavoce: {text}", file=sys.stderr, flush=True)  # noqa: T201


def main() -> None:
    """Be the fetching process; the command line comes from the supervisor."""
    parser = argparse.ArgumentParser(prog="vivavoce fetching")
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--models", nargs="+", required=True)
    arguments = parser.parse_args()
    os.nice(_POLITENESS)
    try:
        settings = load()
        start_logs(settings)
        sys.exit(asyncio.run(fetch(settings, arguments.models, ControlLine(arguments.control_fd))))
    except Problem as problem:
        _say(problem.message)
        sys.exit(1)


if __name__ == "__main__":
    main()
