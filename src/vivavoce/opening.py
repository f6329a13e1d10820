"""Opens single things of an installation by its settings, for who needs no whole application.

A backup needs the database and the blobs, a list of models a folder: a command or a process that loaded features,
routes and providers for that would take a second longer to say the same. What is composed of many parts is in `app`,
which opens its database here too.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from vivavoce import __version__
from vivavoce.base.errors import NotFound
from vivavoce.net.addresses import AddressRule, Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.ports.clock import SystemClock
from vivavoce.ports.outbound import Outbound
from vivavoce.settings import Settings
from vivavoce.storage.backup import MASTER_KEY, Manifest, Progress, back_up, is_installed, restore
from vivavoce.storage.blobs import open_blobs
from vivavoce.storage.database import Database, database_at
from vivavoce.storage.models.manifest import built_in
from vivavoce.storage.models.shelf import Shelf


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Database]:
    """The database, whatever is in it."""
    database = database_at(settings.database)
    await database.start()
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_installed(settings: Settings) -> AsyncGenerator[Database]:
    """The database of an installation that is there already.

    A command on a wrong folder must say so instead of making a new installation there.
    """
    if settings.database_file is not None and not settings.database_file.exists():
        raise no_installation(settings)
    async with open_database(settings) as database:
        if not await is_installed(database):
            raise no_installation(settings)
        yield database


def no_installation(settings: Settings) -> NotFound:
    """What is said on a wrong folder."""
    return NotFound(
        f"There is no installation in {settings.data_dir} yet. `vivavoce serve` makes one; another folder is named "
        "with --data-dir.",
        status="no_installation",
    )


def key_file(settings: Settings) -> Path:
    """Where the key of the secrets lies, if it was not given from outside."""
    return settings.data_dir / MASTER_KEY


async def back_up_into(file: Path, settings: Settings, *, progress: Progress) -> Manifest:
    """Write everything this installation keeps into one file."""
    clock = SystemClock()
    async with open_installed(settings) as database:
        return await back_up(
            file,
            database,
            open_blobs(settings.blobs, clock),
            now=clock.now(),
            made_by=__version__,
            key_file=None if settings.master_key else key_file(settings),
            progress=progress,
        )


async def restore_from(file: Path, settings: Settings, *, progress: Progress) -> Manifest:
    """Fill an empty installation from a backup."""
    async with open_database(settings) as database:
        blobs = open_blobs(settings.blobs, SystemClock())
        return await restore(file, database, blobs, key_file=key_file(settings), progress=progress)


def model_shelf(settings: Settings) -> Shelf:
    """The local models of this machine."""
    return Shelf(settings.models, built_in())


def outbound(rule: AddressRule) -> HttpOutbound:
    """A way out under our name."""
    return HttpOutbound(rule, user_agent=f"Vivavoce/{__version__}")


@asynccontextmanager
async def model_outbound() -> AsyncGenerator[Outbound]:
    """The way to where models are: addresses of the list or of the settings, never of a user's."""
    way = outbound(Anywhere())
    try:
        yield way
    finally:
        await way.close()
