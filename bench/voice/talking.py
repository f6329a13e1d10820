"""A server with local models and callers who ask it questions by voice, in real time, over WebSockets.

A caller speaks a question in frames of 20 ms, listens to the answer to its end, waits a moment and asks the next one.
What they measure is what a person hears: from the last sound of the question to the first sound of the answer, at the
caller's own loudspeaker. Afterwards the journals tell how the server spent that time.

Callers are as late as their machine lets them be, and one that stalls for a tenth of a second makes whoever it holds up
wrong: their sound comes late, in a lump, and so does what they hear. What is done about it:

- A question during which its caller's clock was ever later than `STALL_MS`, up to the first sound of the answer, is
  **disturbed**: set aside, counted and shown. What the server did with it counts nowhere as the caller saw it, neither
  for nor against it; only a question that was never answered counts as missed, whatever happened to the caller.
- A row with more than a tenth of its questions disturbed is not valid, nor is one whose callers were later than
  `LATE_MS` in the questions that count (99th percentile), or where other programs, or the host of a virtual machine,
  took more than `NEIGHBOURS` of the cores.
- What the journals say is taken as it is, of all questions.

A caller who was answered too early goes on to the end of the question, as people do who were only pausing, and then
waits for the answer to all of it.
"""

import asyncio
import base64
import gc
import json
import os
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import websockets
from tests.support.servers import RunningServer, serving
from tests.voice.sound import spoken

from bench.calls import machine, pinned
from bench.calls.servers import call_api
from bench.calls.tally import distribution, percentile
from bench.voice import models
from bench.voice.models import Missing
from bench.voice.sentences import ANSWER, FIRST_MESSAGE, QUESTIONS, SPEAKERS
from vivavoce.app import open_installation
from vivavoce.cli._waterfall import SpokenTurn, spoken_turns
from vivavoce.engine.journal import decode
from vivavoce.providers.local.features import SAMPLE_RATE_HZ
from vivavoce.providers.local.hibari import Hibari
from vivavoce.settings import load

FRAME_SECONDS = 0.02
FRAME_BYTES = round(SAMPLE_RATE_HZ * FRAME_SECONDS) * 2
AUDIBLE = 100
"""A sample that is louder can be heard: 50 dB below the loudest there is."""
READY_SECONDS = 180.0
PATIENCE_SECONDS = 8.0
QUIET_SECONDS = 0.6
PAUSE_SECONDS = (0.6, 1.8)
LATE_MS = 10.0
"""Callers who are later than this at their own clock (99th percentile) measure themselves."""
STALL_MS = 30.0
"""Who is once later than this was held up: more than a frame is missing at the other end."""
DISTURBED = 0.1
"""So many of a row's questions may be disturbed."""
NEIGHBOURS = 0.1
"""Other programs may use so much of the cores that the server has."""


@dataclass(frozen=True)
class Utterance:
    """A question as frames that can be sent as they are."""

    frames: Sequence[str]
    sound_ends_at: float
    """When its last sound is over, in seconds after its first frame's beginning."""


@dataclass
class Seen:
    """What all callers of a run saw."""

    voice_to_voice_ms: list[float] = field(default_factory=list[float])
    late_ms: list[float] = field(default_factory=list[float])
    """Of each frame, but for those of disturbed questions."""
    missed: int = 0
    early: int = 0
    """Answers that came while the caller still spoke."""
    disturbed_ms: list[float] = field(default_factory=list[float])
    """How late the callers of the disturbed questions were."""
    lost: list[str] = field(default_factory=list[str])
    """Why calls were refused, or broken off by the server."""
    conversations: list[str] = field(default_factory=list[str])


def utterances(count: int) -> list[Utterance]:
    """The questions."""
    voice = Hibari()
    said = [spoken(voice, text, SPEAKERS[place % len(SPEAKERS)]) for place, text in enumerate(QUESTIONS[:count])]
    return [_utterance(pcm) for pcm in said]


def _utterance(pcm: bytes) -> Utterance:
    samples = np.abs(np.frombuffer(pcm, "<i2").astype(np.int32))
    ends = (int(np.flatnonzero(samples > AUDIBLE)[-1]) + 1) / SAMPLE_RATE_HZ
    return Utterance([_frame(pcm[place : place + FRAME_BYTES]) for place in range(0, len(pcm), FRAME_BYTES)], ends)


def _frame(pcm: bytes) -> str:
    chunk = base64.b64encode(pcm.ljust(FRAME_BYTES, b"\0")).decode()
    return f'{{"user_audio_chunk":"{chunk}"}}'


SILENCE = _frame(b"")


class Caller:
    """Somebody with a microphone that is always on, and a loudspeaker."""

    def __init__(self, socket: websockets.ClientConnection, seen: Seen, questions: Iterator[Utterance]) -> None:
        self._socket = socket
        self._seen = seen
        self._questions = questions
        self._loop = asyncio.get_running_loop()
        self._saying: Sequence[str] = ()
        self._said = 0
        self._begun_at = 0.0
        self._plays_until = 0.0
        self._heard_at: float | None = None
        """When the first sound of the answer was heard; None while it is awaited."""
        self._spoke = asyncio.Event()
        self._late_ms: list[float] = []
        """Of each frame since the last question was judged."""

    async def speak(self) -> None:
        """A frame every 20 ms; it holds what was said since the one before it."""
        due = self._loop.time()
        while True:
            due += FRAME_SECONDS
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            self._late_ms.append((self._loop.time() - due) * 1000)
            await self._socket.send(self._next(due))

    def _next(self, due: float) -> str:
        if self._said >= len(self._saying):
            self._saying = ()
            return SILENCE
        if self._said == 0:
            self._begun_at = due - FRAME_SECONDS
        frame = self._saying[self._said]
        self._said += 1
        return frame

    async def listen(self) -> None:
        """Take in all that comes."""
        async for message in self._socket:
            told = orjson.loads(message)
            match told["type"]:
                case "conversation_initiation_metadata":
                    begun = told["conversation_initiation_metadata_event"]
                    self._seen.conversations.append(begun["conversation_id"])
                case "audio":
                    self._hear(base64.b64decode(told["audio_event"]["audio_base_64"]))
                case "interruption":
                    self._plays_until = self._loop.time()
                case "ping":
                    pong = {"type": "pong", "event_id": told["ping_event"]["event_id"]}
                    await self._socket.send(orjson.dumps(pong).decode())
                case _:
                    pass

    def _hear(self, pcm: bytes) -> None:
        begins = max(self._plays_until, self._loop.time())
        self._plays_until = begins + len(pcm) / 2 / SAMPLE_RATE_HZ
        loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) > AUDIBLE)
        if self._heard_at is None and len(loud):
            self._heard_at = begins + int(loud[0]) / SAMPLE_RATE_HZ
            self._spoke.set()

    async def ask(self, times: int) -> None:
        """Hear the greeting, then ask so many questions."""
        random = np.random.default_rng(len(self._seen.conversations))
        pauses = iter(random.uniform(*PAUSE_SECONDS, times))
        await self._answered()
        for _ in range(times):
            await self._until_quiet()
            await asyncio.sleep(next(pauses))
            question = next(self._questions)
            self._heard_at, self._said, self._saying = None, 0, question.frames
            self._spoke.clear()
            self._late_ms.clear()
            await asyncio.sleep(question.sound_ends_at)
            ended_at = self._begun_at + question.sound_ends_at
            answered = await self._answered()
            self._judge(ended_at)
            if answered and self._heard_at is not None and self._heard_at < ended_at:
                # It was taken back, or goes on; the answer to the whole question is still to come.
                self._heard_at = None
                self._spoke.clear()
                await self._answered()
        await self._until_quiet()

    def _judge(self, ended_at: float) -> None:
        """What the answer, or its absence, counts as."""
        seen, late_ms = self._seen, self._late_ms
        if self._heard_at is None:
            seen.missed += 1
        elif max(late_ms, default=0.0) > STALL_MS:
            seen.disturbed_ms.append(max(late_ms))
            return
        elif self._heard_at < ended_at:
            seen.early += 1
        else:
            seen.voice_to_voice_ms.append((self._heard_at - ended_at) * 1000)
        seen.late_ms += late_ms

    async def _answered(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._spoke.wait()
        except TimeoutError:
            return False
        return True

    async def _until_quiet(self) -> None:
        # The answer may become longer while it is heard.
        while (left := self._plays_until + QUIET_SECONDS - self._loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)


def row(name: str, callers: int, turns: int, *, one_core: bool, first: bool) -> dict[str, Any]:
    """So many callers who ask so many questions each."""
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as place:
        folder = Path(place)
        with _server(folder, one_core=one_core, first=first) as (server, agent_id):
            cores = [machine.SERVER_CORE] if one_core else list(range(os.cpu_count() or 1))
            before = machine.usage(machine.descendants(server.process.pid))
            busy, own, began = _busy(cores), time.process_time(), time.monotonic()
            with _elsewhere(one_core=one_core, first=first):
                seen = asyncio.run(_call(server, agent_id, callers, turns))
            seconds, after = time.monotonic() - began, machine.usage(machine.descendants(server.process.pid))
            ours = (after.cpu_seconds - before.cpu_seconds) if before and after else 0.0
            callers_seconds = 0.0 if one_core else time.process_time() - own
            neighbours = max(0.0, _busy(cores) - busy - ours - callers_seconds) / seconds / len(cores)
            memory_mb = after.memory_mb if after else None
        spent = asyncio.run(_journals(folder, seen.conversations))
    objections = list(_objections(seen, neighbours))
    return {
        "name": name,
        "calls": callers,
        "cores": len(cores),
        "turns": len(seen.voice_to_voice_ms),
        "missed": seen.missed,
        "early": seen.early,
        "disturbed_ms": [round(late, 1) for late in seen.disturbed_ms],
        "lost": seen.lost,
        "voice_to_voice_ms": _spread(seen.voice_to_voice_ms),
        "compute_ms": _spread(_compute_ms(spent)),
        "stages_ms": _stages(spent),
        "cpu_percent": round(100 * ours / seconds / callers, 1),
        "memory_mb": memory_mb,
        "callers_late_ms": percentile(seen.late_ms, 99) or 0.0,
        "neighbours": round(neighbours, 3),
        "objections": objections,
        "valid": not objections,
    }


def _objections(seen: Seen, neighbours: float) -> Iterator[str]:
    """Why a row says nothing about the server; nothing if it does."""
    counted, disturbed = len(seen.voice_to_voice_ms), len(seen.disturbed_ms)
    late_ms = percentile(seen.late_ms, 99) or 0.0
    if not counted:
        yield "no answer could be counted"
    if disturbed > DISTURBED * (counted + disturbed + seen.early + seen.missed):
        yield f"callers were held up in {disturbed} questions, by up to {max(seen.disturbed_ms):.0f} ms"
    if late_ms > LATE_MS:
        yield f"callers were {late_ms:.0f} ms late"
    if neighbours > NEIGHBOURS:
        yield f"others used {neighbours:.0%} of the cores"


def _spread(values: Sequence[float]) -> dict[str, Any]:
    return {**distribution(values), "p90": percentile(values, 90)}


def _busy(cores: Sequence[int]) -> float:
    # Also for who stands back: the threads with the models do, and where the system shares a core among sessions, not
    # among processes, a polite neighbour takes half of it.
    return sum(machine.busy_seconds(core, with_polite=True) for core in cores)


@contextmanager
def _server(folder: Path, *, one_core: bool, first: bool) -> Generator[tuple[RunningServer, str]]:
    """`vivavoce serve` with nothing but its local models, and an agent."""
    environment = {
        "VIVAVOCE_MODELS_DIR": str(models.folder()),
        "VIVAVOCE_LOG_LEVEL": "warning",
        "VIVAVOCE_REQUESTS_PER_MINUTE": "0",
        "VIVAVOCE_PROVIDERS": json.dumps({"language": {"scripted": {"models": ["scripted"], "replies": [ANSWER]}}}),
    }
    alone = machine.preferred if first else partial(machine.pinned, realtime=False)
    before = alone(machine.SERVER_CORE) if one_core else []
    with serving(folder, f"sqlite:///{folder}/vivavoce.db", environment=environment, before=before) as server:
        _wait_until_ready(server)
        made = call_api(server.address, "POST", "/v1/convai/agents/create", _agent())
        yield server, made["agent_id"]


def _agent() -> dict[str, Any]:
    return {
        "name": "Local",
        "conversation_config": {
            "agent": {"first_message": FIRST_MESSAGE, "prompt": {"prompt": "Be brief.", "llm": "scripted"}},
            "asr": {"user_input_audio_format": "pcm_16000"},
            "tts": {"agent_output_audio_format": "pcm_16000"},
            "conversation": {"client_events": ["audio", "interruption", "ping"]},
        },
    }


def _wait_until_ready(server: RunningServer) -> None:
    """Until every model is loaded."""
    give_up_at, parts = time.monotonic() + READY_SECONDS, dict[str, Any]()
    while time.monotonic() < give_up_at:
        parts = httpx.get(f"{server.address}/readyz", timeout=10).json()["components"]
        if all(part["status"] != "coming" for part in parts.values()):
            break
        time.sleep(0.25)
    lacking = {name: part for name, part in parts.items() if part["status"] != "ready" and name in ("ear", "voice")}
    if lacking:
        raise Missing(f"the server cannot hear or speak: {lacking}")


@contextmanager
def _elsewhere(*, one_core: bool, first: bool) -> Generator[None]:
    """As if the callers had machines of their own: a core, where the server has one, and the first turn on it."""
    if one_core and machine.can_pin():
        os.sched_setaffinity(0, {machine.CALLERS_CORE})
    if first:
        pinned.prefer()
    # All that is loaded stays; to look for garbage among it holds every caller up for a tenth of a second.
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if first:
            pinned.prefer(0)
        if one_core and machine.can_pin():
            os.sched_setaffinity(0, range(os.cpu_count() or 1))


async def _call(server: RunningServer, agent_id: str, callers: int, turns: int) -> Seen:
    seen, questions = Seen(), cycle(utterances(len(QUESTIONS)))
    address = f"{server.address.replace('http', 'ws', 1)}/v1/convai/conversation?agent_id={agent_id}"
    async with asyncio.TaskGroup() as group:
        for place in range(callers):
            # Spread over the time that a turn takes.
            group.create_task(_one(address, seen, questions, turns, place * 10.0 / callers))
    return seen


async def _one(address: str, seen: Seen, questions: Iterator[Utterance], turns: int, wait_seconds: float) -> None:
    await asyncio.sleep(wait_seconds)
    async with websockets.connect(address, compression=None) as socket:
        await socket.send('{"type":"conversation_initiation_client_data"}')
        caller = Caller(socket, seen, questions)
        asking = asyncio.create_task(caller.ask(turns))
        tasks = [asking, asyncio.create_task(caller.speak()), asyncio.create_task(caller.listen())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                seen.lost.append(f"{socket.close_code} {socket.close_reason}")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


# What the journals say


async def _journals(folder: Path, conversations: Sequence[str]) -> list[SpokenTurn]:
    settings = load({"data_dir": folder, "database_url": f"sqlite:///{folder}/vivavoce.db"})
    found: list[SpokenTurn] = []
    async with open_installation(settings) as (application, caller):
        for conversation_id in conversations:
            journal = await application.conversations.history.journal(caller.workspace_id, conversation_id)
            found += spoken_turns(decode(journal.decode()))
    return found


def _compute_ms(turns: Sequence[SpokenTurn]) -> list[float]:
    """From the moment when the server knew of the silence to the first audio: what computing takes."""
    return [1000 * (turn.waited_seconds - dict(turn.stages)["silence noticed"]) for turn in turns if _is_plain(turn)]


def _is_plain(turn: SpokenTurn) -> bool:
    return "silence noticed" in dict(turn.stages)


def _stages(turns: Sequence[SpokenTurn]) -> dict[str, float | None]:
    """The median of each stage, after the end of speech."""
    names = dict.fromkeys(name for turn in turns for name, _ in turn.stages)
    return {
        name: percentile([1000 * dict(turn.stages)[name] for turn in turns if name in dict(turn.stages)], 50)
        for name in names
    }
