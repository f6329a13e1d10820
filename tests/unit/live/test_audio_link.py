"""The line within a process that carries sound: both sides hear each other, and an interruption silences the agent."""

import asyncio

from tests.support.voices import said
from tests.unit.live.calls import answer

from vivavoce.engine.commands import Ending, Interruption, UserTranscript
from vivavoce.engine.plan import Line, MindSettings, ModelChoice, Opening, Plan, VoiceChoice, VoiceSettings
from vivavoce.live.formats import FORMATS, ULAW
from vivavoce.live.hearing import Senses
from vivavoce.live.links.audio import AudioLink, Track
from vivavoce.live.links.memory import Told, no_waiting
from vivavoce.live.resampling import resampling
from vivavoce.live.runner import Call, Organs
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.language import OneMind, ScriptedLanguage
from vivavoce.ports.recorder import NoRecorder
from vivavoce.ports.records import KeptRecord
from vivavoce.ports.speech import LoudnessActivity, ScriptedEar
from vivavoce.ports.tools import CannedTools
from vivavoce.ports.voice import ScriptedVoice

FRAME = 0.02


def plan() -> Plan:
    return Plan(
        conversation_id="conv_1",
        agent_id="agent_1",
        started_at_micros=0,
        opening=Opening(text="Hello, this is a long greeting that somebody may interrupt."),
        line=Line(medium="memory"),
        mind=MindSettings(model=ModelChoice(model="scripted")),
        voice=VoiceSettings(voice=VoiceChoice(voice_id="")),
        client_events=("user_transcript", "interruption", "agent_response"),
    )


class Spoken:
    """A call over an audio line."""

    def __init__(self, format: str = "pcm_16000") -> None:
        self.told: list[Told] = []
        carried = FORMATS[format]
        self.track = Track(carried.rate_hz)
        self.link = AudioLink(self.told.append, carried, carried, self.track)
        self.pcm = resampling(16_000, carried.rate_hz).convert(said(1.5), last=True)

    async def hold(self) -> Ending:
        senses = Senses(LoudnessActivity(), ScriptedEar(("what is vivavoce",)))
        language = ScriptedLanguage([answer("It is a platform.")])
        organs = Organs(OneMind(language), ScriptedVoice(), senses, CannedTools(), NoRecorder(), resampling)
        made = plan()
        return await self.link.serve(Call(made, "ws_1", self.link, organs, KeptRecord(made)), no_waiting)

    async def hear(self, pcm: bytes, seconds: float) -> None:
        """The caller's frames for so long: speech, then silence."""
        size = round(self.link.input_rate_hz * FRAME) * 2
        for place in range(round(seconds / FRAME)):
            self.link.hear(pcm[place * size : (place + 1) * size].ljust(size, b"\0"))
            await pass_time(FRAME)

    def of_type(self, kind: type) -> list[Told]:
        return [event for event in self.told if isinstance(event, kind)]


def test_what_is_said_is_heard_and_the_answer_sounds_after_it() -> None:
    spoken = Spoken()

    async def talk() -> tuple[int, bool]:
        holding = asyncio.ensure_future(spoken.hold())
        await pass_time(8)
        quiet = spoken.link.is_quiet
        greeting = len(spoken.track.pcm)
        await spoken.hear(spoken.pcm, 8)
        spoken.link.hang_up()
        await holding
        return greeting, quiet

    greeting, quiet = run_virtually(talk())
    assert quiet
    assert [event.text for event in spoken.told if isinstance(event, UserTranscript)] == ["what is vivavoce"]
    assert any(spoken.track.pcm[:greeting])
    # The answer has its place in time: silence lies between.
    assert len(spoken.track.pcm) > greeting + 2 * 16_000
    assert not any(spoken.track.pcm[greeting : greeting + 2 * 16_000])


def test_an_interruption_cuts_what_was_not_heard() -> None:
    spoken = Spoken(ULAW)

    async def talk() -> int:
        holding = asyncio.ensure_future(spoken.hold())
        await pass_time(0.5)
        await spoken.hear(spoken.pcm, 1.6)
        assert spoken.of_type(Interruption)
        heard = len(spoken.track.pcm)
        spoken.link.hang_up()
        await holding
        return heard

    heard = run_virtually(talk())
    assert any(spoken.track.pcm)
    assert heard < 2.2 * 2 * 8_000


def test_before_there_is_a_call_nobody_hears_anything() -> None:
    spoken = Spoken()
    spoken.link.hear(spoken.pcm)
    assert spoken.link.now() == 0.0
    assert not spoken.link.is_quiet
    assert spoken.link.is_waiting
