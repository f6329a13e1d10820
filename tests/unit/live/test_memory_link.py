"""The line within a process: what a client is told is handed over, and what its holder does reaches the call."""

import asyncio

from tests.unit.live.calls import answer, text_plan

from vivavoce.engine.commands import AgentResponse, Ending, UserTranscript
from vivavoce.engine.plan import ToolSpec
from vivavoce.live.hearing import Senses
from vivavoce.live.links.memory import MemoryLink, Told, no_waiting
from vivavoce.live.runner import Call, Organs
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.conversion import equal_rates
from vivavoce.ports.language import Finished, OneMind, Piece, ScriptedLanguage, ToolWanted
from vivavoce.ports.link import ClientToolCall
from vivavoce.ports.recorder import NoRecorder
from vivavoce.ports.records import KeptRecord
from vivavoce.ports.speech import LoudnessActivity, ScriptedEar
from vivavoce.ports.tools import CannedTools
from vivavoce.ports.voice import ScriptedVoice

ASKS: list[Piece] = [ToolWanted("c1", "where_am_i", {}), Finished("tools")]


class Held:
    """A chat over a memory link."""

    def __init__(self, *answers: list[Piece]) -> None:
        self.told: list[Told] = []
        self.link = MemoryLink(self._take)
        self.language = ScriptedLanguage(answers)

    def _take(self, event: Told) -> None:
        self.told.append(event)
        if isinstance(event, ClientToolCall):
            self.link.answer_tool(event.call_id, "In the kitchen.")

    async def hold(self) -> Ending:
        plan = text_plan(tools=(ToolSpec(name="where_am_i", kind="client"),))
        senses = Senses(LoudnessActivity(), ScriptedEar(()))
        organs = Organs(OneMind(self.language), ScriptedVoice(), senses, CannedTools(), NoRecorder(), equal_rates)
        return await self.link.serve(Call(plan, "ws_1", self.link, organs, KeptRecord(plan)), no_waiting)

    def texts(self, kind: type) -> list[str]:
        return [event.text for event in self.told if isinstance(event, kind)]


def test_what_is_said_is_answered_and_hanging_up_ends_it() -> None:
    held = Held(answer("Fine."))

    async def talk() -> Ending:
        holding = asyncio.ensure_future(held.hold())
        await pass_time(1)
        assert held.link.is_listening
        held.link.give_context("It rains.")
        held.link.say("How are you?")
        await pass_time(1)
        held.link.hang_up()
        return await holding

    assert run_virtually(talk()).cause == "caller_hung_up"
    assert held.texts(AgentResponse) == ["Hello.", "Fine."]
    assert held.texts(UserTranscript) == ["How are you?"]
    assert any("It rains." in str(message) for message in held.language.asked[0].messages)


def test_who_types_before_the_call_begins_is_heard() -> None:
    held = Held(answer("Fine."))

    async def talk() -> Ending:
        assert not held.link.is_listening
        held.link.say("Hello?")
        holding = asyncio.ensure_future(held.hold())
        await pass_time(1)
        held.link.hang_up()
        return await holding

    run_virtually(talk())
    assert held.texts(UserTranscript) == ["Hello?"]


def test_who_is_gone_before_the_call_begins_ends_it() -> None:
    held = Held()
    held.link.hang_up("Nobody there.")
    assert run_virtually(held.hold()).reason == "Nobody there."


def test_a_clients_tool_is_answered() -> None:
    held = Held(ASKS, answer("You are in the kitchen."))

    async def talk() -> Ending:
        holding = asyncio.ensure_future(held.hold())
        await pass_time(1)
        held.link.say("Where am I?")
        await pass_time(1)
        held.link.hang_up()
        return await holding

    run_virtually(talk())
    assert held.texts(AgentResponse)[-1] == "You are in the kitchen."
