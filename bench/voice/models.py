"""The local models of a run: fetched where the tests, too, keep them, and the settings that use them."""

import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tooling.cache import cache_folder

from vivavoce.storage.models.manifest import built_in

NEEDED = tuple(model.id for model in built_in().profile("default"))
BETTER = ("kokoro",)
"""Measured beside them where it can be had."""


class Missing(Exception):
    """Something that cannot be measured here, and why."""


def folder() -> Path:
    """Where they lie."""
    return cache_folder() / "models"


def pull(names: Sequence[str] = NEEDED) -> None:
    """Fetch what is not there yet."""
    command = [sys.executable, "-m", "vivavoce", "models", "pull", *names, "--models-dir", str(folder())]
    pulled = subprocess.run(command, capture_output=True, text=True, check=False)
    if pulled.returncode != 0:
        raise Missing(f"the local models could not be fetched: {pulled.stderr.strip()[-300:]}")


@contextmanager
def alone() -> Generator[Path]:
    """A folder with the default profile, without what else may lie here: a small language model has half a gigabyte."""
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as place:
        for name in NEEDED:
            (Path(place) / name).symlink_to(folder() / name)
        yield Path(place)
