"""The real models, fetched once into the cache outside the clone."""

import asyncio
from pathlib import Path

from tooling.cache import cache_folder

from vivavoce.net.addresses import Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.storage.models.manifest import built_in
from vivavoce.storage.models.shelf import Shelf


def pulled(*names: str) -> Path:
    """The folder of the models, with these in it."""
    shelf = Shelf(cache_folder() / "models", built_in())

    async def fetch() -> None:
        outbound = HttpOutbound(Anywhere(), user_agent="vivavoce tests")
        try:
            await shelf.pull([shelf.manifest.model(name) for name in names], outbound, lambda _: None)
        finally:
            await outbound.close()

    asyncio.run(fetch())
    return shelf.folder
