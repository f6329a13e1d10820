"""The WebSocket line: what a client sends becomes the call's events, what it may not send ends the call in words."""

import asyncio
import base64

import pytest
from tests.scenarios.simulation import plan
from tests.unit.live.calls import ASKS, RATE_HZ, Scene, answer, text_plan
from tests.unit.live.sockets import Client, KeptSocket, Served, organs_of, serve

from vivavoce.base.errors import Conflict
from vivavoce.engine.commands import AgentResponse
from vivavoce.engine.plan import Limits, ToolSpec
from vivavoce.engine.transcript import UserTurn
from vivavoce.live.formats import FORMATS
from vivavoce.live.links import websocket
from vivavoce.live.links.memory import no_waiting
from vivavoce.live.links.websocket import Allowance, Latency, WebSocketLink, as_close_reason
from vivavoce.live.resampling import resampling
from vivavoce.live.runner import Call
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.language import Finished, Text
from vivavoce.ports.records import KeptRecord


async def stays(client: Client) -> None:
    await pass_time(10)


def words(served: Served) -> list[str]:
    return [turn.text for _, turn in sorted(served.record.turns.items()) if isinstance(turn, UserTurn)]


def assert_clean(served: Served) -> None:
    """What holds of every call that is over."""
    assert served.tasks_left == 0
    assert served.record.ending is not None
    assert served.socket.closed is not None


def test_the_first_frame_is_the_metadata_and_it_comes_once() -> None:
    served = serve(Scene(), stays, incoming="ulaw_8000", outgoing="pcm_16000", conversion=resampling)
    assert served.socket.frames[0] == {
        "type": "conversation_initiation_metadata",
        "conversation_initiation_metadata_event": {
            "conversation_id": "conv_1",
            "agent_output_audio_format": "pcm_16000",
            "user_input_audio_format": "ulaw_8000",
        },
    }
    assert len(served.got("conversation_initiation_metadata")) == 1
    assert_clean(served)


def test_what_follows_the_metadata_waits_until_the_client_listens() -> None:
    async def answers_the_ping(client: Client) -> None:
        await pass_time(0.1)
        assert [frame["type"] for frame in client.socket.frames] == ["conversation_initiation_metadata", "ping"]
        client.sends({"type": "pong", "event_id": 1})
        assert client.got("agent_response")
        await pass_time(1)

    assert_clean(serve(Scene(plan=text_plan()), answers_the_ping))


def test_but_not_for_long() -> None:
    async def says_nothing(client: Client) -> None:
        await pass_time(websocket.LISTENING_SECONDS)
        assert client.got("agent_response")

    assert_clean(serve(Scene(plan=text_plan()), says_nothing))


def test_and_a_call_that_is_over_before_that_tells_what_it_has_to_tell() -> None:
    async def leaves_at_once(client: Client) -> None:
        client.call.hang_up("Enough.")
        await pass_time(1)

    served = serve(Scene(plan=text_plan()), leaves_at_once)
    assert served.got("agent_response")
    assert_clean(served)


def test_a_client_that_did_not_ask_for_sound_gets_none_and_the_call_goes_on_as_if_it_had() -> None:
    async def run() -> list[str]:
        own_plan, socket = plan(), KeptSocket()
        link = WebSocketLink(socket, "conv_1", FORMATS["pcm_16000"], FORMATS["pcm_16000"], sends_audio=False)
        call = Call(own_plan, "ws_1", link, organs_of(Scene(plan=own_plan)), KeptRecord(own_plan))
        asyncio.get_running_loop().call_later(2.0, call.hang_up, "Enough.")
        await link.serve(call, no_waiting)
        return [frame["type"] for frame in socket.frames]

    told = run_virtually(run())
    assert "agent_response" in told
    assert "audio" not in told


def test_what_is_written_is_answered() -> None:
    async def writes(client: Client) -> None:
        await pass_time(1)
        client.sends({"type": "user_message", "text": "How are you?"})
        await pass_time(5)

    served = serve(Scene(plan=text_plan()), writes)
    assert words(served) == ["How are you?"]
    assert [frame["agent_response_event"]["agent_response"] for frame in served.got("agent_response")] == [
        "Hello.",
        "Fine.",
    ]
    assert_clean(served)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_said_in_any_format_is_heard_and_answered_in_it(name: str) -> None:
    format = FORMATS[name]

    async def talks(client: Client) -> None:
        client.format = FORMATS[name]
        for loud in (False, True, False):
            frame = (b"\x00\x20" if loud else b"\x00\x00") * (format.rate_hz // 50)
            for _ in range(50 if loud else 100):
                await pass_time(0.02)
                client.sends_audio(frame)

    served = serve(Scene(lines=["where is my order"]), talks, incoming=name, outgoing=name, conversion=resampling)
    assert words(served) == ["where is my order"]
    heard = b"".join(base64.b64decode(frame["audio_event"]["audio_base_64"]) for frame in served.got("audio"))
    seconds = len(heard) / format.rate_hz / (1 if format.is_ulaw else 2)
    assert seconds == pytest.approx((len("Hello.") + len("Fine.")) * 0.06, abs=0.02)
    assert_clean(served)


def test_a_ping_every_two_seconds_measures_the_way() -> None:
    async def answers(client: Client) -> None:
        for number in range(1, 5):
            await pass_time((2.0 if number > 1 else 0.0) + 0.02 - client.call.clock.now() % 2.0)
            assert [frame["ping_event"]["event_id"] for frame in client.got("ping")] == list(range(1, number + 1))
            if number == 2:
                await pass_time(0.11)
                client.sends({"type": "pong", "event_id": 2})
                client.sends({"type": "pong", "event_id": 2})
                client.sends({"type": "pong", "event_id": 1})
                assert client.link.latency_ms == 120

    served = serve(Scene(plan=text_plan()), answers)
    assert [frame["ping_event"]["ping_ms"] for frame in served.got("ping")] == [None, None, 120, 120]
    assert_clean(served)


def test_a_late_answer_to_an_older_ping_says_nothing() -> None:
    latency = Latency()
    first, second = latency.asked(0.0), latency.asked(2.0)
    latency.answered(first, 2.1)
    latency.answered(9, 2.1)
    assert latency.ms is None
    latency.answered(second, 2.3)
    latency.answered(second, 9.9)
    assert latency.ms == 300


def test_context_activity_and_feedback_reach_the_call() -> None:
    async def does_all(client: Client) -> None:
        client.sends({"type": "contextual_update", "text": "The order is 7.", "context_id": "order"})
        client.sends({"type": "user_activity"})
        client.sends({"type": "feedback", "event_id": 1, "score": "like"})
        client.sends({"type": "mcp_tool_approval_result", "tool_call_id": "c", "is_approved": True})
        client.sends({"type": "conversation_initiation_client_data"})
        client.sends({"type": "user_message", "text": "And?"})
        await pass_time(3)

    served = serve(Scene(plan=text_plan()), does_all)
    assert served.record.scores == [(1, "like")]
    assert words(served) == ["And?"]
    assert b"The order is 7." in served.record.lines
    assert_clean(served)


def test_a_client_tool_goes_over_the_line_and_back() -> None:
    async def runs_the_tool(client: Client) -> None:
        client.sends({"type": "user_message", "text": "How is the weather?"})
        await pass_time(1)
        [asked] = client.got("client_tool_call")
        call_id = asked["client_tool_call"]["tool_call_id"]
        client.sends({"type": "client_tool_result", "tool_call_id": call_id, "result": "Sunny.", "is_error": False})
        client.sends({"type": "client_tool_result", "tool_call_id": "nobody", "result": "?", "is_error": False})
        await pass_time(3)

    tool = ToolSpec(name="get_weather", kind="client")
    served = serve(Scene(plan=text_plan(tools=(tool,)), answers=[ASKS, answer("It is sunny.")]), runs_the_tool)
    assert served.got("agent_response")[-1]["agent_response_event"]["agent_response"] == "It is sunny."
    assert_clean(served)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("not json", "not JSON"),
        ("[1, 2]", "JSON object"),
        ("[" * 5000, "not JSON"),
        ('{"user_audio_chunk": "%%%"}', "base64"),
        ('{"type": "pong"}', "whole number"),
        ('{"type": "user_message", "text": "' + "a" * 1_100_000 + '"}', "1,048,576 bytes"),
    ],
)
def test_nonsense_is_answered_with_a_reason_and_ends_the_call(message: str, said: str) -> None:
    async def sends_it(client: Client) -> None:
        await pass_time(1)
        client.sends(message)
        client.sends({"type": "user_message", "text": "Too late."})
        await pass_time(1)

    served = serve(Scene(plan=text_plan()), sends_it)
    [error] = served.got("error")
    assert served.socket.frames[-1] == error
    assert error["error_event"]["code"] == 1008
    assert error["error_event"]["error_type"] == "invalid_message"
    assert served.record.ending == served.ending
    assert (served.ending.close_code, served.ending.error_type) == (1008, "invalid_message")
    assert said in error["error_event"]["message"]
    assert served.socket.closed is not None
    code, reason = served.socket.closed
    assert code == 1008
    assert said in reason
    assert said in served.record.ending.reason
    assert words(served) == []
    assert_clean(served)


def test_a_flood_of_messages_ends_the_call() -> None:
    async def floods(client: Client) -> None:
        for _ in range(websocket.BURST_MESSAGES + 2):
            client.sends({"type": "user_activity"})
        await pass_time(1)

    served = serve(Scene(plan=text_plan()), floods)
    assert served.got("error")[0]["error_event"]["error_type"] == "invalid_message"
    assert served.socket.closed == (1008, served.ending.reason)
    assert_clean(served)


def test_audio_faster_than_anybody_speaks_ends_the_call() -> None:
    async def uploads_a_file(client: Client) -> None:
        for _ in range(70):
            client.sends_audio(bytes(RATE_HZ * 2))
        await pass_time(1)

    served = serve(Scene(), uploads_a_file)
    assert served.got("error")[0]["error_event"]["error_type"] == "invalid_message"
    assert "faster than" in served.record.ending.reason
    assert_clean(served)


def test_a_minute_that_was_held_up_is_fine_and_so_are_lumps() -> None:
    allowance = Allowance(0.0)
    for _ in range(60):
        allowance.take(0.0, 1.0)
    for quarter in range(1, 4 * 600):
        allowance.take(60 + quarter / 4, 0.25)


def test_a_client_that_does_not_read_is_gone() -> None:
    async def never_reads(client: Client) -> None:
        await pass_time(1)
        client.socket.waiting_bytes = websocket.WAITING_BYTES + 1
        await pass_time(5)

    served = serve(Scene(), never_reads)
    assert served.record.ending.reason == "The client does not read what it is sent."
    assert served.record.duration_seconds < 3.1
    assert_clean(served)


def test_a_client_whose_message_nobody_could_read_has_failed() -> None:
    async def sends_far_too_much(client: Client) -> None:
        await pass_time(1)
        assert client.socket.gone is not None
        client.socket.gone("The client sent a message that is far too large.", 1009)

    served = serve(Scene(), sends_far_too_much)
    ending = served.record.ending
    assert ending.reason == "The client sent a message that is far too large."
    assert (ending.close_code, ending.error_type) == (1009, "invalid_message")
    assert_clean(served)


LONG = [Text("Well, "), *(Text("and so on, ") for _ in range(50)), Finished()]


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.3, 1.0, 2.05, 2.7, 2.9, 3.4, 4.0, 6.0])
def test_a_client_that_leaves_at_any_moment_leaves_nothing_behind(moment: float) -> None:
    async def talks_and_leaves(client: Client) -> None:
        for seconds, speaks in ((2, False), (0.5, True), (5, False)):
            for _ in range(round(seconds / 0.02)):
                if client.call.clock.now() >= moment:
                    return
                await (client.speaks(0.02) if speaks else client.is_quiet(0.02))

    served = serve(Scene(lines=["tell me more"], answers=[LONG]), talks_and_leaves)
    assert served.ending.cause == "caller_hung_up"
    assert_clean(served)


def test_an_end_of_ours_is_said_before_it_happens() -> None:
    served = serve(Scene(plan=text_plan(limits=Limits(maximum_duration_seconds=5.0))), stays)
    assert served.got("error")[-1]["error_event"]["error_type"] == "max_duration_exceeded"
    assert served.socket.closed == (1000, "The call reached its maximum duration.")
    assert_clean(served)


def test_a_mistake_of_ours_ends_the_call_with_1011_and_no_traceback() -> None:
    class Broken:
        def report(self, *_: object) -> None:
            raise RuntimeError("/secret/path")

    async def finds_a_bug(client: Client) -> None:
        await pass_time(1)
        client.call.feedback = Broken().report  # pyright: ignore
        client.sends({"type": "feedback", "event_id": 1, "score": "like"})
        await pass_time(1)

    served = serve(Scene(plan=text_plan()), finds_a_bug)
    assert served.socket.closed is not None
    assert served.socket.closed[0] == 1011
    assert served.got("error")[0]["error_event"]["error_type"] == "unknown_websocket_crash"
    assert "secret" not in str(served.socket.frames) + served.socket.closed[1]
    assert_clean(served)


@pytest.mark.parametrize(("takes_seconds", "closed_after"), [(0.01, 0.01), (60.0, 1.0)])
def test_the_line_closes_when_the_record_is_settled_or_does_not_get_there(
    takes_seconds: float, closed_after: float
) -> None:
    async def run() -> float:
        own_plan, socket = text_plan(), KeptSocket()
        link = WebSocketLink(socket, "conv_1", FORMATS["pcm_16000"], FORMATS["pcm_16000"])
        call = Call(own_plan, "ws_1", link, organs_of(Scene(plan=own_plan)), KeptRecord(own_plan))
        call.hang_up("That was all.")

        async def settle() -> None:
            assert socket.closed is None
            await pass_time(takes_seconds)

        await link.serve(call, no_waiting, settle)
        assert socket.closed == (1000, "That was all.")
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) == pytest.approx(closed_after, abs=0.001)


def test_a_call_gets_ready_while_its_record_is_made_and_nothing_of_it_is_told_before() -> None:
    async def run() -> None:
        own_plan, socket = plan(), KeptSocket()
        link = WebSocketLink(socket, "conv_1", FORMATS["pcm_16000"], FORMATS["pcm_16000"])
        call = Call(own_plan, "ws_1", link, organs_of(Scene(plan=own_plan)), KeptRecord(own_plan))

        async def begin() -> None:
            await pass_time(30.0)
            assert socket.frames == []

        serving = asyncio.ensure_future(link.serve(call, begin))
        await pass_time(30.0 + websocket.LISTENING_SECONDS)
        kinds = [frame["type"] for frame in socket.frames]
        assert kinds[:1] == ["conversation_initiation_metadata"]
        assert "audio" in kinds
        call.hang_up("Enough.")
        await serving

    run_virtually(run())


def test_a_call_whose_record_cannot_be_made_does_not_begin() -> None:
    async def run() -> int:
        own_plan, socket = plan(), KeptSocket()
        link = WebSocketLink(socket, "conv_1", FORMATS["pcm_16000"], FORMATS["pcm_16000"])
        record = KeptRecord(own_plan)
        call = Call(own_plan, "ws_1", link, organs_of(Scene(plan=own_plan)), record)

        async def begin() -> None:
            await pass_time(1.0)
            raise Conflict("There was such a conversation.")

        with pytest.raises(Conflict):
            await link.serve(call, begin)
        assert (socket.frames, socket.closed) == ([], None)
        assert record.ending is not None
        return len(asyncio.all_tasks()) - 1

    assert run_virtually(run()) == 0


@pytest.mark.parametrize("reason", ["short", "x" * 200, "ü" * 100, "a" + "😀" * 40])
def test_a_reason_fits_into_a_close_frame_and_stays_text(reason: str) -> None:
    kept = as_close_reason(reason)
    assert len(kept.encode()) <= 123
    assert reason.startswith(kept)
    assert len(kept.encode()) > 118 or kept == reason


def test_the_double_of_the_line_is_told_the_same() -> None:
    async def says_nothing(client: Client) -> None:
        await pass_time(2)

    served = serve(Scene(plan=plan()), says_nothing)
    assert [frame["agent_response_event"] for frame in served.got("agent_response")] == [
        {"agent_response": event.text, "event_id": event.event_id} for event in [AgentResponse("Hello.", 1)]
    ]
