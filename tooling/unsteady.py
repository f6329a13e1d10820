"""A second look at the few tests that failed among thousands: alone, with the machine to themselves.

Browsers, servers and databases share two cores with each other here, and now and then one of them loses a race that
nobody planned. What fails alone, too, is broken, and so is what fails together with many others. What passes alone is
unsteady: that is told in the last lines, by name, because somebody has to find the race; it turns no change away.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tooling.steps import REPOSITORY, passes, say

FEW = 3  # more than these at once are no accident

Command = Sequence[str | Path]


def passed_in_the_end(
    pytest: Command, arguments: Command, *, environment: Mapping[str, str], folder: Path = REPOSITORY
) -> bool:
    """Runs tests, and those that failed once more; whether all of them have passed."""
    with tempfile.TemporaryDirectory(prefix="vivavoce-tests-") as memory:
        remembering = ["-o", f"cache_dir={memory}"]
        if passes("tests", [*pytest, *remembering, *arguments], environment=environment, folder=folder):
            return True
        failed = _failed(Path(memory))
    if not 0 < len(failed) <= FEW:
        return False
    if not passes("tests that failed, alone", [*pytest, *failed], environment=environment, folder=folder):
        return False
    say("\n  ".join(["UNSTEADY: these failed among the others and passed alone. Find the race:", *failed]))
    return True


def _failed(memory: Path) -> list[str]:
    """The tests that the last run kept as failed, by the name that pytest takes."""
    kept = memory / "v" / "cache" / "lastfailed"
    return list(json.loads(kept.read_text())) if kept.exists() else []
