"""When a server says that it is ready."""

import asyncio
from pathlib import Path

import pytest

from vivavoce.app import open_application
from vivavoce.settings import Settings

pytestmark = pytest.mark.anyio


class NeverLoaded:
    """A part whose model takes longer than the test."""

    async def warm(self) -> None:
        await asyncio.Event().wait()


async def test_text_calls_are_taken_while_the_models_of_voice_are_being_loaded(tmp_path: Path) -> None:
    async with open_application(Settings(data_dir=tmp_path), bus_url="local") as application:
        warmth = application.parts.warmth
        warmth.cold, warmth.ahead = {"ear": NeverLoaded()}, True
        async with application.taking_calls():
            report = await application.health.report()
    assert report.ready
    assert report.components["ear"].level == "coming"
