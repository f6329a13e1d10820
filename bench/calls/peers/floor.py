"""The floor: the least Python that can hold the conversation. No framework, no features; nobody could use it.

It shows what the machine and the language allow. One Silero session serves all calls, one window at a time; there is
no playback clock, no transcript, no record, no limit.

    python -m bench.calls.peers.floor PORT STATISTICS PROFILE SILERO_MODEL
"""

import asyncio
import base64
import json
import sys
from typing import Any

import numpy as np
import onnxruntime
import uvloop
from aiohttp import WSMsgType, web

from bench.calls import scenario
from bench.calls.peers import oracle

WINDOW_BYTES = 1024
WINDOW_MS = 32
STARTS_MS = 96
AUDIO = base64.b64encode(oracle.VOICE_CHUNK).decode()


class Activity:
    """One call's voice detector: `start` after 96 ms of voice, `stop` after the endpoint's silence."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._waiting = bytearray()
        self._speaking = False
        self._voice_ms = self._silence_ms = 0
        self._state = np.zeros((2, 1, 128), np.float32)
        self._window = np.zeros((1, 576), np.float32)
        self._rate = np.array(scenario.SAMPLE_RATE_HZ, dtype=np.int64)

    def feed(self, pcm: bytes) -> str | None:
        """The next audio; an edge if there is one."""
        self._waiting += pcm
        edge: str | None = None
        while len(self._waiting) >= WINDOW_BYTES:
            window = bytes(self._waiting[:WINDOW_BYTES])
            del self._waiting[:WINDOW_BYTES]
            edge = self._edge(self._probability(window) > 0.5) or edge
        return edge

    def _probability(self, window: bytes) -> float:
        self._window[0, :64] = self._window[0, 512:]
        self._window[0, 64:] = np.frombuffer(window, np.int16) * (1 / 32768.0)
        given = {"input": self._window, "state": self._state, "sr": self._rate}
        found, self._state = self._session.run(None, given)
        return float(found[0, 0])

    def _edge(self, voiced: bool) -> str | None:
        if voiced:
            self._voice_ms += WINDOW_MS
            self._silence_ms = 0
            if not self._speaking and self._voice_ms >= STARTS_MS:
                self._speaking = True
                return "start"
            return None
        self._silence_ms += WINDOW_MS
        if not self._speaking:
            self._voice_ms = 0
        elif self._silence_ms >= scenario.ENDPOINT_MS - WINDOW_MS // 2:
            self._speaking, self._voice_ms = False, 0
            return "stop"
        return None


class Conversation:
    """One call."""

    def __init__(self, socket: web.WebSocketResponse, session: Any) -> None:
        self._socket = socket
        self._activity = Activity(session)
        self._ear = oracle.OracleEar()
        self._event_id = 0
        self._speaking = False
        self._is_final = self._is_over = False
        self._task = asyncio.create_task(self._greet())

    async def hold(self) -> None:
        """To its end."""
        async for message in self._socket:
            if message.type != WSMsgType.TEXT:
                break
            audio = json.loads(message.data).get("user_audio_chunk")
            if audio is not None:
                await self._hear(base64.b64decode(audio))
        self._task.cancel()

    async def _hear(self, pcm: bytes) -> None:
        if self._ear.feed(pcm) == "final":
            self._is_final = True
        match self._activity.feed(pcm):
            case "start":
                self._is_over = self._is_final = False
                await self._interrupt()
            case "stop":
                self._is_over = True
            case _:
                pass
        if self._is_over and self._is_final:
            self._is_over = self._is_final = False
            self._task = asyncio.create_task(self._reply())

    async def _interrupt(self) -> None:
        if self._speaking:
            self._task.cancel()
            self._speaking = False
            told = {"type": "interruption", "interruption_event": {"event_id": self._event_id}}
            await self._socket.send_str(json.dumps(told))

    async def _greet(self) -> None:
        self._speaking = True
        await self._speak()
        await asyncio.sleep(scenario.SENTENCE_MS / 1000 * (1 - 1 / scenario.SPEED))
        self._speaking = False

    async def _speak(self) -> None:
        await asyncio.sleep(scenario.FIRST_BYTE_MS / 1000)
        for _ in range(oracle.VOICE_CHUNKS):
            self._event_id += 1
            event = '{"type":"audio","audio_event":{"audio_base_64":"%s","event_id":%d}}' % (AUDIO, self._event_id)  # noqa: UP031
            await self._socket.send_str(event)
            await asyncio.sleep(oracle.VOICE_CHUNK_SECONDS)

    async def _reply(self) -> None:
        sentences: asyncio.Queue[str | None] = asyncio.Queue()
        thinking = asyncio.create_task(_think(sentences))
        spoken = 0
        try:
            while await sentences.get() is not None:
                self._speaking = True
                await self._speak()
                spoken += 1
            await asyncio.sleep(spoken * scenario.SENTENCE_MS / 1000 * (1 - 1 / scenario.SPEED))
        finally:
            thinking.cancel()
            self._speaking = False


async def _think(sentences: "asyncio.Queue[str | None]") -> None:
    await asyncio.sleep(scenario.FIRST_TOKEN_MS / 1000)
    sentence = ""
    for token in scenario.tokens():
        sentence += token
        if sentence.endswith("."):
            sentences.put_nowait(sentence)
            sentence = ""
        await asyncio.sleep(scenario.TOKEN_MS / 1000)
    sentences.put_nowait(None)


def main() -> None:
    """Serve until it is ended."""
    port, statistics, _, model = sys.argv[1:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    async def conversation(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.send_str(oracle.metadata())
        await Conversation(socket, session).hold()
        return socket

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def sample(app: web.Application) -> None:
        app[_LAG] = asyncio.create_task(oracle.LoopLag(statistics).run())

    app = web.Application()
    app.router.add_get("/v1/convai/conversation", conversation)
    app.router.add_get("/healthz", health)
    app.on_startup.append(sample)
    web.run_app(app, host="127.0.0.1", port=int(port), print=None, access_log=None, loop=uvloop.new_event_loop())


_LAG = web.AppKey("lag", asyncio.Task[None])

if __name__ == "__main__":
    main()
