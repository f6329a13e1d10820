"""A spoken conversation, offline: a caller's voice over a WebSocket, the agent's voice back, and what both said."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from tests.support.servers import RunningServer, serving
from tests.voice.sound import spoken, words

from vivavoce.providers.local.features import SAMPLE_RATE_HZ, samples_of
from vivavoce.providers.local.hibari import Hibari
from vivavoce.providers.local.whisper import Whisper

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

FRAME_SECONDS = 0.02
FRAME_BYTES = round(SAMPLE_RATE_HZ * FRAME_SECONDS) * 2
SILENCE = bytes(FRAME_BYTES)
PATIENCE_SECONDS = 120.0
"""Models and microphone share two cores with whatever else runs there."""


@pytest.fixture(scope="module")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningServer]:
    folder = tmp_path_factory.mktemp("voice")
    environment = {"VIVAVOCE_MODELS_DIR": str(models), "PATH": os.environ["PATH"]}
    with serving(folder, f"sqlite:///{folder / 'vivavoce.db'}", environment=environment) as server:
        yield server


async def until_it_can_speak(client: httpx.AsyncClient) -> None:
    """Wait until the models are loaded; before that a caller would only wait for them in the call."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(part["status"] == "coming" for part in (await client.get("/readyz")).json()["components"].values()):
            await at(loop.time() + 0.5)


async def at(due: float) -> None:
    """Wait for a moment of the loop's clock: audio is made in time, like in a microphone."""
    loop = asyncio.get_running_loop()
    tick = loop.create_future()
    timer = loop.call_at(due, tick.set_result, None)
    try:
        await tick
    finally:
        timer.cancel()


@dataclass
class Caller:
    """Somebody with a microphone that is always on and an ear that hears all that is played."""

    socket: websockets.ClientConnection
    heard: bytearray = field(default_factory=bytearray)
    events: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    to_say: bytearray = field(default_factory=bytearray)

    async def speak_and_be_silent(self) -> None:
        """Send a frame every 20 ms, for ever: of speech while there is some, else of silence."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            frame = bytes(self.to_say[:FRAME_BYTES]).ljust(FRAME_BYTES, b"\0") or SILENCE
            del self.to_say[:FRAME_BYTES]
            await self.socket.send(json.dumps({"user_audio_chunk": base64.b64encode(frame).decode()}))
            due += FRAME_SECONDS
            await at(due)

    async def listen(self) -> None:
        """Take everything in."""
        async for message in self.socket:
            event = json.loads(message)
            if event["type"] == "audio":
                self.heard.extend(base64.b64decode(event["audio_event"]["audio_base_64"]))
            elif event["type"] == "ping":
                await self.socket.send(json.dumps({"type": "pong", "event_id": event["ping_event"]["event_id"]}))
            async with self.news:
                self.events.append(event)
                self.news.notify_all()

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    async def until(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The event of this kind that makes so many of them."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.news:
            await self.news.wait_for(lambda: len(self.of_type(kind)) >= count)
        return self.of_type(kind)[count - 1]

    async def until_quiet(self, most_of: bytes, since: int = 0) -> None:
        """Wait until the agent has said most of this, and then no more for a moment. A busy machine is quiet too."""
        loop = asyncio.get_running_loop()
        wanted = since + 0.6 * len(most_of)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                before = len(self.heard)
                await at(loop.time() + 1.5)
                if len(self.heard) == before >= wanted:
                    return


async def an_agent(client: httpx.AsyncClient, greeting: str) -> str:
    """The sample agent, or one of our own that begins with these words."""
    if not greeting:
        return (await client.get("/v1/convai/agents")).json()["agents"][0]["agent_id"]
    body = {"conversation_config": {"agent": {"first_message": greeting}}}
    return (await client.post("/v1/convai/agents/create", json=body)).json()["agent_id"]


@asynccontextmanager
async def calling(server: RunningServer, greeting: str = "") -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(base_url=server.address, headers={"xi-api-key": server.key}) as client:
        await until_it_can_speak(client)
        agent = await an_agent(client, greeting)
    address = f"{server.address.replace('http', 'ws', 1)}/v1/convai/conversation?agent_id={agent}"
    async with websockets.connect(address, open_timeout=PATIENCE_SECONDS) as socket:
        await socket.send(json.dumps({"type": "conversation_initiation_client_data"}))
        caller = Caller(socket)
        tasks = [asyncio.create_task(caller.speak_and_be_silent()), asyncio.create_task(caller.listen())]
        try:
            yield caller
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_question_by_voice_is_answered_by_voice(server: RunningServer, voice: Hibari, ears: Whisper) -> None:
    async with calling(server) as caller:
        hello = (await caller.until("agent_response"))["agent_response_event"]["agent_response"]
        await caller.until_quiet(spoken(voice, hello))
        greeting = len(caller.heard)
        caller.to_say.extend(spoken(voice, "What can you do for my company?", "male"))
        question = (await caller.until("user_transcript"))["user_transcription_event"]["user_transcript"]
        answer = (await caller.until("agent_response", 2))["agent_response_event"]["agent_response"]
        await caller.until_quiet(spoken(voice, answer), since=greeting)
    assert {"what", "can", "you", "company"} <= set(words(question))
    assert heard_again(ears, caller.heard[:greeting])[:2] == ["hi", "i'm"]
    said = heard_again(ears, caller.heard[greeting:])
    shared = set(said) & set(words(answer))
    assert len(shared) >= 0.7 * len(set(words(answer))), (answer, said)


async def test_whoever_speaks_into_a_reply_cuts_it_short(server: RunningServer, voice: Hibari) -> None:
    # Longer than any pause of the machine, so that there is a reply to speak into.
    async with calling(server, greeting="I could talk about our prices for hours. " * 20) as caller:
        await caller.until("agent_response")
        await caller.until("audio", 2)
        caller.to_say.extend(spoken(voice, "Stop please, I have a question about the price.", "male"))
        await caller.until("interruption")
        correction = (await caller.until("agent_response_correction"))["agent_response_correction_event"]
        await caller.until("user_transcript")
        await caller.until("agent_response", 2)
    assert correction["original_agent_response"].startswith(correction["corrected_agent_response"].rstrip(" .…"))
    assert len(correction["corrected_agent_response"]) < len(correction["original_agent_response"])


def heard_again(ears: Whisper, pcm: bytes | bytearray) -> list[str]:
    """The words of the agent's audio."""
    window = 25 * SAMPLE_RATE_HZ * 2
    parts = [bytes(pcm[start : start + window]) for start in range(0, len(pcm), window)]
    return [word for part in parts for word in words(ears.transcribe(samples_of(part), "en").text)]
