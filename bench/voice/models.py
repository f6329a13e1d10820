"""The local models of a run: fetched where the tests, too, keep them, and the settings that use them."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tooling.cache import cache_folder

NEEDED = ("whisper-base", "whisper-tiny.en", "smart-turn")
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
