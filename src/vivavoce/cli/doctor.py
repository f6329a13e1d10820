"""`vivavoce doctor`: what this machine has, what is missing, and how to get it.

Each check is a function that yields findings; a finding that is a problem makes the exit status 1. Nothing is changed.
"""

import asyncio
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vivavoce.base.errors import Problem
from vivavoce.base.frozen import frozen
from vivavoce.cli._options import ConfigFile, DataDir, settings_from

if TYPE_CHECKING:
    from vivavoce.settings import Settings

Level = Literal["ok", "note", "problem"]
_MARKS: dict[Level, str] = {"ok": "ok      ", "note": "note    ", "problem": "PROBLEM "}
_SPACE_WANTED_BYTES = 2 * 1024**3
COMPUTING = ("onnxruntime", "ctranslate2")
"""The libraries that compute local models."""
_TRIAL_SECONDS = 60.0


@frozen
class Finding:
    """What a check found, and what to do about it."""

    level: Level
    about: str
    text: str
    remedy: str = ""


def command(data_dir: DataDir = None, config: ConfigFile = None) -> None:
    """Check this machine: what is ready, what is missing for voice, phone and HTTPS, and how to get it."""
    settings = settings_from(data_dir, config)
    findings = [finding for check in CHECKS for finding in check(settings)]
    findings += asyncio.run(_collected(settings))
    for finding in findings:
        print(f"{_MARKS[finding.level]} {finding.about:<12} {finding.text}")
        if finding.remedy:
            print(f"{'':22}{finding.remedy}")
    sys.exit(1 if any(finding.level == "problem" for finding in findings) else 0)


def _python(_: "Settings") -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", "python", f"{version} at {sys.executable}")


def _data(settings: "Settings") -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.exists():
        yield Finding("note", "data", f"{folder} does not exist yet", "`vivavoce serve` makes it.")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("problem", "data", f"{folder} cannot be written", "Give it to this user, or use --data-dir.")
        return
    mode = folder.stat().st_mode & 0o077
    if mode:
        yield Finding("note", "data", f"{folder} can be read by other users", f"chmod 700 {folder}")
    yield Finding("ok", "data", str(folder))


def _space(settings: "Settings") -> Iterator[Finding]:
    free = shutil.disk_usage(_existing(settings.data_dir)).free
    text = f"{free / 1024**3:.1f} GiB free"
    if free < _SPACE_WANTED_BYTES:
        yield Finding("note", "disk", text, "Recordings and models will want a few GiB.")
    else:
        yield Finding("ok", "disk", text)


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _address(settings: "Settings") -> Iterator[Finding]:
    try:
        settings.require_safe_address()
    except Problem as problem:
        yield Finding("problem", "address", problem.message)
        return
    place = f"{settings.scheme}://{settings.host}:{settings.port}"
    yield Finding("ok", "address", place + (f", known as {settings.public_url}" if settings.public_url else ""))
    if settings.is_loopback and settings.public_url is None:
        yield Finding("note", "https", "only this machine can call", "See docs/how-to/run.md for a public address.")


def _certificate(settings: "Settings") -> Iterator[Finding]:
    try:
        settings.require_usable_certificate()
    except Problem as problem:
        yield Finding("problem", "https", problem.message)


def _port(settings: "Settings") -> Iterator[Finding]:
    try:
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
            probe.settimeout(1)
            taken = settings.port != 0 and probe.connect_ex((settings.host, settings.port)) == 0
    except OSError:
        yield Finding("problem", "port", f"{settings.host} is no address of this machine", "Choose another with host.")
        return
    if taken:
        yield Finding("note", "port", f"{settings.port} answers: a server is running there")
    else:
        yield Finding("ok", "port", f"{settings.port} is free")


def _voice(settings: "Settings") -> Iterator[Finding]:
    from vivavoce.app import lacks_for_voice, voice_parts, who_speaks

    lacks = lacks_for_voice(voice_parts(settings))
    for part, message in lacks.items():
        yield Finding("note", part, message)
    if not lacks:
        yield Finding("ok", "voice", f"calls can be heard, judged and answered: {who_speaks(settings)}")


def libraries(settings: "Settings") -> Iterator[Finding]:
    """What computes local models, tried out in a process of its own: on a processor that is too old it dies there."""
    _ = settings
    for name in COMPUTING:
        tried = subprocess.run(  # noqa: S603
            [sys.executable, "-c", f"import {name}"], capture_output=True, timeout=_TRIAL_SECONDS, check=False
        )
        if tried.returncode < 0:
            died = f"{name} ends its process on this {platform.machine()} processor (signal {-tried.returncode})"
            yield Finding("problem", "local models", died, "Use providers with keys, or a newer processor.")
        elif tried.returncode:
            why = tried.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            yield Finding(
                "problem", "local models", f"{name} does not load: {why}", f"pip install --force-reinstall {name}"
            )


def _models(settings: "Settings") -> Iterator[Finding]:
    from vivavoce.opening import model_shelf
    from vivavoce.storage.models.shelf import megabytes

    shelf = model_shelf(settings)
    here = [model.id for model in shelf.manifest.models.values() if shelf.state(model) == "here"]
    yield Finding("ok" if here else "note", "models", f"{', '.join(here) or 'none'} in {shelf.folder}")
    pulling = shelf.pulling()
    if pulling is not None and pulling.failure:
        yield Finding("note", "models", f"could not be fetched: {pulling.failure}", "vivavoce models pull")
    elif pulling is not None:
        names = ", ".join(pulling.model_ids)
        text = f"being fetched: {names}, {pulling.percent} % of {megabytes(pulling.total_bytes)}"
        yield Finding("note", "models", text)
    elif settings.fetch_models == "none" and not here:
        yield Finding("note", "models", "fetch_models is none", "`vivavoce models pull` fetches the default profile.")


CHECKS: tuple[Callable[["Settings"], Iterator[Finding]], ...] = (
    _python,
    _data,
    _space,
    _address,
    _certificate,
    _port,
    libraries,
    _models,
    _voice,
)


async def _collected(settings: "Settings") -> list[Finding]:
    found = [finding async for finding in _database(settings)]
    return [*found, await _mind(settings)]


async def _mind(settings: "Settings") -> Finding:
    from vivavoce.app import mind_standing

    standing = await mind_standing(settings)
    if standing.ready:
        return Finding("ok", "mind", f"agents think with {standing.message}")
    return Finding(
        "note",
        "mind",
        "no language model is configured, and no server of models was found here",
        "Start one (Ollama, llama.cpp, LM Studio, vLLM) or see docs/how-to/connect-a-model.md.",
    )


async def _database(settings: "Settings") -> AsyncIterator[Finding]:
    from sqlalchemy import make_url

    from vivavoce.storage.database import database_at
    from vivavoce.storage.migrate import steps, version

    try:
        database = database_at(settings.database)
    except Problem as problem:
        yield Finding("problem", "database", problem.message)
        return
    shown = make_url(settings.database).render_as_string(hide_password=True)
    if settings.database_file is not None and not settings.database_file.exists():
        yield Finding("note", "database", f"{shown} does not exist yet", "`vivavoce serve` makes it.")
        return
    try:
        await database.start()
        try:
            found = await version(database)
        finally:
            await database.close()
    except Problem as problem:
        yield Finding("problem", "database", shown, problem.message)
        return
    if found == steps()[-1]:
        yield Finding("ok", "database", f"{shown}, step {found}")
    else:
        yield Finding("note", "database", f"{shown} is at step {found or 'none'}", "The next start migrates it.")
