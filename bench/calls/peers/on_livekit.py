"""The conversation on LiveKit Agents: an `AgentSession` with scripted providers, its own detector and its own pacing.

Without a LiveKit server, WebRTC or a process per call: audio comes and goes through the session's own `AudioInput` and
`AudioOutput`, so this is its best case.

Profiles: `fast` ends a turn by voice activity alone (0.2 s) and lets 0.1 s of speech interrupt; `default` is as
shipped, with its local turn model.

    python -m bench.calls.peers.on_livekit PORT STATISTICS PROFILE
"""

import asyncio
import base64
import json
import logging
import sys
import time
from typing import Any

from aiohttp import WSMsgType, web
from livekit import rtc
from livekit.agents import Agent, AgentSession, inference
from livekit.agents.llm import LLM, ChatChunk, ChoiceDelta, LLMStream
from livekit.agents.stt import STT, RecognizeStream, SpeechData, SpeechEvent, SpeechEventType, STTCapabilities
from livekit.agents.tts import TTS, ChunkedStream, TTSCapabilities
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.utils import aio, shortuuid
from livekit.agents.voice.io import AudioInput, AudioOutput, AudioOutputCapabilities

from bench.calls import scenario
from bench.calls.peers import oracle

LEAD_SECONDS = 0.2
"""So far ahead of the caller's ear audio is sent, as the room's own output does."""


class Ear(STT):
    """The scripted ear."""

    def __init__(self) -> None:
        super().__init__(capabilities=STTCapabilities(streaming=True, interim_results=True))

    async def _recognize_impl(self, *_: Any, **__: Any) -> SpeechEvent:
        raise RuntimeError("This ear streams.")

    def stream(self, *, conn_options: Any = DEFAULT_API_CONNECT_OPTIONS, **_: Any) -> RecognizeStream:
        return EarStream(stt=self, conn_options=conn_options, sample_rate=scenario.SAMPLE_RATE_HZ)


class EarStream(RecognizeStream):
    """One call's ear."""

    async def _run(self) -> None:
        ear = oracle.OracleEar()
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                continue
            match ear.feed(bytes(frame.data)):
                case "interim":
                    self._tell(SpeechEventType.INTERIM_TRANSCRIPT, scenario.QUESTION.split()[0])
                case "final":
                    self._tell(SpeechEventType.FINAL_TRANSCRIPT, scenario.QUESTION)
                case _:
                    pass

    def _tell(self, kind: SpeechEventType, text: str) -> None:
        self._event_ch.send_nowait(SpeechEvent(type=kind, alternatives=[SpeechData(text=text, language="en")]))


class Mind(LLM):
    """The scripted mind."""

    def chat(
        self, *, chat_ctx: Any, tools: Any = None, conn_options: Any = DEFAULT_API_CONNECT_OPTIONS, **_: Any
    ) -> Any:
        return MindStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class MindStream(LLMStream):
    """One answer."""

    async def _run(self) -> None:
        await asyncio.sleep(scenario.FIRST_TOKEN_MS / 1000)
        for token in scenario.tokens():
            self._event_ch.send_nowait(ChatChunk(id="x", delta=ChoiceDelta(role="assistant", content=token)))
            await asyncio.sleep(scenario.TOKEN_MS / 1000)


class Voice(TTS):
    """The scripted voice; it does not stream text, so the session cuts sentences for it, as for any such provider."""

    def __init__(self) -> None:
        rate = scenario.SAMPLE_RATE_HZ
        super().__init__(capabilities=TTSCapabilities(streaming=False), sample_rate=rate, num_channels=1)

    def synthesize(self, text: str, *, conn_options: Any = DEFAULT_API_CONNECT_OPTIONS) -> ChunkedStream:
        return Speech(tts=self, input_text=text, conn_options=conn_options)


class Speech(ChunkedStream):
    """One sentence."""

    async def _run(self, output_emitter: Any) -> None:
        output_emitter.initialize(
            request_id=shortuuid(),
            sample_rate=scenario.SAMPLE_RATE_HZ,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=scenario.CHUNK_MS,
        )
        await asyncio.sleep(scenario.FIRST_BYTE_MS / 1000)
        for _ in range(oracle.VOICE_CHUNKS):
            output_emitter.push(oracle.VOICE_CHUNK)
            await asyncio.sleep(oracle.VOICE_CHUNK_SECONDS)
        output_emitter.flush()


class Incoming(AudioInput):
    """What the caller says."""

    def __init__(self) -> None:
        super().__init__(label="socket")
        self._frames: Any = aio.Chan()

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.__anext__()

    def push(self, pcm: bytes) -> None:
        self._frames.send_nowait(
            rtc.AudioFrame(
                data=pcm,
                sample_rate=scenario.SAMPLE_RATE_HZ,
                num_channels=1,
                samples_per_channel=len(pcm) // scenario.SAMPLE_BYTES,
            )
        )


class Outgoing(AudioOutput):
    """What the caller hears: paced a little ahead of a playout clock."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        super().__init__(
            label="socket", capabilities=AudioOutputCapabilities(pause=True), sample_rate=scenario.SAMPLE_RATE_HZ
        )
        self._socket = socket
        self._event_id = 0
        self._telling = set[asyncio.Task[None]]()
        self._resumed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._reset()

    def _reset(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._pushed = self._paused_seconds = 0.0
        self._started: float | None = None
        self._paused_at: float | None = None
        self._timer = None
        self._resumed.set()

    def _played(self) -> float:
        if self._started is None:
            return 0.0
        end = time.time() if self._paused_at is None else self._paused_at
        return max(0.0, end - self._started - self._paused_seconds)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        await self._resumed.wait()
        if self._started is None:
            self._started = time.time()
            self.on_playback_started(created_at=self._started)
        self._event_id += 1
        self._pushed += frame.duration
        audio = {"audio_base_64": base64.b64encode(bytes(frame.data)).decode(), "event_id": self._event_id}
        await self._socket.send_str(json.dumps({"type": "audio", "audio_event": audio}))
        ahead = self._pushed - self._played() - LEAD_SECONDS
        if ahead > 0:
            await asyncio.sleep(ahead)

    def flush(self) -> None:
        super().flush()
        if self._pushed:
            left = max(0.0, self._pushed - self._played())
            self._timer = asyncio.get_running_loop().call_later(left, self._finished)

    def _finished(self) -> None:
        pushed = self._pushed
        self._reset()
        self.on_playback_finished(playback_position=pushed, interrupted=False)

    def _tell_interruption(self) -> None:
        told = json.dumps({"type": "interruption", "interruption_event": {"event_id": self._event_id}})
        task = asyncio.ensure_future(self._socket.send_str(told))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def pause(self) -> None:
        super().pause()
        if self._paused_at is None and self._started is not None:
            self._paused_at = time.time()
            self._resumed.clear()
            if self._timer:
                self._timer.cancel()
            self._tell_interruption()

    def resume(self) -> None:
        super().resume()
        if self._paused_at is not None:
            self._paused_seconds += time.time() - self._paused_at
            self._paused_at = None
        self._resumed.set()

    def clear_buffer(self) -> None:
        if not self._pushed:
            return
        was_told = self._paused_at is not None
        played = min(self._played(), self._pushed)
        self._reset()
        if not was_told:
            self._tell_interruption()
        self.on_playback_finished(playback_position=played, interrupted=True)


def session_of(profile: str) -> AgentSession[Any]:
    """A session as the profile wants it."""
    options: dict[str, Any] = {}
    if profile == "fast":
        options["turn_handling"] = {
            "turn_detection": "vad",
            "endpointing": {"min_delay": scenario.ENDPOINT_MS / 1000, "max_delay": scenario.ENDPOINT_MS / 1000},
            "interruption": {"mode": "vad", "min_duration": 0.1},
        }
        options["vad"] = inference.VAD(model="silero", min_silence_duration=scenario.ENDPOINT_MS / 1000)
    return AgentSession(stt=Ear(), llm=Mind(), tts=Voice(), aec_warmup_duration=None, user_away_timeout=None, **options)


def main() -> None:
    """Serve until it is ended."""
    port, statistics, profile = sys.argv[1:4]
    logging.basicConfig(level=logging.ERROR)

    async def conversation(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.send_str(oracle.metadata())
        session, incoming = session_of(profile), Incoming()
        session.input.audio = incoming
        session.output.audio = Outgoing(socket)
        await session.start(Agent(instructions="You are a scripted agent."))
        session.say(scenario.FIRST_MESSAGE)
        try:
            async for message in socket:
                if message.type != WSMsgType.TEXT:
                    break
                audio = json.loads(message.data).get("user_audio_chunk")
                if audio is not None:
                    incoming.push(base64.b64decode(audio))
        finally:
            await session.aclose()
        return socket

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def sample(app: web.Application) -> None:
        app[_LAG] = asyncio.create_task(oracle.LoopLag(statistics).run())

    app = web.Application()
    app.router.add_get("/v1/convai/conversation", conversation)
    app.router.add_get("/healthz", health)
    app.on_startup.append(sample)
    web.run_app(app, host="127.0.0.1", port=int(port), print=None, access_log=None)


_LAG = web.AppKey("lag", asyncio.Task[None])

if __name__ == "__main__":
    main()
