"""Calls through the real shell in virtual time: real tasks and timers, doubles behind every port, no waiting."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace

from tests.scenarios.simulation import plan

from vivavoce.engine.commands import Ending
from vivavoce.engine.events import LineDropped
from vivavoce.engine.journal import decode, first_divergence, replay
from vivavoce.engine.plan import Plan
from vivavoce.engine.transcript import AgentTurn, UserTurn
from vivavoce.live.hearing import Senses
from vivavoce.live.runner import Call, Organs
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.conversion import equal_rates
from vivavoce.ports.language import Finished, MindFailed, Minds, OneMind, Piece, ScriptedLanguage, Text, ToolWanted
from vivavoce.ports.link import LoggedLink
from vivavoce.ports.recorder import KeptRecordings
from vivavoce.ports.records import KeptRecord
from vivavoce.ports.speech import Ear, LoudnessActivity, ScriptedEar, VoiceActivity
from vivavoce.ports.tools import CannedTools
from vivavoce.ports.voice import ScriptedVoice, Voices

RATE_HZ = 16_000
FRAME_SECONDS = 0.02
LOUD_FRAME = b"\x00\x10" * round(RATE_HZ * FRAME_SECONDS)
QUIET_FRAME = bytes(len(LOUD_FRAME))
ASKS = [ToolWanted("c1", "get_weather", {"city": "Rome"}), Finished("tools")]


def answer(*words: str) -> list[Piece | MindFailed]:
    return [*(Text(word) for word in words), Finished()]


@dataclass
class Caller:
    """Somebody on the line: speaks in frames of 20 ms, writes, waits, hangs up."""

    call: Call
    link: LoggedLink

    async def speaks(self, seconds: float) -> None:
        await self._frames(seconds, LOUD_FRAME)

    async def is_quiet(self, seconds: float) -> None:
        await self._frames(seconds, QUIET_FRAME)

    async def sends(self, pcm: bytes) -> None:
        """Whatever it sounds like."""
        for begin in range(0, len(pcm), len(LOUD_FRAME)):
            await pass_time(FRAME_SECONDS)
            self.call.hear(pcm[begin : begin + len(LOUD_FRAME)])

    async def _frames(self, seconds: float, frame: bytes) -> None:
        for _ in range(round(seconds / FRAME_SECONDS)):
            await pass_time(FRAME_SECONDS)
            self.call.hear(frame)

    def hangs_up(self) -> None:
        self.call.report(LineDropped())


@dataclass
class Held:
    """A call that is over, and everything it left."""

    ending: Ending
    link: LoggedLink
    record: KeptRecord
    recordings: KeptRecordings
    language: ScriptedLanguage
    tools: CannedTools
    tasks_left: int

    @property
    def words(self) -> list[str]:
        """The transcript as it was heard."""
        return [
            f"{'user' if isinstance(turn, UserTurn) else 'agent'}: {turn.text}"
            for _, turn in sorted(self.record.turns.items())
            if isinstance(turn, UserTurn | AgentTurn)
        ]

    def told(self, kind: type) -> list[object]:
        return [event for event in self.link.log if isinstance(event, kind)]

    @property
    def heard_seconds(self) -> float:
        """How much audio the line was sent."""
        return sum(len(pcm) for _, pcm in self.link.heard) / 2 / RATE_HZ


@dataclass
class Scene:
    """What a call is held with."""

    answers: Sequence[Sequence[Piece | MindFailed]] = field(default_factory=lambda: [answer("Fine.")])
    lines: Sequence[str] = ()
    plan: Plan = field(default_factory=plan)
    voice: Voices = field(default_factory=ScriptedVoice)
    ear: Ear | None = None
    """Instead of the one that hears `lines`."""
    activity: VoiceActivity = field(default_factory=LoudnessActivity)
    minds: Minds | None = None
    """Instead of the one that gives `answers`."""
    tools: CannedTools = field(default_factory=CannedTools)
    lead_seconds: float = 0.4
    keeps_content: bool = True

    def hold(self, script: Callable[[Caller], Coroutine[object, object, None]]) -> Held:
        """Hold a call with this caller; it ends when the script does, if it has not before."""
        return run_virtually(self._hold(script))

    async def _hold(self, script: Callable[[Caller], Coroutine[object, object, None]]) -> Held:
        language = ScriptedLanguage(self.answers)
        recordings = KeptRecordings()
        organs = Organs(
            self.minds or OneMind(language),
            self.voice,
            Senses(self.activity, self.ear or ScriptedEar(self.lines)),
            self.tools,
            recordings,
            equal_rates,
        )
        link, record = LoggedLink(lead_seconds=self.lead_seconds), KeptRecord(self.plan)
        call = Call(self.plan, "ws_1", link, organs, record, keeps_content=self.keeps_content)
        caller = Caller(call, link)
        scripted = asyncio.ensure_future(script(caller))
        scripted.add_done_callback(lambda _: caller.hangs_up())
        ending = await call.run()
        scripted.cancel()
        [failure] = await asyncio.gather(scripted, return_exceptions=True)
        if isinstance(failure, Exception):
            raise failure
        left = len(asyncio.all_tasks()) - 1
        return Held(ending, link, record, recordings, language, self.tools, left)


def text_plan(**changes: object) -> Plan:
    return replace(plan(), text_only=True, **changes)


def assert_whole(held: Held) -> None:
    """What holds of every call that is over: nothing is left, and its journal replays."""
    assert held.tasks_left == 0
    assert held.record.ending == held.ending == held.link.ending
    assert all(recording.closed for recording in held.recordings.by_conversation.values())
    assert first_divergence(replay(decode(held.record.lines.decode()))) is None
