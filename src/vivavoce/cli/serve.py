"""`vivavoce serve`: read the settings, take the port, become the supervisor.

The flags are the settings themselves, so an option that exists can be set in every way, and is documented once.
"""

import inspect
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from vivavoce.base.errors import Problem
from vivavoce.cli._options import ConfigFile
from vivavoce.processes import ahead

if TYPE_CHECKING:
    from vivavoce.settings import Settings

BACKLOG = 1024


def _serves(settings: "Settings") -> bool:
    return bool({"api", "calls"} & set(settings.role))


def prepare_data_dir(settings: "Settings") -> None:
    """Make the data folder, for its owner alone, and see that it can be written.

    The folder may be there already and open to others (a volume, a home of mode 755), so what this process and its
    children make in it from now on is not.
    """
    os.umask(ahead.PRIVATE)
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Problem(
            f"data_dir: {folder} cannot be written ({error.strerror}). Give it to this user or name another folder "
            "with --data-dir.",
            status="data_dir_not_writable",
        ) from None


def listening_socket(settings: "Settings") -> socket.socket:
    """The port, taken; a port in use is said here, before anything is started."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise Problem(
            f"port: {settings.host}:{settings.port} cannot be listened on ({error.strerror}). Stop what uses it, or "
            "choose another with --port (0 takes any free one).",
            status="port_not_available",
        ) from None
    return listener


def address_of(settings: "Settings", listener: socket.socket) -> str:
    """What a person types into a browser to reach the listener."""
    if settings.public_url:
        return settings.public_url
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "localhost") else settings.host  # noqa: S104
    return f"{settings.scheme}://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


def has_screen(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a browser could be shown to whoever starts the server here, and not on a machine far away."""
    if "SSH_CONNECTION" in environment:
        return False
    return platform == "darwin" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def _become_supervisor(settings: "Settings", listener: socket.socket | None, config: Path | None) -> NoReturn:
    import json

    from vivavoce import __version__
    from vivavoce.settings import ROLES, as_environment, shares_models

    # Roles that were chosen by hand make a machine of a fleet; its jobs process stays, for work enqueued elsewhere.
    chosen = set(settings.role) != set(ROLES)
    arguments = ["--stop-timeout-seconds", str(settings.stop_timeout_seconds), "--workers", str(settings.workers)]
    facts = {"version": __version__, "data_dir": str(settings.data_dir)}
    arguments += ["--facts", json.dumps(facts)]
    if "jobs" in settings.role:
        arguments += ["--jobs"] + (["--jobs-stay"] if chosen else [])
    if shares_models(settings):
        arguments.append("--models")
    if settings.open_browser and sys.stdout.isatty() and has_screen(os.environ, sys.platform):
        arguments.append("--open-browser")
    if settings.bus == "hub":
        from vivavoce.storage.bus import hub_path

        arguments += ["--hub-path", str(hub_path(settings.data_dir))]
    environment = {**os.environ, **as_environment(settings)}
    if config is not None:
        environment["VIVAVOCE_CONFIG"] = str(config.absolute())
    if listener is not None:
        environment["VIVAVOCE_PORT"] = str(listener.getsockname()[1])
        listener.set_inheritable(True)
        arguments += ["--listen-fd", str(listener.fileno()), "--address", address_of(settings, listener)]
        if (begun := ahead.hand_over()) is not None:
            arguments += ["--begun", *map(str, begun)]
    else:
        ahead.give_up()
    os.execve(sys.executable, [sys.executable, "-m", "vivavoce.processes.supervisor", *arguments], environment)  # noqa: S606


def command(config: Path | None = None, **flags: Any) -> None:
    """Start the server. Without options it listens on loopback and keeps its data in your own data folder."""
    from vivavoce.settings import load

    settings = load(flags, config=config)
    settings.require_safe_address()
    settings.require_usable_certificate()
    listener = listening_socket(settings) if _serves(settings) else None
    prepare_data_dir(settings)
    _become_supervisor(settings, listener, config)


def complete() -> None:
    """Give the command its options. Reading the settings' model takes a while, so only who runs `serve` does it."""
    from vivavoce.settings import Settings

    parameters = [_parameter("config", ConfigFile)]
    for name, field in Settings.model_fields.items():
        kind = bool if field.annotation is bool else str
        option = typer.Option(help=field.description, show_default=False)
        parameters.append(_parameter(name, Annotated[kind | None, option]))
    _set_signature(inspect.Signature(parameters))


def _set_signature(signature: inspect.Signature) -> None:
    command.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


_set_signature(inspect.Signature())
