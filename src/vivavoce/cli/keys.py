"""`vivavoce keys`: API keys of the first workspace, made, listed and revoked on the machine itself."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from vivavoce.base.errors import Malformed
from vivavoce.cli._options import ConfigFile, DataDir, settings_from

if TYPE_CHECKING:
    from vivavoce.features.workspace.service import Actor, Keys
    from vivavoce.settings import Settings

_LONGEST_NAME = 200
_WIDEST_CELL = 80

group = typer.Typer(help="API keys: create, list and revoke them on this machine.", no_args_is_help=True)

Permissions = Annotated[
    list[str] | None,
    typer.Option("--permission", help="What the key may do, such as convai_read; repeat it. Default: everything."),
]


@group.command()
def create(
    name: Annotated[
        str, typer.Argument(help="What the key is for, so that you know it when you see it again.")
    ] = "cli",
    permission: Permissions = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Make a key and print it. It is shown this once."""
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise Malformed(f"A key's name has 1 to {_LONGEST_NAME} printable characters.")
    _require_known(permission or ())
    print(asyncio.run(_create(settings_from(data_dir, config), name, permission)))


@group.command("list")
def list_keys(data_dir: DataDir = None, config: ConfigFile = None) -> None:
    """List the keys, without their secrets."""
    rows = asyncio.run(_list(settings_from(data_dir, config)))
    for row in [("ID", "NAME", "ENDS IN", "MAY", "LAST USED"), *rows]:
        print(
            "  ".join(_plain(cell).ljust(width) for cell, width in zip(row, (32, 24, 8, 24, 16), strict=True)).rstrip()
        )


@group.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, from `vivavoce keys list`.")],
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """End a key. Running servers refuse it within seconds."""
    asyncio.run(_revoke(settings_from(data_dir, config), key_id))
    print(f"{key_id} is revoked.")


def _require_known(permissions: Sequence[str]) -> None:
    """A key that opens nothing would only be noticed when it is used."""
    from vivavoce.features.workspace.service import KNOWN_PERMISSIONS

    for each in permissions:
        if each not in KNOWN_PERMISSIONS:
            raise Malformed(f"There is no permission {each!r}. There are: {', '.join(sorted(KNOWN_PERMISSIONS))}.")


@asynccontextmanager
async def _keys(settings: "Settings") -> AsyncGenerator[tuple["Keys", "Actor", str]]:
    from vivavoce.app import open_installation
    from vivavoce.features.workspace.service import Actor

    async with open_installation(settings) as (application, owner):
        yield application.workspace.keys, Actor(owner.workspace_id), owner.user_id


async def _create(settings: "Settings", name: str, permissions: list[str] | None) -> str:
    async with _keys(settings) as (keys, actor, user_id):
        return (await keys.create_key(actor, user_id, name, permissions=permissions)).key


async def _list(settings: "Settings") -> list[tuple[str, ...]]:
    async with _keys(settings) as (keys, actor, _):
        found = await keys.list_keys(actor.workspace_id)
    return [
        (
            key.id,
            key.name,
            f"...{key.hint}",
            "everything" if key.permissions is None else ", ".join(key.permissions),
            "never" if key.last_used_at is None else _day(key.last_used_at),
        )
        for key in found
    ]


async def _revoke(settings: "Settings", key_id: str) -> None:
    async with _keys(settings) as (keys, actor, _):
        await keys.revoke_key(actor, key_id)


def _plain(cell: str) -> str:
    """A cell that neither breaks the table nor commands the terminal: names come in over the API too."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in cell)
    return shown if len(shown) <= _WIDEST_CELL else shown[: _WIDEST_CELL - 3] + "..."


def _day(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
