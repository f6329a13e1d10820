"""Servers of models on this machine are found, listed by their models' names, and forgotten when they are gone."""

import json
from collections.abc import Sequence

import pytest
from tests.support.loopback import answers, serving

from vivavoce.net.addresses import Anywhere
from vivavoce.net.outbound import HttpOutbound
from vivavoce.ports.language import Language, ScriptedLanguage
from vivavoce.ports.outbound import CannedLine, CannedOutbound, CannedReply, OutboundFailed
from vivavoce.ports.references import KnownReferences
from vivavoce.providers.assembly import assemble
from vivavoce.providers.choices import Choices
from vivavoce.providers.discovery import Discovery, name_of
from vivavoce.providers.registry import Outside
from vivavoce.settings import Settings

pytestmark = pytest.mark.anyio

PLACE = "http://127.0.0.1:11434/v1"
MODELS = ["qwen3:8b", "nomic-embed-text", "llama4", "qwen3:8b"]


def listing(*models: str) -> CannedReply:
    body = json.dumps({"object": "list", "data": [{"id": model, "object": "model"} for model in models]})
    return CannedReply(body=[body.encode()])


def looking(*replies: CannedReply | OutboundFailed, places: Sequence[str] = (PLACE,)) -> Discovery:
    def speak(base_url: str, models: tuple[str, ...]) -> Language:
        return ScriptedLanguage([])

    return Discovery(CannedOutbound(replies, lines=[CannedLine()]), places, speak)


async def test_its_models_that_talk_are_listed() -> None:
    discovery = looking(listing(*MODELS))
    await discovery.look()
    [server] = discovery.found.values()
    assert (server.name, server.base_url, server.models) == ("ollama", PLACE, ("qwen3:8b", "llama4"))


async def test_it_comes_and_goes_and_stays_the_same_while_nothing_changes() -> None:
    gone = OutboundFailed("unreachable", "nobody there")
    discovery = looking(gone, listing("a"), listing("a"), listing("a", "b"), gone, listing("a"))
    seen = list[tuple[str, ...]]()
    minds = list[Language]()
    for _ in range(6):
        await discovery.look()
        seen += [server.models for server in discovery.found.values()] or [()]
        minds += [server.mind for server in discovery.found.values()]
    assert seen == [(), ("a",), ("a",), ("a", "b"), (), ("a",)]
    assert minds[0] is minds[1]
    assert minds[1] is not minds[2]


@pytest.mark.parametrize(
    "reply",
    [
        CannedReply(401, [b"{}"]),
        CannedReply(body=[b"<html>"]),
        CannedReply(body=[b"[]"]),
        CannedReply(body=[b'[{"model_id": "eleven_flash_v2"}]']),
        CannedReply(body=[b'{"data": {"id": "a"}}']),
        CannedReply(body=[b'{"data": [{"id": 7}, 8, {}]}']),
        CannedReply(body=[OutboundFailed("too_large", "too much")]),
    ],
)
async def test_other_servers_are_left_alone(reply: CannedReply) -> None:
    discovery = looking(reply)
    await discovery.look()
    assert discovery.found == {}


async def test_it_looks_again_and_again() -> None:
    discovery = looking(OutboundFailed("unreachable", "nobody there"), listing("a"))
    rests = iter(range(2))

    async def rest() -> None:
        if next(rests) == 1:
            raise TimeoutError

    discovery.rest = rest
    with pytest.raises(TimeoutError):
        await discovery.keep_looking()
    assert discovery.found


async def test_nothing_that_listens_there_ends_the_looking(caplog: pytest.LogCaptureFixture) -> None:
    def speak(base_url: str, models: tuple[str, ...]) -> Language:
        raise ValueError("what a name")

    discovery = Discovery(CannedOutbound([listing("a")], lines=[CannedLine()]), (PLACE,), speak)
    rests = iter([None, TimeoutError()])

    async def rest() -> None:
        if (failure := next(rests)) is not None:
            raise failure

    discovery.rest = rest
    with pytest.raises(TimeoutError):
        await discovery.keep_looking()
    assert caplog.text.count("Looking for servers of models failed.") == 2


async def test_where_nobody_listens_nothing_is_asked() -> None:
    outbound = CannedOutbound([listing("a")])
    discovery = Discovery(outbound, (PLACE,), lambda _url, _models: ScriptedLanguage([]))
    await discovery.look()
    assert not discovery.found
    assert outbound.sent == []


async def test_a_server_that_is_found_answers(tmp_path: object) -> None:
    body = json.dumps({"data": [{"id": "tiny"}]}).encode()
    async with serving(answers(body=body, content_type="application/json")) as server:
        outbound = HttpOutbound(Anywhere(), user_agent="Vivavoce/test")
        outside = Outside(outbound, outbound, KnownReferences())
        parts = assemble(Choices(discover_minds=[server.url("/v1")]), outside)
        assert not parts.standing("mind").ready
        await parts.minds.discovery.look()
        assert parts.standing("mind").ready
        assert parts.standing("mind").message == f"Found on this machine: 127.0.0.1:{server.port} (1 models)."
        assert parts.minds.resolve("gemini-2.5-flash").model == "tiny"
        assert server.asked[0].target == "/v1/models"
        again = assemble(Choices(discover_minds=[server.url("/v1")]), outside, parts)
        assert again.minds.resolve("anything").model == "tiny"
        await outbound.close()


def test_where_it_looks() -> None:
    usual = Settings().provider_choices.discover_minds
    assert [name_of(place) for place in usual] == ["ollama", "lm_studio", "vllm"], "this server itself is on 8080"
    assert len(Settings(port=9000).provider_choices.discover_minds) == 4
    assert Settings.model_validate({"discover_minds": "none"}).provider_choices.discover_minds == []
    assert Settings(discover_minds=[]).discover_minds == ["none"], "so that child processes are told"


def test_an_address_of_the_settings_is_not_looked_at_again() -> None:
    outside = Outside(CannedOutbound(), CannedOutbound(), KnownReferences())
    table = {"mine": {"kind": "openai_chat", "base_url": "http://localhost:11434/v1", "models": ["a"]}}
    made = assemble(Choices({"language": table}, discover_minds=[PLACE, "http://127.0.0.1:1234/v1"]), outside)
    assert made.minds.discovery.places == ["http://127.0.0.1:1234/v1"]
