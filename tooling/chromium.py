"""Finds the browser for tests marked `browser`, or gets it where that is possible without asking anybody."""

import os
import shutil
import sys
from pathlib import Path

from tooling.steps import REPOSITORY, StepError, do, say

VARIABLE = "VIVAVOCE_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS_PLACES = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
MARK = "pytest.mark.browser"


def browser_tests_exist() -> bool:
    """Whether any test asks for a browser; until one does, none is looked for."""
    return any(MARK in path.read_text() for path in (REPOSITORY / "tests").rglob("test_*.py"))


def chromium() -> Path | None:
    """A Chromium: named, on PATH, or installed by apt as root. None is a loud skip, and a failure where CI=true."""
    if found := _found() or _installed_by_apt():
        return found
    missing = f"no Chromium for the browser tests. Install it ({_remedy()}) or name one in {VARIABLE}."
    if os.environ.get("CI") == "true":
        raise StepError(missing)
    say(f"SKIPPING the browser tests: {missing}")
    return None


def _found() -> Path | None:
    if named := os.environ.get(VARIABLE):
        if not os.access(named, os.X_OK):
            raise StepError(f"{VARIABLE}={named} is not a program that can be run")
        return Path(named)
    on_path = next((place for name in NAMES if (place := shutil.which(name))), None)
    if on_path:
        return Path(on_path)
    return next((place for place in MACOS_PLACES if sys.platform == "darwin" and place.exists()), None)


def _installed_by_apt() -> Path | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    settings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        do("reading the package lists", ["apt-get", "-q", "update"], remedy=_remedy(), environment=settings)
        install = ["apt-get", "-q", "-y", "install", "--no-install-recommends", "chromium"]
        do("installing Chromium with apt", install, remedy=_remedy(), environment=settings)
    except StepError as failure:
        say(str(failure))
        return None
    return _found()


def _remedy() -> str:
    return "brew install --cask chromium" if sys.platform == "darwin" else "sudo apt-get install chromium"
