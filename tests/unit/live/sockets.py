"""Calls over the WebSocket line in virtual time: a socket that keeps what it is sent, a client that speaks JSON."""

import asyncio
import base64
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.unit.live.calls import FRAME_SECONDS, LOUD_FRAME, QUIET_FRAME, Scene

from vivavoce.engine.commands import Ending
from vivavoce.live.formats import Format, format_named
from vivavoce.live.hearing import Senses
from vivavoce.live.links.memory import no_waiting
from vivavoce.live.links.websocket import WebSocketLink
from vivavoce.live.runner import Call, Organs
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.conversion import Conversion, equal_rates
from vivavoce.ports.language import OneMind, ScriptedLanguage
from vivavoce.ports.recorder import KeptRecordings
from vivavoce.ports.records import KeptRecord
from vivavoce.ports.speech import LoudnessActivity, ScriptedEar

Message = dict[str, Any]


@dataclass
class KeptSocket:
    """The socket's double: keeps every frame, and is as full or as gone as a test wants."""

    frames: list[Message] = field(default_factory=list[Message])
    sent_at: list[float] = field(default_factory=list[float])
    waiting_bytes: int = 0
    closed: tuple[int, str] | None = None
    take: Callable[[str | bytes], None] | None = None
    gone: Callable[[str, int], None] | None = None

    def listen(self, take: Callable[[str | bytes], None], gone: Callable[[str, int], None]) -> None:
        self.take, self.gone = take, gone

    def send(self, frame: bytes) -> None:
        assert self.closed is None, "sent after the close"
        self.frames.append(json.loads(frame))
        self.sent_at.append(asyncio.get_running_loop().time())

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


@dataclass
class Client:
    """What an official client does, by hand."""

    socket: KeptSocket
    call: Call
    link: WebSocketLink
    format: Format

    def sends(self, message: Message | str) -> None:
        assert self.socket.take is not None
        self.socket.take(message if isinstance(message, str) else json.dumps(message))

    def sends_audio(self, pcm: bytes) -> None:
        self.sends({"user_audio_chunk": base64.b64encode(self.format.to_wire(pcm)).decode()})

    async def speaks(self, seconds: float) -> None:
        await self._frames(seconds, LOUD_FRAME)

    async def is_quiet(self, seconds: float) -> None:
        await self._frames(seconds, QUIET_FRAME)

    async def _frames(self, seconds: float, frame: bytes) -> None:
        for _ in range(round(seconds / FRAME_SECONDS)):
            await pass_time(FRAME_SECONDS)
            self.sends_audio(frame)

    def got(self, kind: str) -> list[Message]:
        return [frame for frame in self.socket.frames if frame["type"] == kind]

    def leaves(self) -> None:
        assert self.socket.gone is not None
        self.socket.gone("The caller hung up.", 1000)


@dataclass
class Served:
    """A call that is over."""

    ending: Ending
    socket: KeptSocket
    record: KeptRecord
    recordings: KeptRecordings
    tasks_left: int

    def got(self, kind: str) -> list[Message]:
        return [frame for frame in self.socket.frames if frame["type"] == kind]


Script = Callable[[Client], Coroutine[object, object, None]]


def serve(
    scene: Scene,
    script: Script,
    *,
    incoming: str = "pcm_16000",
    outgoing: str = "pcm_16000",
    conversion: Conversion = equal_rates,
) -> Served:
    """Hold a call over a socket; the client leaves when the script is over."""
    return run_virtually(_serve(scene, script, format_named(incoming), format_named(outgoing), conversion))


def organs_of(scene: Scene, conversion: Conversion = equal_rates) -> Organs:
    return Organs(
        OneMind(ScriptedLanguage(scene.answers)),
        scene.voice,
        Senses(LoudnessActivity(), ScriptedEar(scene.lines)),
        scene.tools,
        KeptRecordings(),
        conversion,
    )


async def _serve(scene: Scene, script: Script, incoming: Format, outgoing: Format, conversion: Conversion) -> Served:
    socket, record = KeptSocket(), KeptRecord(scene.plan)
    organs = organs_of(scene, conversion)
    link = WebSocketLink(socket, scene.plan.conversation_id, incoming, outgoing)
    call = Call(scene.plan, "ws_1", link, organs, record)
    client = Client(socket, call, link, incoming)
    scripted = asyncio.ensure_future(_play(script, client))
    ending = await link.serve(call, no_waiting)
    scripted.cancel()
    [failure] = await asyncio.gather(scripted, return_exceptions=True)
    if isinstance(failure, Exception):
        raise failure
    assert isinstance(organs.recorder, KeptRecordings)
    return Served(ending, socket, record, organs.recorder, len(asyncio.all_tasks()) - 1)


async def _play(script: Script, client: Client) -> None:
    await pass_time(0.001)
    try:
        await script(client)
    finally:
        client.leaves()
