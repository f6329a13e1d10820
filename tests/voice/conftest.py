"""The real models, fetched once into the cache outside the clone; these tests run with `./dev test --all`."""

from pathlib import Path

import pytest
from tests.voice.models import pulled

from vivavoce.providers.local.hibari import Hibari
from vivavoce.providers.local.smart_turn import SmartTurn
from vivavoce.providers.local.whisper import Whisper


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of the models that these tests use."""
    return pulled("whisper-base", "whisper-tiny.en", "smart-turn", "minilm", "use-multilingual")


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
