"""The real models, fetched once into the cache outside the clone; these tests run with `./dev test --all`."""

import asyncio
from pathlib import Path

import pytest
from tooling.cache import cache_folder

from vivavoce.net.addresses import Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.providers.local.hibari import Hibari
from vivavoce.providers.local.smart_turn import SmartTurn
from vivavoce.providers.local.whisper import Whisper
from vivavoce.storage.models.manifest import built_in
from vivavoce.storage.models.shelf import Shelf


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of the models that these tests use."""
    shelf = Shelf(cache_folder() / "models", built_in())
    wanted = [
        shelf.manifest.model(name)
        for name in ("whisper-base", "whisper-tiny.en", "smart-turn", "minilm", "use-multilingual")
    ]

    async def fetch() -> None:
        outbound = HttpOutbound(Anywhere(), user_agent="vivavoce tests")
        try:
            await shelf.pull(wanted, outbound, lambda _: None)
        finally:
            await outbound.close()

    asyncio.run(fetch())
    return shelf.folder


@pytest.fixture(scope="session")
def ears(models: Path) -> Whisper:
    return Whisper(models / "whisper-base")


@pytest.fixture(scope="session")
def small_ears(models: Path) -> Whisper:
    return Whisper(models / "whisper-tiny.en")


@pytest.fixture(scope="session")
def judge(models: Path) -> SmartTurn:
    return SmartTurn(models / "smart-turn" / "smart-turn-v3.2-cpu.onnx")


@pytest.fixture(scope="session")
def voice() -> Hibari:
    return Hibari()
