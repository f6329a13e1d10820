"""The shell holds calls: what the engine decides is done, in order, and nothing is left when it is over."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from tests.scenarios.simulation import plan
from tests.unit.live.calls import ASKS, Caller, Scene, answer, assert_whole, text_plan
from tests.unit.live.sockets import organs_of

from vivavoce.engine.commands import AgentResponse, AgentResponseCorrection, Interruption, UserTranscript
from vivavoce.engine.events import Typed
from vivavoce.engine.journal import decode
from vivavoce.engine.plan import ToolSpec
from vivavoce.engine.speech import VOICE_TIMEOUT_SECONDS
from vivavoce.live.runner import LEAVING_SECONDS, Call
from vivavoce.live.virtual_time import NothingLeft, pass_time, run_virtually
from vivavoce.ports.language import ChatRequest, Finished, MindFailed, OneMind, Piece, ScriptedLanguage, Text
from vivavoce.ports.link import ClientToolCall, LoggedLink
from vivavoce.ports.records import KeptRecord
from vivavoce.ports.tools import CannedTools, ToolBroke, ToolResult
from vivavoce.ports.voice import ScriptedVoice


def test_a_text_call_answers_what_is_written() -> None:
    async def script(caller: Caller) -> None:
        await pass_time(1)
        caller.call.report(Typed("How are you?"))
        await pass_time(5)

    held = Scene(plan=text_plan()).hold(script)
    assert held.words == ["agent: Hello.", "user: How are you?", "agent: Fine."]
    assert held.link.heard == []
    assert_whole(held)


def test_a_spoken_call_hears_and_answers() -> None:
    async def script(caller: Caller) -> None:
        await caller.is_quiet(2)
        await caller.speaks(1)
        await caller.is_quiet(4)

    held = Scene(lines=["where is my order"], answers=[answer("It is ", "on its way.")]).hold(script)
    assert held.words == ["agent: Hello.", "user: where is my order", "agent: It is on its way."]
    assert [event.text for event in held.told(UserTranscript)] == ["where is my order"]
    assert_whole(held)


def test_what_is_sent_is_what_the_voice_made_and_never_far_ahead_of_the_ear() -> None:
    sent_ahead: list[float] = []

    async def script(caller: Caller) -> None:
        for _ in range(100):
            await pass_time(0.05)
            sent = sum(len(pcm) for _, pcm in caller.link.heard) / 2 / 16_000
            sent_ahead.append(sent - caller.call.clock.now())

    text = "This is a rather long first message, so that there is something to pace."
    held = Scene(plan=plan(first_message=text)).hold(script)
    assert held.heard_seconds == pytest.approx(len(text) * 0.06, abs=0.1)
    assert max(sent_ahead) <= 0.4 + 0.2
    lengths = [round(len(pcm) / 2 / 16_000, 3) for _, pcm in held.link.heard]
    assert lengths[:3] == [0.1] * 3
    assert lengths.count(0.2) > 0.6 * len(lengths)
    assert_whole(held)


def test_the_recording_has_both_sides_where_they_were_heard() -> None:
    async def script(caller: Caller) -> None:
        await caller.is_quiet(2)
        await caller.speaks(1)
        await caller.is_quiet(3)

    held = Scene(lines=["hello"]).hold(script)
    recording = held.recordings.by_conversation["conv_1"]
    caller_audio = bytes(recording.caller_track.pcm)
    assert caller_audio[: round(1.9 * 32_000)].strip(b"\x00") == b""
    assert b"\x00\x10" in caller_audio[round(2.1 * 32_000) : round(2.9 * 32_000)]
    assert b"\x00\x10" in bytes(recording.agent_track.pcm)
    assert_whole(held)


def test_a_barge_in_cuts_the_reply_and_corrects_it() -> None:
    long_answer = "There are very many things to be said about that, and all of them take quite some time to say."

    async def script(caller: Caller) -> None:
        await caller.is_quiet(2)
        await caller.speaks(0.6)
        await caller.is_quiet(3)
        await caller.speaks(1.5)
        await caller.is_quiet(4)

    held = Scene(lines=["tell me", "stop please now"], answers=[answer(long_answer), answer("Yes?")]).hold(script)
    [correction] = held.told(AgentResponseCorrection)
    assert long_answer.startswith(correction.corrected)
    assert 0 < len(correction.corrected) < len(long_answer)
    silenced = [event.event_id for event in held.told(Interruption)]
    assert silenced
    assert all(event_id not in silenced for event_id, _ in held.link.heard)
    assert held.words[-1] == "agent: Yes?"
    assert_whole(held)


def test_a_cough_pauses_and_the_rest_is_heard_exactly_once() -> None:
    text = "This is a rather long first message, so that there is something to pause and to go on with."

    async def script(caller: Caller) -> None:
        await caller.is_quiet(2)
        await caller.speaks(0.2)
        await caller.is_quiet(8)

    held = Scene(lines=[""], plan=plan(first_message=text)).hold(script)
    recording = held.recordings.by_conversation["conv_1"]
    pcm, frame = bytes(recording.agent_track.pcm), 320
    sounding_seconds = sum(any(pcm[start : start + frame]) for start in range(0, len(pcm), frame)) * 0.01
    assert sounding_seconds == pytest.approx(len(text) * 0.06, abs=0.25)
    assert held.words == [f"agent: {text}"]
    assert_whole(held)


def test_a_model_that_breaks_is_replaced_and_the_call_goes_on() -> None:
    async def script(caller: Caller) -> None:
        caller.call.report(Typed("Hello?"))
        await pass_time(20)

    broken = [MindFailed("out of order")]
    held = Scene(plan=text_plan(), answers=[broken, answer("Here I am.")]).hold(script)
    assert held.words[-1] == "agent: Here I am."
    assert_whole(held)


def test_a_model_that_always_breaks_ends_the_call_with_its_reason() -> None:
    async def script(caller: Caller) -> None:
        caller.call.report(Typed("Hello?"))
        await pass_time(120)

    held = Scene(plan=text_plan(), answers=[[MindFailed("out of order")]]).hold(script)
    assert held.ending.cause == "mind_failed"
    assert_whole(held)


WEATHER = ToolSpec(name="get_weather")


@pytest.mark.parametrize("result", [ToolResult("It rains."), ToolBroke("No connection.")])
def test_a_tool_runs_and_its_result_reaches_the_mind(result: ToolResult | ToolBroke) -> None:
    async def script(caller: Caller) -> None:
        caller.call.report(Typed("How is the weather?"))
        await pass_time(5)

    scene = Scene(
        plan=text_plan(tools=(WEATHER,)), answers=[ASKS, answer("Done.")], tools=CannedTools({"get_weather": result})
    )
    held = scene.hold(script)
    assert [request.arguments for request in held.tools.called] == [{"city": "Rome"}]
    text = str(result) if isinstance(result, ToolBroke) else result.text
    assert any(getattr(message, "text", "") == text for message in held.language.asked[-1].messages)
    assert held.words[-1] == "agent: Done."
    assert_whole(held)


def test_a_client_tool_goes_over_the_line_and_back() -> None:
    tool = ToolSpec(name="get_weather", kind="client")

    async def script(caller: Caller) -> None:
        caller.call.report(Typed("How is the weather?"))
        await pass_time(1)
        [asked] = [event for event in caller.link.log if isinstance(event, ClientToolCall)]
        caller.call.client_answered(asked.call_id, "Sunny.", is_error=False)
        caller.call.client_answered(asked.call_id, "Twice.", is_error=False)
        caller.call.client_answered("nobody asked", "?", is_error=False)
        await pass_time(2)

    held = Scene(plan=text_plan(tools=(tool,)), answers=[ASKS, answer("It is sunny.")]).hold(script)
    assert held.words[-1] == "agent: It is sunny."
    assert_whole(held)


def test_hanging_up_in_the_middle_of_everything_leaves_nothing() -> None:
    slow = [Text("Well, "), *(Text("and so on, ") for _ in range(50)), Finished()]
    for moment in (0.0, 0.05, 0.3, 1.0, 2.05, 2.7, 2.9, 3.4, 4.0):

        async def script(caller: Caller, moment: float = moment) -> None:
            talking = asyncio.ensure_future(_talk(caller))
            await pass_time(moment)
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

        held = Scene(lines=["tell me more"], answers=[slow]).hold(script)
        assert held.ending.cause == "caller_hung_up", moment
        assert_whole(held)


async def _talk(caller: Caller) -> None:
    await caller.is_quiet(2)
    await caller.speaks(0.5)
    await caller.is_quiet(5)


def test_what_happens_before_the_call_begins_happens_after_its_beginning() -> None:
    async def run() -> list[str]:
        own_plan = text_plan()
        record = KeptRecord(own_plan)
        call = Call(own_plan, "ws_1", LoggedLink(), organs_of(Scene(plan=own_plan)), record)
        call.hang_up("Too late.")
        await pass_time(1)
        assert (await call.run()).reason == "Too late."
        return [type(entry.event).__name__ for entry in decode(record.lines.decode()).entries]

    assert run_virtually(run()) == ["Connected", "HangUpAsked"]


def test_what_was_heard_to_its_end_is_forgotten() -> None:
    def remembered(call: Call) -> int:
        living = call._living
        assert living is not None
        return len(living.speaking._runs) + len(living.mouth._released)

    async def script(caller: Caller) -> None:
        for _ in range(20):
            await caller.is_quiet(2)
            await caller.speaks(0.6)
        await caller.is_quiet(4)
        assert remembered(caller.call) == 0

    held = Scene(lines=[f"question {number}" for number in range(20)]).hold(script)
    assert len(held.words) > 30
    assert_whole(held)


def test_a_mind_is_told_how_long_its_first_word_is_waited_for() -> None:
    async def script(caller: Caller) -> None:
        caller.call.report(Typed("Hello?"))
        await pass_time(1)

    asked = Scene(plan=text_plan()).hold(script).language.asked
    assert {request.patience_seconds for request in asked} == {text_plan().mind.cascade_timeout_seconds}


def test_the_response_is_told_with_the_first_audio_and_not_before() -> None:
    async def script(caller: Caller) -> None:
        await pass_time(0.05)
        assert not any(isinstance(event, AgentResponse) for event in caller.link.log)
        await pass_time(1)

    held = Scene(voice=ScriptedVoice(first_byte_seconds=0.1)).hold(script)
    assert [event.text for event in held.told(AgentResponse)] == ["Hello."]
    assert_whole(held)


def test_a_loop_on_which_nothing_can_happen_says_so() -> None:
    async def waits_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(NothingLeft):
        run_virtually(waits_for_ever())


def test_a_provider_that_is_stuck_holds_up_neither_the_record_nor_the_line(caplog: pytest.LogCaptureFixture) -> None:
    class Stuck(ScriptedLanguage):
        @asynccontextmanager
        async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.Event().wait()  # until it is cancelled once more
            yield aiter(())  # pyright: ignore

    async def run() -> float:
        own_plan = text_plan()
        link, record = LoggedLink(), KeptRecord(own_plan)
        organs = replace(organs_of(Scene(plan=own_plan)), minds=OneMind(Stuck([])))
        call = Call(own_plan, "ws_1", link, organs, record)
        call.report(Typed("Hello?"))
        asyncio.get_running_loop().call_later(1.0, call.hang_up, "Enough.")
        ending = await call.run()
        assert record.ending == link.ending == ending
        assert ending.reason == "Enough."
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) == pytest.approx(1.0 + LEAVING_SECONDS, abs=0.01)
    assert "does not end" in caplog.text


def test_a_call_that_waits_gets_ready_and_nothing_counts_as_heard_before_it_goes_on() -> None:
    async def run() -> None:
        own_plan = plan(first_message="Hello, this is Ada.")
        link, record = LoggedLink(), KeptRecord(own_plan)
        voice = ScriptedVoice(first_byte_seconds=0.1)
        call = Call(own_plan, "ws_1", link, replace(organs_of(Scene(plan=own_plan)), voices=voice), record)
        running = asyncio.ensure_future(call.run(at_once=False))
        await pass_time(2 * VOICE_TIMEOUT_SECONDS)  # no voice is late while nobody may hear it
        assert not link.heard
        assert not [event for event in link.log if isinstance(event, AgentResponse)]
        call.go_on()
        await pass_time(0.01)
        assert link.heard, "its voice was ready"
        await pass_time(0.5)
        call.report(Typed("Stop."))
        await pass_time(0.01)
        [correction] = [event for event in link.log if isinstance(event, AgentResponseCorrection)]
        assert correction.corrected == "Hello,"
        call.hang_up("Enough.")
        await running

    run_virtually(run())
