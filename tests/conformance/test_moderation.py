"""What every moderator keeps to: a verdict for each text in its order, scores between 0 and 1, clear failures."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from tests.conformance.servers import double as wire
from tests.conformance.servers.double import KEY
from tests.conformance.servers.openai_chat import openai_refusal
from tests.conformance.servers.openai_moderation import BAD, WORST, judges
from tests.support.loopback import Answering, Server, answers, says, serving

from vivavoce.net.addresses import Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.ports.moderation import ModerationFailed, Moderator, ScriptedModerator
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.providers import registry
from vivavoce.providers.registry import Outside

pytestmark = pytest.mark.anyio

WITH_SERVER = ("openai_moderation",)
WITHOUT_SERVER = ("word_list",)
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@asynccontextmanager
async def moderator_at(
    *answering: Answering, key: str = KEY, **options: object
) -> AsyncGenerator[tuple[Moderator, Server]]:
    outbound = HttpOutbound(Anywhere(), user_agent="Vivavoce/test", ssl_context=NO_TLS)
    async with serving(*answering) as server:
        given = {"base_url": server.url("/v1"), "api_key": key, **options}
        provider, checked = registry.options_of("moderation", "openai_moderation", given)
        try:
            yield provider.make(checked, Outside(outbound, outbound, KnownReferences())), server
        finally:
            await outbound.close()


def built_in(**options: object) -> Moderator:
    provider, checked = registry.options_of("moderation", "word_list", options)
    return provider.make(checked, Outside(CannedOutbound(), CannedOutbound(), KnownReferences()))


async def failure_of(moderator: Moderator) -> ModerationFailed:
    with pytest.raises(ModerationFailed) as failed:
        await moderator.judge([BAD])
    assert BAD not in failed.value.message
    return failed.value


def test_every_registered_moderator_is_tried() -> None:
    assert {*WITH_SERVER, *WITHOUT_SERVER} == set(registry.names("moderation"))


# With a server


async def test_each_text_has_its_verdict() -> None:
    async with moderator_at(judges()) as (moderator, server):
        mild, bad, worst = await moderator.judge(["Hello.", BAD, WORST])
        assert await moderator.judge([]) == []
    assert max(mild.scores.values()) < 0.01
    assert set(bad.scores) == moderator.categories
    assert (bad.scores["violence"], bad.scores["harassment_threatening"]) == (0.7, 0.4)
    assert worst.scores["violence"] == 0.95
    assert bad.over({"harassment": 0.3, "violence": 0.3, "sexual": 0.3, "profanity": 0.1}) == ["violence", "harassment"]
    assert len(server.asked) == 1


@pytest.mark.parametrize(("why", "retryable"), [("rate", True), ("overloaded", True), ("key", False), ("model", False)])
async def test_a_refusal_says_why(why: wire.Why, retryable: bool) -> None:
    async with moderator_at(wire.refuses(openai_refusal(why))) as (moderator, _):
        failed = await failure_of(moderator)
    assert failed.retryable is retryable
    assert failed.message.startswith("The moderation server ")


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[]", b"{}", b'{"results": []}', b'{"results": [7]}', b'{"results": [{"category_scores": 7}]}'],
)
async def test_garbage_is_a_failure(body: bytes) -> None:
    async with moderator_at(answers(body=body)) as (moderator, _):
        assert (await failure_of(moderator)).retryable


@pytest.mark.parametrize("stays", [False, True])
async def test_silence_and_a_hang_up_are_failures(stays: bool) -> None:
    async with moderator_at(says(b"", stays=stays), answer_seconds=0.1) as (moderator, _):
        assert (await failure_of(moderator)).retryable


async def test_being_cancelled_hangs_up() -> None:
    async with moderator_at(says(b"", stays=True)) as (moderator, server):
        task = asyncio.ensure_future(moderator.judge([BAD]))
        await server.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.left.wait()


async def test_a_wrong_key_is_in_no_message_and_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with moderator_at(judges(), key="an open sesame") as (moderator, _):
        failed = await failure_of(moderator)
    assert "refuses the key" in failed.message
    assert "sesame" not in failed.message + caplog.text + repr(moderator)


async def test_it_judges_again_after_a_failure() -> None:
    async with moderator_at(says(b""), judges()) as (moderator, _):
        await failure_of(moderator)
        assert len(await moderator.judge([BAD])) == 1


# Without one


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("What are your opening hours?", []),
        ("I want to kill the process on my Linux box, damn it.", []),
        ("The grass in Essex, the class on Dickens, and Scunthorpe.", []),
        ("I will KILL   you.", ["violence"]),
        ("You\u2019re worthless, you moron", ["harassment"]),
        ("What the f\u00fack", ["profanity"]),
        ("Some days I just want to kill myself", ["self_harm"]),
    ],
)
async def test_words_that_leave_no_doubt(text: str, content: list[str]) -> None:
    moderator = built_in()
    [verdict] = await moderator.judge([text])
    assert all(0 <= score <= 1 for score in verdict.scores.values())
    assert set(verdict.scores) == moderator.categories
    assert verdict.over(dict.fromkeys(verdict.content(), 0.3)) == content


async def test_a_low_threshold_minds_hints_too() -> None:
    [verdict] = await built_in().judge(["Which lawyer do you recommend?"])
    assert verdict.over({"medical_and_legal_information": 0.1}) == ["medical_and_legal_information"]


async def test_an_operators_words() -> None:
    moderator = built_in(words={"profanity": ["schei\u00df*"], "hate_threatening": ["raus mit euch"]})
    verdicts = await moderator.judge(["So ein Schei\u00dfdreck!", "Raus mit euch!"])
    assert verdicts[0].content()["profanity"] == 0.9
    assert verdicts[1].content()["harassment"] == 0.9


async def test_the_double_keeps_what_it_was_asked() -> None:
    double = ScriptedModerator({"bad": {"hate": 0.8}})
    good, bad = await double.judge(["good", "so bad"])
    assert (good.scores, bad.scores) == ({"hate": 0.0}, {"hate": 0.8})
    assert double.asked == [["good", "so bad"]]
    assert bad.content() == {"harassment": 0.8}
    assert await failure_of(ScriptedModerator(failure=ModerationFailed("down")))
