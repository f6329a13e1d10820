"""Speaking beside calls: nothing is made for a client that is gone, and what a provider does wrong is an error."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.running import RunningServer, running_server

from vivavoce.base.errors import Malformed, TooMany, Unavailable
from vivavoce.engine.plan import VoiceChoice
from vivavoce.features.voices import saying
from vivavoce.features.voices.encoding import OUTPUT_FORMATS
from vivavoce.features.voices.saying import Saying, Wanted
from vivavoce.live.resampling import resampling
from vivavoce.ports.voice import FoundVoice, Manner, ScriptedUtterance, ScriptedVoice, Speech, StockVoice, VoiceBroke

pytestmark = pytest.mark.anyio

WANTED = Wanted(workspace_id="ws_a", voice_id="any", format=OUTPUT_FORMATS["pcm_16000"])


async def at_once(work: Callable[[], Any]) -> Any:
    return work()


def speaker() -> Saying:
    return Saying(lambda: None, None, None, resampling, at_once)  # pyright: ignore[reportArgumentType]


class Moody:
    """A voice that says a piece and then does what it is told."""

    sample_rate_hz = 16_000

    def __init__(self, then: str) -> None:
        self._then = then

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["Moody"]:
        yield self

    async def stock(self) -> Sequence[StockVoice]:
        return ()

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None: ...

    def finish(self) -> None: ...

    async def __aiter__(self) -> AsyncIterator[Speech]:
        yield Speech(0, bytes(3_200))
        if self._then == "breaks":
            raise VoiceBroke("key sk-123 is out of order")
        if self._then == "falls silent":
            await asyncio.Event().wait()


def found(voice: Any) -> FoundVoice:
    return FoundVoice(voice, VoiceChoice(voice_id="any"))


async def test_a_text_is_spoken_piece_by_piece_with_the_voices_own_times() -> None:
    voice = ScriptedVoice(first_byte_seconds=0.0, speed=1e6)
    said = await speaker().whole(replace(WANTED, aligned=True), found(voice), "One two. Three four five.")
    assert "".join(said.characters) == "One two. Three four five."
    assert len(said.pcm) / 32_000 == pytest.approx(0.06 * len("One two. Three four five."), abs=0.02)
    assert said.starts_seconds == sorted(said.starts_seconds)


@pytest.mark.parametrize("then", ["breaks", "falls silent"])
async def test_a_voice_that_cannot_go_on_is_an_error_that_tells_nothing_of_it(
    then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saying, "SILENT_SECONDS", 0.05)
    with pytest.raises(Unavailable) as failure:
        await speaker().whole(WANTED, found(Moody(then)), "Hello there.")
    assert failure.value.status == "voice_failed"
    assert "sk-123" not in failure.value.message


async def test_nobody_speaks_more_than_can_be_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saying, "MOST_AT_ONCE", 1)
    one = speaker()
    async with one.say(WANTED, found(Moody(""))):
        with pytest.raises(TooMany):
            await one.whole(WANTED, found(Moody("")), "Hello.")
    assert (await one.whole(WANTED, found(Moody("")), "Hello.")).pcm


async def test_a_text_has_an_end() -> None:
    with pytest.raises(Malformed, match="40,000"):
        await speaker().whole(WANTED, found(ScriptedVoice()), "x" * 40_001)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    """A server whose voice takes an hour for a sentence."""
    folder: Path = tmp_path_factory.mktemp("slow")
    slow = {"scripted": {"seconds_per_piece": 3_600.0, "speed": 1.0, "first_byte_seconds": 0.0}}
    with running_server(folder, voice="scripted", providers={"voice": slow}) as server:
        yield server


@pytest.mark.parametrize("way", ["", "/stream"])
async def test_nothing_is_made_for_a_client_that_is_gone(
    running: RunningServer, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, left = asyncio.Event(), asyncio.Event()
    here = asyncio.get_running_loop()

    @asynccontextmanager
    async def watched(self: ScriptedVoice, manner: Manner) -> AsyncGenerator[ScriptedUtterance]:
        opened_by = asyncio.current_task()
        here.call_soon_threadsafe(begun.set)
        try:
            yield ScriptedUtterance(self)
        finally:
            # Connections and task groups want to be closed by whoever opened them.
            if asyncio.current_task() is opened_by:
                here.call_soon_threadsafe(left.set)

    monkeypatch.setattr(ScriptedVoice, "speak", watched)
    host, port = running.base_url.removeprefix("http://").split(":")
    body = json.dumps({"text": "A very long story."})
    headers = {
        "host": host,
        "xi-api-key": running.api_key,
        "content-type": "application/json",
        "content-length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    _, line = await asyncio.open_connection(host, int(port))
    line.write(f"POST /v1/text-to-speech/any{way}?output_format=pcm_16000 HTTP/1.1\r\n{head}\r\n{body}".encode())
    async with asyncio.timeout(30):
        await begun.wait()
        line.close()
        await left.wait()
