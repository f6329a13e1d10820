"""The conversation on Pipecat: its pipeline and WebSocket transport, with scripted services and its Silero detector.

Profiles: `fast` ends a turn by voice activity alone (0.2 s, no further wait); `default` is as shipped, with its local
turn model.

    python -m bench.calls.peers.on_pipecat PORT STATISTICS PROFILE
"""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    OutputAudioRawFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from bench.calls import scenario
from bench.calls.peers import oracle


class Serializer(FrameSerializer):
    """The wire's events as frames, and back."""

    def __init__(self) -> None:
        super().__init__()
        self._event_id = 0

    async def serialize(self, frame: Frame) -> str | None:
        if isinstance(frame, InterruptionFrame):
            return json.dumps({"type": "interruption", "interruption_event": {"event_id": self._event_id}})
        if isinstance(frame, OutputAudioRawFrame):
            self._event_id += 1
            audio = {"audio_base_64": base64.b64encode(frame.audio).decode(), "event_id": self._event_id}
            return json.dumps({"type": "audio", "audio_event": audio})
        return None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        audio = json.loads(data).get("user_audio_chunk")
        if audio is None:
            return None
        return InputAudioRawFrame(audio=base64.b64decode(audio), sample_rate=scenario.SAMPLE_RATE_HZ, num_channels=1)


class Ear(STTService):
    """The scripted ear."""

    def __init__(self) -> None:
        super().__init__(settings=STTSettings(model="scripted", language=None), ttfs_p99_latency=0.2)
        self._oracle = oracle.OracleEar()

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        match self._oracle.feed(audio):
            case "interim":
                yield InterimTranscriptionFrame(scenario.QUESTION.split()[0], "", time_now_iso8601())
            case "final":
                yield TranscriptionFrame(scenario.QUESTION, "", time_now_iso8601(), finalized=True)
            case _:
                yield None


class Mind(LLMService):
    """The scripted mind."""

    def __init__(self) -> None:
        super().__init__(
            settings=LLMSettings(
                model="scripted",
                system_instruction=None,
                temperature=None,
                max_tokens=None,
                top_p=None,
                top_k=None,
                frequency_penalty=None,
                presence_penalty=None,
                seed=None,
                filter_incomplete_user_turns=False,
                user_turn_completion_config=None,
            )
        )

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        await asyncio.sleep(scenario.FIRST_TOKEN_MS / 1000)
        for token in scenario.tokens():
            await self._push_llm_text(token)
            await asyncio.sleep(scenario.TOKEN_MS / 1000)
        await self.push_frame(LLMFullResponseEndFrame())


class Voice(TTSService):
    """The scripted voice."""

    def __init__(self) -> None:
        super().__init__(
            sample_rate=scenario.SAMPLE_RATE_HZ,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="scripted", voice="scripted", language=None),
        )

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        _ = text
        await asyncio.sleep(scenario.FIRST_BYTE_MS / 1000)
        for _ in range(oracle.VOICE_CHUNKS):
            yield TTSAudioRawFrame(oracle.VOICE_CHUNK, scenario.SAMPLE_RATE_HZ, 1, context_id=context_id)
            await asyncio.sleep(oracle.VOICE_CHUNK_SECONDS)


async def hold(socket: WebSocket, profile: str) -> None:
    """One call."""
    await socket.accept()
    await socket.send_text(oracle.metadata())
    transport = FastAPIWebsocketTransport(
        websocket=socket,
        params=FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=Serializer()),
    )
    turns = LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    if profile == "fast":
        turns.user_turn_strategies = UserTurnStrategies(
            stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.0)]
        )
    hears, says = LLMContextAggregatorPair(LLMContext(), user_params=turns)
    stages = [transport.input(), Ear(), hears, Mind(), Voice(), transport.output(), says]
    rate = scenario.SAMPLE_RATE_HZ
    worker = PipelineWorker(
        Pipeline(stages), params=PipelineParams(audio_in_sample_rate=rate, audio_out_sample_rate=rate)
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)

    @transport.event_handler("on_client_connected")
    async def connected(_transport: Any, _client: Any) -> None:
        await worker.queue_frames([TTSSpeakFrame(scenario.FIRST_MESSAGE)])

    @transport.event_handler("on_client_disconnected")
    async def disconnected(_transport: Any, _client: Any) -> None:
        await runner.cancel()

    await runner.run()


def main() -> None:
    """Serve until it is ended."""
    port, statistics, profile = sys.argv[1:4]
    logger.remove()
    logger.add(sys.stderr, level="ERROR")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        sampling = asyncio.create_task(oracle.LoopLag(statistics).run())
        yield
        sampling.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.get("/healthz")
    async def health() -> dict[str, bool]:
        return {"ok": True}

    @app.websocket("/v1/convai/conversation")
    async def conversation(socket: WebSocket) -> None:
        await hold(socket, profile)

    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error", ws_ping_interval=None)


if __name__ == "__main__":
    main()
