"""What every mind keeps to, whatever its vendor: tried against a double of its server, on loopback.

A provider that is registered and stands neither in `DOUBLES` nor in `WITHOUT_SERVER` fails the first test. Time passes
in no test but where silence is what is tested, and there a tenth of a second is long.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from tests.conformance.servers import double as wire
from tests.conformance.servers.anthropic import AnthropicDouble
from tests.conformance.servers.custom_llm import SECRETS, CustomChatDouble, CustomResponsesDouble
from tests.conformance.servers.double import KEY, Double, Said
from tests.conformance.servers.gemini import GeminiDouble
from tests.conformance.servers.openai_chat import OpenAIChatDouble
from tests.conformance.servers.openai_responses import OpenAIResponsesDouble
from tests.support.loopback import Answering, Server, answers, serving

from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.engine.plan import ModelChoice
from vivavoce.engine.transcript import CallMade
from vivavoce.net.addresses import Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.ports.language import ChatRequest, Finished, Language, MindFailed, Piece, Text, ToolWanted
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.providers import registry
from vivavoce.providers.registry import Outside

pytestmark = pytest.mark.anyio

DOUBLES: Sequence[Double] = (
    OpenAIChatDouble(),
    OpenAIResponsesDouble(),
    AnthropicDouble(),
    GeminiDouble(),
    CustomChatDouble(),
    CustomResponsesDouble(),
)
WITHOUT_SERVER = ("deterministic", "scripted")
IN_TESTS_OF_ITS_OWN = ("livekit", "local")  # tests/unit/providers/test_livekit.py, test_small_mind.py
SILENCE_SECONDS = 0.1
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

HELLO: Sequence[Message] = (Instructions("Be brief."), UserMessage("Hello?"))
WORDS = Said(texts=["Hel", "lo", " there."])
USED = (wire.INPUT_TOKENS, wire.OUTPUT_TOKENS, wire.CACHED_TOKENS)
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = (ToolOffer("get_weather", "The weather.", CITY), ToolOffer("get_time", "The time.", {"type": "object"}))
CALLS = (ToolWanted("call_a", "get_weather", {"city": "Rome"}), ToolWanted("call_b", "get_time", {}))


def named(double: Double) -> str:
    return type(double).__name__.removesuffix("Double")


@pytest.fixture(params=DOUBLES, ids=named)
def double(request: pytest.FixtureRequest) -> Double:
    return request.param


@dataclass
class Asking:
    """A mind and its server."""

    mind: Language
    choice: ModelChoice
    server: Server

    def request(self, messages: Sequence[Message] = HELLO, **more: Any) -> ChatRequest:
        return ChatRequest(self.choice, messages, conversation_id="conv_1", **more)

    async def answer(self, messages: Sequence[Message] = HELLO, **more: Any) -> list[Piece]:
        async with self.mind.chat(self.request(messages, **more)) as pieces:
            return [piece async for piece in pieces]

    async def failure(self) -> MindFailed:
        with pytest.raises(MindFailed) as failed:
            await self.answer()
        return failed.value

    def body_sent(self) -> dict[str, Any]:
        return json.loads(self.server.asked[-1].body)


@asynccontextmanager
async def mind_of(double: Double, server: Server, *, key: str = KEY, **options: Any) -> AsyncGenerator[Asking]:
    """The provider, told where its server is. Keys in the settings and in agents are `key`."""
    outbound = HttpOutbound(Anywhere(), user_agent="Vivavoce/test", ssl_context=NO_TLS)
    url = server.url("").rstrip("/")
    given = double.options(url)
    if "api_key" in given:
        given["api_key"] = key
    provider, checked = registry.options_of("language", double.provider, {**given, **options})
    mind = provider.make(checked, Outside(outbound, outbound, KnownReferences(SECRETS)))
    try:
        yield Asking(mind, double.choice(url, key), server)
    finally:
        await outbound.close()


@asynccontextmanager
async def asking(double: Double, *answering: Answering, key: str = KEY, **options: Any) -> AsyncGenerator[Asking]:
    """A server that answers so, and the provider that asks it."""
    async with serving(*answering) as server, mind_of(double, server, key=key, **options) as asking:
        yield asking


def test_every_registered_mind_is_tried() -> None:
    assert {double.provider for double in DOUBLES} | {*WITHOUT_SERVER, *IN_TESTS_OF_ITS_OWN} == set(
        registry.names("language")
    )


# What goes well


async def test_text_streams_and_is_counted(double: Double) -> None:
    async with asking(double, wire.says(double, WORDS)) as mind:
        assert await mind.answer() == [Text("Hel"), Text("lo"), Text(" there."), Finished("stop", *USED)]


@pytest.mark.parametrize("reason", ["length", "refused"])
async def test_it_says_why_an_answer_is_short(double: Double, reason: Any) -> None:
    async with asking(double, wire.says(double, Said(["x"], reason=reason))) as mind:
        assert await mind.answer() == [Text("x"), Finished(reason, *USED)]


async def test_one_connection_serves_every_question(double: Double) -> None:
    async with asking(double, wire.says(double, WORDS)) as mind:
        for _ in range(3):
            await mind.answer()
        assert mind.server.connections == 1


async def test_tools_there_and_back(double: Double) -> None:
    """Two tools at once; one answers, one fails; then words."""
    first, second = wire.says(double, Said(["One moment."], CALLS)), wire.says(double, WORDS)
    async with asking(double, first, second) as mind:
        assert await mind.answer(tools=TOOLS) == [Text("One moment."), *CALLS, Finished("tools", *USED)]
        called = tuple(
            CallMade(call_id=call.call_id, name=call.name, arguments=call.arguments, at=1.0) for call in CALLS
        )
        history = (
            *HELLO,
            AgentMessage("One moment. ", called),
            ToolMessage("call_a", "get_weather", "Sunny."),
            ToolMessage("call_b", "get_time", "no clock", is_error=True),
        )
        assert (await mind.answer(history, tools=TOOLS))[0] == Text("Hel")
        sent = json.dumps(mind.body_sent())
        assert all(word in sent for word in ("get_weather", "Rome", "Sunny.", "no clock"))
        # The tools are gone with a change of workflow; their history is not.
        assert (await mind.answer(history))[0] == Text("Hel")


async def test_a_long_history_is_one_that_the_server_takes(double: Double) -> None:
    """The agent speaks first, twice in a row; notes stand between; nothing was said; a reply is to be gone on with."""
    history = (
        Instructions("Be brief."),
        AgentMessage("Hello, I'm Ada. "),
        Instructions("For your information: the caller is on the beach."),
        AgentMessage("Are you there?"),
        UserMessage(""),
        UserMessage("", files=("file_1",)),
        AgentMessage(""),
        UserMessage("Yes."),
        AgentMessage("So, the first ", unfinished=True),
    )
    async with asking(double, wire.says(double, WORDS)) as mind:
        assert (await mind.answer(history))[-1] == Finished("stop", *USED)
        assert (await mind.answer(history[:1]))[-1] == Finished("stop", *USED)
        assert (await mind.answer(()))[-1] == Finished("stop", *USED)


async def test_an_answer_fits_a_schema_where_that_can_be_asked_for(double: Double) -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    async with asking(double, wire.says(double, Said(['{"ok":', "true}"]))) as mind:
        assert mind.mind.abilities.structured is double.structured
        await mind.answer(schema=schema)
        assert double.schema_of(mind.body_sent()) == schema


async def test_events_may_be_cut_anywhere(double: Double) -> None:
    whole = b"".join(double.events(Said(["gr\u00fc\u00df"], CALLS)))
    async with asking(double, wire.streams([bytes([byte]) for byte in whole])) as mind:
        assert await mind.answer(tools=TOOLS) == [Text("gr\u00fc\u00df"), *CALLS, Finished("tools", *USED)]


# Leaving


@pytest.mark.parametrize("heard", range(4))
async def test_leaving_at_any_moment_hangs_up(double: Double, heard: int) -> None:
    held = wire.streams(double.events(WORDS)[:-1], then="silence")
    async with asking(double, held) as mind:
        async with mind.mind.chat(mind.request()) as pieces:
            for _ in range(heard):
                assert isinstance(await anext(pieces), Text)
        await mind.server.left.wait()


async def test_being_cancelled_before_the_first_word_hangs_up(double: Double) -> None:
    async with asking(double, wire.streams([], then="silence")) as mind:
        task = asyncio.ensure_future(mind.answer())
        await mind.server.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await mind.server.left.wait()


async def test_what_comes_late_reaches_nobody(double: Double) -> None:
    """All of the answer is on its way already when its reader leaves; the next question has its own answer."""
    other = Said(["Some", "thing else."])
    async with asking(double, wire.says(double, WORDS), wire.says(double, other)) as mind:
        async with mind.mind.chat(mind.request()) as pieces:
            assert await anext(pieces) == Text("Hel")
        assert await mind.answer() == [Text("Some"), Text("thing else."), Finished("stop", *USED)]


# Failures


@pytest.mark.parametrize("events", [0, 2])
async def test_silence_is_a_failure(double: Double, events: int) -> None:
    held = wire.streams(double.events(WORDS)[:events], then="silence")
    async with asking(double, held, silence_seconds=SILENCE_SECONDS) as mind:
        failed = await mind.failure()
    assert failed.retryable
    assert "silent" in failed.message


async def test_a_server_that_never_answers_is_a_failure(double: Double) -> None:
    async def nothing(*_: Any) -> None:
        return

    async with asking(double, nothing, silence_seconds=SILENCE_SECONDS) as mind:
        failed = await mind.failure()
    assert failed.retryable
    assert "silent" in failed.message


@pytest.mark.parametrize("then", ["end", "close"])
async def test_closing_in_the_middle_is_a_failure(double: Double, then: Any) -> None:
    async with asking(double, wire.streams(double.events(WORDS)[:-1], then=then)) as mind:
        failed = await mind.failure()
    assert failed.retryable
    assert "closed the connection" in failed.message or "broke the connection off" in failed.message


@pytest.mark.parametrize(
    "garbage",
    [b"data: {garbage}\n\n", b"data: [1]\n\n", b"data: \xff\xfe\n\n", b"<html>login</html>", b"x" * 5_000_000],
    ids=["no json", "no object", "no text", "a page", "no end"],
)
async def test_garbage_is_a_failure(double: Double, garbage: bytes) -> None:
    async with asking(double, wire.streams([double.events(WORDS)[0], garbage])) as mind:
        assert (await mind.failure()).retryable


async def test_a_page_of_somebody_else_is_a_failure(double: Double) -> None:
    async with asking(double, answers(body=b"<html>login</html>", content_type="text/html")) as mind:
        assert (await mind.failure()).retryable


@pytest.mark.parametrize(
    ("why", "retryable", "words"),
    [
        ("rate", True, "429"),
        ("overloaded", True, "overloaded"),
        ("key", False, "the key is wrong or missing"),
        ("quota", False, "the quota is used up"),
        ("model", False, "404 (it does not know the model"),
        ("too_long", False, "the conversation is too long for the model"),
    ],
)
async def test_a_refusal_says_why(double: Double, why: Any, retryable: bool, words: str) -> None:
    async with asking(double, wire.refuses(double.refusal(why))) as mind:
        failed = await mind.failure()
    assert words in failed.message
    assert failed.retryable is retryable
    assert failed.is_about_request is (why == "too_long")
    assert failed.lacks_model is (why == "model")
    assert failed.retry_after_seconds == (7 if why == "rate" else None)


@pytest.mark.parametrize("wrong", ["an open sesame", "sk-wrong-0123456789", "AIzaWrong0123456789"])
async def test_a_wrong_key_is_in_no_message_and_in_no_log(
    double: Double, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with asking(double, wire.says(double, WORDS), key=wrong) as mind:
        failed = await mind.failure()
        assert mind.server.asked[0].headers  # the key did travel: the double refuses the request without one
        assert wrong in str(mind.server.asked[0].headers)
    assert "the key is wrong or missing" in failed.message
    assert wrong not in failed.message
    assert wrong not in repr(failed)
    assert wrong not in caplog.text
    assert wrong not in repr(mind.mind)


async def test_it_asks_again_when_the_server_is_back(double: Double) -> None:
    async with serving(wire.says(double, WORDS)) as first:
        port = first.port
    async with mind_of(double, Server(port)) as mind:
        assert "cannot be reached" in (await mind.failure()).message
        async with serving(
            wire.says(double, WORDS),
            wire.streams(double.events(WORDS)[:1], then="close"),
            wire.says(double, WORDS),
            port=port,
        ):
            assert (await mind.answer())[-1] == Finished("stop", *USED)
            assert (await mind.failure()).retryable
            assert (await mind.answer())[-1] == Finished("stop", *USED)


# Minds that need no server


@pytest.mark.parametrize("name", WITHOUT_SERVER)
async def test_a_mind_without_a_server_answers_and_can_be_left(name: str) -> None:
    provider, options = registry.options_of("language", name, {})
    mind: Language = provider.make(options, Outside(CannedOutbound(), CannedOutbound(), KnownReferences()))
    request = ChatRequest(ModelChoice(model=provider.options().models[0]), HELLO)
    async with mind.chat(request) as pieces:
        whole = [piece async for piece in pieces]
    assert isinstance(whole[0], Text)
    assert isinstance(whole[-1], Finished)
    for heard in range(len(whole)):
        async with mind.chat(request) as pieces:
            assert [await anext(pieces) for _ in range(heard)] == whole[:heard]
