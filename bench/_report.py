"""Where results go: a table for people, JSON with the commit's id for comparing, in `artifacts/`."""

import json
import platform
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "artifacts"


def write(name: str, results: Mapping[str, Any]) -> Path:
    """Keeps results; returns the file."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"bench-{name}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    told = {"benchmark": name, "commit": commit(), "python": platform.python_version(), **results}
    path.write_text(json.dumps(told, indent=2) + "\n")
    return path


def commit() -> str:
    """The commit that is measured, with a mark if files were changed since."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
