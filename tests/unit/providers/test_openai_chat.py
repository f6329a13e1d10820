"""Chat completions, against a server on loopback that keeps to the published description."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.support.chat_server import choice, completion, event, sent, tool_call
from tests.support.loopback import Server, answers, says, serving

from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.engine.plan import ModelChoice
from vivavoce.engine.transcript import CallMade
from vivavoce.net.addresses import Anywhere, PublicOnly
from vivavoce.net.outbound import HttpOutbound
from vivavoce.ports.language import ChatRequest, Finished, Language, MindFailed, Piece, Text, ToolWanted
from vivavoce.ports.references import KnownReferences
from vivavoce.providers.language.custom_llm import CustomLlm, CustomLlmOptions
from vivavoce.providers.language.openai_chat import OpenAIChat, OpenAIChatOptions

pytestmark = pytest.mark.anyio

HELLO: Sequence[Message] = (Instructions("Be brief."), UserMessage("Hello?"))
WEATHER = ToolOffer("get_weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})


@asynccontextmanager
async def mind_at(server: Server, **options: Any) -> AsyncGenerator[OpenAIChat]:
    outbound = HttpOutbound(Anywhere(), user_agent="Vivavoce/test")
    given = {"base_url": server.url("/v1"), "models": ["small"], "api_key": "sk-very-secret", **options}
    try:
        yield OpenAIChat(OpenAIChatOptions.model_validate(given), outbound)
    finally:
        await outbound.close()


def question(messages: Sequence[Message] = HELLO, *, model: str = "small", **more: Any) -> ChatRequest:
    choices = {name: more.pop(name) for name in ("temperature", "max_tokens", "parallel_tool_calls") if name in more}
    return ChatRequest(ModelChoice(model=model, **choices), messages, **more)


async def answer(mind: Language, request: ChatRequest) -> list[Piece]:
    async with mind.chat(request) as pieces:
        return [piece async for piece in pieces]


async def failure(mind: Language, request: ChatRequest | None = None) -> MindFailed:
    with pytest.raises(MindFailed) as failed:
        await answer(mind, request or question())
    return failed.value


def body_sent(server: Server, place: int = -1) -> Mapping[str, Any]:
    return json.loads(server.asked[place].body)


async def test_text_streams_and_is_counted() -> None:
    async with serving(completion("Hel", "lo", " there.")) as server, mind_at(server) as mind:
        pieces = await answer(mind, question(temperature=0.0, max_tokens=50))
    assert pieces == [Text("Hel"), Text("lo"), Text(" there."), Finished("stop", 20, 5, 16)]
    [asked] = server.asked
    assert (asked.method, asked.target) == ("POST", "/v1/chat/completions")
    assert asked.headers["authorization"] == "Bearer sk-very-secret"
    assert body_sent(server) == {
        "model": "small",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "max_tokens": 50,
    }


async def test_a_connection_is_used_for_the_next_question() -> None:
    async with serving(completion("Hi.")) as server, mind_at(server) as mind:
        for _ in range(3):
            await answer(mind, question())
        assert server.connections == 1


async def test_parallel_tool_calls_with_arguments_in_parts() -> None:
    calls = [*tool_call(0, "call_a", "get_weather", '{"ci', 'ty": "Rome"}'), *tool_call(1, "call_b", "get_time")]
    async with serving(completion("One moment.", *calls, reason="tool_calls")) as server, mind_at(server) as mind:
        pieces = await answer(mind, question(tools=(WEATHER,), parallel_tool_calls=True))
    assert pieces[1:] == [
        ToolWanted("call_a", "get_weather", {"city": "Rome"}),
        ToolWanted("call_b", "get_time", {}),
        Finished("tools", 20, 5, 16),
    ]
    body = body_sent(server)
    assert body["parallel_tool_calls"] is True
    assert body["tools"][0]["function"] == {
        "name": "get_weather",
        "description": "The weather.",
        "parameters": dict(WEATHER.parameters),
    }


async def test_the_history_of_tools_is_what_servers_demand() -> None:
    call = CallMade(call_id="call_a", name="get_weather", arguments={"city": "Rome"}, at=1.0)
    history = (*HELLO, AgentMessage("", (call,)), ToolMessage("call_a", "get_weather", "no route", is_error=True))
    async with serving(completion("It failed.")) as server, mind_at(server) as mind:
        assert (await answer(mind, question(history)))[0] == Text("It failed.")
    assistant, tool = body_sent(server)["messages"][-2:]
    assert assistant["content"] is None
    assert json.loads(assistant["tool_calls"][0]["function"]["arguments"]) == {"city": "Rome"}
    assert tool == {"role": "tool", "tool_call_id": "call_a", "content": "Error: no route"}


async def test_calls_without_index_or_id_are_told_apart() -> None:
    bare = [{"tool_calls": [{"function": {"name": name, "arguments": "{}"}}]} for name in ("one", "two")]
    call = CallMade(call_id="call_1", name="x", arguments={}, at=0.0)
    before = (*HELLO, AgentMessage("", (call,)), ToolMessage("call_1", "x", "done"))
    async with serving(completion(*bare)) as server, mind_at(server) as mind:
        pieces = await answer(mind, question(before))
    assert pieces == [ToolWanted("call_2", "one", {}), ToolWanted("call_3", "two", {}), Finished("tools", 20, 5, 16)]


async def test_an_unfinished_reply_is_asked_to_go_on() -> None:
    async with serving(completion("rest.")) as server, mind_at(server) as mind:
        await answer(mind, question((*HELLO, AgentMessage("The first ", unfinished=True))))
    assert [message["role"] for message in body_sent(server)["messages"]] == ["system", "user", "assistant", "system"]


async def test_structured_answers_are_asked_for_by_schema() -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
    async with serving(completion('{"ok":true}')) as server, mind_at(server) as mind:
        await answer(mind, question(schema=schema))
    shape = body_sent(server)["response_format"]["json_schema"]
    assert shape["schema"] == {**schema, "additionalProperties": False}
    assert shape["strict"] is False, "its property is not required"


@pytest.mark.parametrize(
    ("reason", "expected"), [("length", "length"), ("content_filter", "refused"), ("function_call", "tools")]
)
async def test_how_it_ended(reason: str, expected: str) -> None:
    async with serving(completion("x", reason=reason)) as server, mind_at(server) as mind:
        last = (await answer(mind, question()))[-1]
    assert isinstance(last, Finished)
    assert last.reason == expected


async def test_a_refusal_is_said_and_named() -> None:
    async with serving(completion({"refusal": "I can't help with that."})) as server, mind_at(server) as mind:
        pieces = await answer(mind, question())
    assert pieces == [Text("I can't help with that."), Finished("refused", 20, 5, 16)]


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (["<think>", "hm, ", "well</th", "ink>\n\nYes."], "Yes."),
        (["  <th", "ink>a</think>Yes", "."], "Yes."),
        (["<thin", "gs> are fine"], "<things> are fine"),
        (["<"], "<"),
        ([{"reasoning_content": "hm"}, "Yes."], "Yes."),
    ],
)
async def test_thoughts_are_not_spoken(deltas: list[Any], expected: str) -> None:
    async with serving(completion(*deltas)) as server, mind_at(server) as mind:
        pieces = await answer(mind, question())
    assert "".join(piece.text for piece in pieces if isinstance(piece, Text)) == expected


async def test_events_may_be_cut_anywhere_and_carry_other_lines() -> None:
    stream = b": ping\r\n\r\n" + choice({"content": "gr\u00fc\u00df"}).replace(b"\n", b"\r\n") + choice({}, "stop")
    stream = stream.replace(b"data: ", b"event: x\r\ndata:", 1) + b"data: [DONE]"
    async with serving(sent([bytes([byte]) for byte in stream])) as server, mind_at(server) as mind:
        assert await answer(mind, question()) == [Text("grüß"), Finished()]


async def test_a_server_that_does_not_stream_is_understood() -> None:
    message = {"role": "assistant", "content": "All at once."}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3}}
    canned = answers(body=json.dumps(whole).encode(), content_type="application/json")
    async with serving(canned) as server, mind_at(server) as mind:
        assert await answer(mind, question()) == [Text("All at once."), Finished("stop", 3)]


async def test_options_of_the_server() -> None:
    options = {
        "headers": {"OpenAI-Organization": "org"},
        "renamed": {"small": "small-2026"},
        "max_tokens_field": "max_completion_tokens",
        "streams_usage": False,
        "extra_body": {"service_tier": "flex"},
        "api_key": None,
    }
    async with serving(completion("x")) as server, mind_at(server, **options) as mind:
        assert (await answer(mind, question(max_tokens=9)))[-1] == Finished()
    [asked] = server.asked
    assert "authorization" not in asked.headers
    assert asked.headers["openai-organization"] == "org"
    body = body_sent(server)
    assert (body["model"], body["max_completion_tokens"], body["service_tier"]) == ("small-2026", 9, "flex")


# Failures


def refused(status: str, message: str = "Oh no.", **more: str) -> Any:
    body = json.dumps({"error": {"message": message, **more}}).encode()
    return answers(status, body, content_type="application/json")


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        ("400 Bad Request", False),
        ("401 Unauthorized", False),
        ("404 Not Found", False),
        ("408 Request Timeout", True),
        ("429 Too Many Requests", True),
        ("500 Internal Server Error", True),
        ("503 Service Unavailable", True),
    ],
)
async def test_a_refusal_says_whether_to_try_again(status: str, retryable: bool) -> None:
    async with serving(refused(status)) as server, mind_at(server) as mind:
        failed = await failure(mind)
    assert failed.retryable is retryable
    assert re.fullmatch(rf"The model's server answered {status[:3]}( \(.+\))?: Oh no\.", failed.message)


async def test_no_money_is_no_reason_to_try_again() -> None:
    answering = refused("429 x", "You exceeded your quota", code="insufficient_quota")
    async with serving(answering) as server, mind_at(server) as mind:
        assert not (await failure(mind)).retryable


@pytest.mark.parametrize("echoed", ["sk-very-secret", "sk-other12345", "sk-ve***cret"])
async def test_a_key_is_in_no_message(echoed: str) -> None:
    answering = refused("401 x", f"Incorrect API key provided: {echoed}. See docs.")
    async with serving(answering) as server, mind_at(server) as mind:
        assert (await failure(mind)).message.endswith("Incorrect API key provided: ***. See docs.")


async def test_a_key_that_does_not_look_like_one_is_in_no_message_either() -> None:
    answering = refused("401 x", "We do not know open sesame.")
    async with serving(answering) as server, mind_at(server, api_key="open sesame") as mind:
        assert (await failure(mind)).message.endswith("We do not know ***.")


@pytest.mark.parametrize(
    ("answering", "expected"),
    [
        (sent([choice({"content": "x"})], then="close"), "broke the connection off"),
        (sent([choice({"content": "x"})]), "closed the connection before the answer was complete"),
        (sent([]), "closed the connection before the answer was complete"),
        (sent([b"data: {garbage}\n\n"]), "no JSON object"),
        (sent([b"data: [1]\n\n"]), "no JSON object"),
        (sent([event(error={"message": "overloaded"})]), "The model broke off: overloaded"),
        (sent([b"x" * 1_000_000] * 5), "no stream of events"),
        (completion(*tool_call(0, "c", "get_weather", '{"city": ')), "arguments for get_weather are no JSON"),
        (completion(*tool_call(0, "c", "get_weather", "[]")), "no JSON object"),
        (completion(*tool_call(0, "c", "", "{}")), "without naming it"),
        (says(b""), "broke the connection off"),
        (answers(body=b"<html>login</html>", content_type="text/html"), "closed the connection before"),
        (answers("502 Bad Gateway", b"<html>"), "answered 502."),
    ],
)
async def test_what_breaks_is_said_and_may_be_tried_again(answering: Any, expected: str) -> None:
    async with serving(answering) as server, mind_at(server) as mind:
        failed = await failure(mind)
    assert expected in failed.message
    assert failed.retryable


@pytest.mark.parametrize("answering", [says(b"", stays=True), sent([choice({"content": "x"})], then="silence")])
async def test_a_stall_before_and_within_the_stream_is_not_waited_for(answering: Any) -> None:
    async with serving(answering) as server, mind_at(server, silence_seconds=0.05) as mind:
        failed = await failure(mind)
    assert (failed.message, failed.retryable) == ("127.0.0.1 went silent.", True)


async def test_nobody_there() -> None:
    async with serving(completion("x")) as server:
        pass
    async with mind_at(server) as mind:
        assert (await failure(mind)).message == "127.0.0.1 cannot be reached: the connection failed."


@pytest.mark.parametrize("pieces_first", [0, 1])
async def test_cancelling_at_any_moment_closes_the_connection(pieces_first: int) -> None:
    answering = sent([choice({"content": "x"})] * pieces_first, then="silence")
    async with serving(answering) as server, mind_at(server) as mind:
        got: asyncio.Queue[Piece] = asyncio.Queue()

        async def asking() -> None:
            async with mind.chat(question()) as pieces:
                async for piece in pieces:
                    got.put_nowait(piece)

        task = asyncio.create_task(asking())
        for _ in range(pieces_first):
            await asyncio.wait_for(got.get(), 5)
        await asyncio.wait_for(server.arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.left.wait(), 5)


async def test_leaving_the_block_closes_it_too() -> None:
    async with serving(sent([choice({"content": "x"})], then="silence")) as server, mind_at(server) as mind:
        async with mind.chat(question()) as pieces:
            assert await anext(aiter(pieces)) == Text("x")
        await asyncio.wait_for(server.left.wait(), 5)


# Servers that agents bring along

LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def custom(*allowed: str, **values: str) -> AsyncGenerator[CustomLlm]:
    outbound = HttpOutbound(PublicOnly.but(allowed), user_agent="Vivavoce/test")
    try:
        yield CustomLlm(CustomLlmOptions(), outbound, KnownReferences(values))
    finally:
        await outbound.close()


def custom_question(url: str, *, extra_body: Mapping[str, Any] | None = None, **settings: Any) -> ChatRequest:
    model = ModelChoice(model="custom-llm", custom={"url": url, **settings}, extra_body=extra_body)
    return ChatRequest(model, HELLO, workspace_id="ws_1", variables={"tier": "gold"})


async def test_an_agents_own_server_gets_its_key_headers_and_extra_body() -> None:
    request_headers = {"X-Plain": "a", "X-Secret": {"secret_id": "secret_2"}, "X-Tier": {"variable_name": "tier"}}
    async with serving(completion("Mine.")) as server, custom(LOOPBACK, secret_1="k1", secret_2="k2") as mind:
        request = custom_question(
            server.url("/llm?team=7"),
            model_id="mine-1",
            api_key={"secret_id": "secret_1"},
            api_version="2026-01",
            request_headers=request_headers,
            extra_body={"mood": "calm"},
        )
        assert (await answer(mind, request))[0] == Text("Mine.")
    [asked] = server.asked
    assert asked.target == "/llm/chat/completions?team=7&api-version=2026-01"
    assert asked.headers["authorization"] == "Bearer k1"
    assert [asked.headers[f"x-{name}"] for name in ("plain", "secret", "tier")] == ["a", "k2", "gold"]
    body = body_sent(server)
    assert (body["model"], body["elevenlabs_extra_body"]) == ("mine-1", {"mood": "calm"})


async def test_the_endpoint_itself_may_be_given() -> None:
    async with serving(completion("x")) as server, custom(LOOPBACK, conn_1="token") as mind:
        request = custom_question(server.url("/v1/chat/completions/"), auth_connection={"auth_connection_id": "conn_1"})
        await answer(mind, request)
    assert server.asked[0].target == "/v1/chat/completions"
    assert server.asked[0].headers["authorization"] == "Bearer token"


async def test_it_may_not_lead_into_the_server_network() -> None:
    async with serving(completion("x")) as server, custom() as mind:
        failed = await failure(mind, custom_question(server.url()))
        assert not failed.retryable
        assert "outbound_private_hosts" in failed.message
        assert server.connections == 0


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"url": ""}, "no custom_llm.url"),
        ({"url": "http://x.example", "api_type": "websocket"}, "custom_llm.api_type: websocket is not spoken here"),
        ({"url": "http://x.example", "api_key": {"secret_id": "gone"}}, "There is no value for"),
        ({"url": "nowhere"}, "must begin with http"),
    ],
)
async def test_what_cannot_work_is_said_and_not_tried_again(settings: Mapping[str, Any], expected: str) -> None:
    async with custom() as mind:
        failed = await failure(mind, custom_question(**settings))
    assert expected in failed.message
    assert not failed.retryable
