"""The dashboard and the widget: built from web/dashboard into the package when their sources changed, and checked.

The stamp beside the built files is the hash of what they were built from. A build goes to a folder of its own and takes
the place of the old one when it is whole, so nobody is ever served half of one.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tooling.environment import environment_of, requirements_file, variables
from tooling.node import DASHBOARD, dashboard_modules, stamp_of
from tooling.steps import REPOSITORY, do

BUILT = REPOSITORY / "src" / "vivavoce" / "web" / "static"
STAMP = "stamp.txt"
MODULES = "VIVAVOCE_TEST_DASHBOARD_MODULES"
HERE = str(DASHBOARD)
# Biome takes the folder it is run in for the project; a configuration it is pointed at would be one within another.
# Where each is built to, and with which configuration; the dashboard first, since it empties the whole folder.
BUILDS: Mapping[str, Sequence[str]] = {
    "": [HERE],
    "widget": [str(DASHBOARD / "widget"), "--config", str(DASHBOARD / "widget" / "vite.config.ts")],
}
CHECKS: Sequence[tuple[str, Sequence[str]]] = (
    ("dashboard: format and lint", ["@biomejs/biome/bin/biome", "ci", "--error-on-warnings"]),
    ("dashboard: types", ["typescript/bin/tsc", "--noEmit", "--project", HERE]),
)
REPAIR: Sequence[str] = ["@biomejs/biome/bin/biome", "check", "--write"]
TESTS: Sequence[str] = ["vitest/vitest.mjs", "run", "--root", HERE]


def build_if_changed(environment: Path | None = None) -> None:
    """Build what the server shows, unless it was built from exactly these sources."""
    stamp = stamp_of(DASHBOARD)
    if _built_stamp() == stamp:
        return
    environment = environment or environment_of(requirements_file("web"), "web")
    link_modules(environment)
    _build(environment, stamp)


def link_modules(environment: Path) -> Path:
    """The installed npm packages, where the sources look for them."""
    modules, link = dashboard_modules(environment), DASHBOARD / "node_modules"
    if link.is_dir() and not link.is_symlink():
        return link  # somebody's own npm install
    if not link.is_symlink() or link.readlink() != modules:
        link.unlink(missing_ok=True)
        link.symlink_to(modules)
    return modules


def command(environment: Path, program: Sequence[str]) -> list[str | Path]:
    """How a program of the npm packages is run; it looks for its sources where it is told or in the present folder."""
    return [environment / "bin" / "node", DASHBOARD / "node_modules" / program[0], *program[1:]]


def _built_stamp() -> str:
    try:
        return (BUILT / STAMP).read_text()
    except OSError:
        return ""


def _build(environment: Path, stamp: str) -> None:
    with tempfile.TemporaryDirectory(dir=BUILT.parent, prefix="building-") as name:
        fresh = Path(name) / "static"
        settings = variables(environment, modules=())
        for what, options in BUILDS.items():
            vite = command(environment, ["vite/bin/vite.js", "build", *options, "--outDir", str(fresh / what)])
            do(f"building the {what or 'dashboard'}", vite, remedy="Vite says why.", environment=settings)
        (fresh / STAMP).write_text(stamp)
        shutil.rmtree(BUILT, ignore_errors=True)
        fresh.rename(BUILT)
