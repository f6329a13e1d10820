"""Who answers for a model's name, and what is done when somebody is down or slow."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from vivavoce.engine.commands import UserMessage
from vivavoce.engine.events import SteppedIn
from vivavoce.engine.plan import ModelChoice
from vivavoce.ports.language import ChatRequest, Finished, MindFailed, Piece, ScriptedLanguage, Text
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.providers.discovery import Discovery, FoundServer
from vivavoce.providers.health import OwnModels
from vivavoce.providers.hedging import hedged
from vivavoce.providers.minds import AllMinds, Mind, MindRules, MindsMemory

pytestmark = pytest.mark.anyio

OPENAI = Mind("openai", ScriptedLanguage([[Text("openai"), Finished()]]), ["gpt-4.1"], family=["gpt-[3-9]*"])
LOCAL = Mind("ollama", ScriptedLanguage([[Text("ollama"), Finished()]]), ["qwen3:8b", "llama4"])
CUSTOM = Mind("custom_llm", ScriptedLanguage([[Text("own"), Finished()]]), ["custom-llm"], is_built_in=True)
SCRIPT = Mind("scripted", ScriptedLanguage([[Text("script"), Finished()]]), ["scripted"], is_built_in=True)


def nobody(*_: Any) -> Any:
    raise AssertionError


def minds(*configured: Mind, memory: MindsMemory | None = None, **rules: Any) -> AllMinds:
    discovery = Discovery(CannedOutbound(), (), nobody)
    return AllMinds([*configured, CUSTOM, SCRIPT], MindRules(**rules), discovery, memory or MindsMemory())


def request(model: str, stand_ins: Sequence[str] = ("scripted",)) -> ChatRequest:
    return ChatRequest(ModelChoice(model=model), [UserMessage("Hi.")], stand_ins=stand_ins)


async def answer(all_minds: AllMinds, model: str, stand_ins: Sequence[str] = ("scripted",)) -> Sequence[Piece]:
    async with all_minds.find(ModelChoice(model=model)).chat(request(model, stand_ins)) as pieces:
        return [piece async for piece in pieces]


@pytest.mark.parametrize(
    ("asked", "provider", "model", "how"),
    [
        ("llama4", "ollama", "llama4", "named"),
        ("custom-llm", "custom_llm", "custom-llm", "named"),
        ("scripted", "scripted", "scripted", "named"),
        ("claude-haiku-4-5", "ollama", "qwen3:8b", "rule"),
        ("claude-opus-5", "openai", "gpt-9", "rule"),
        ("gpt-4o", "openai", "gpt-4o", "vendor"),
        ("gpt-oss-20b", "openai", "gpt-4.1", "stand-in"),
        ("Qwen/qwen3-8B", "ollama", "qwen3:8b", "spelling"),
        ("gemini-2.5-flash", "openai", "gpt-4.1", "stand-in"),
    ],
)
def test_who_answers(asked: str, provider: str, model: str, how: str) -> None:
    rules = {"claude-haiku-*": "qwen3:8b", "claude-opus-*": "gpt-9", "gpt-4.1": "scripted", "gemini-*": "gone"}
    found = minds(OPENAI, LOCAL, rules=rules).resolve(asked)
    assert (found.mind.provider, found.model, found.how) == (provider, model, how)


def test_without_anybody_the_script_stands_in_and_a_setting_decides_otherwise() -> None:
    assert minds().resolve("gpt-4o").model == "scripted"
    assert minds(OPENAI, LOCAL, fallback="llama4").resolve("claude-x").model == "llama4"
    assert minds(OPENAI, LOCAL, fallback="gpt-7").resolve("claude-x").model == "gpt-7"
    assert minds(OPENAI, LOCAL, fallback="scripted").resolve("claude-x").model == "scripted"


def test_who_was_found_comes_after_the_settings_and_before_the_script() -> None:
    made = minds()
    made.discovery.found = {"there": FoundServer("vllm", "there", ("big", "gpt-4.1"), LOCAL.language)}
    assert made.resolve("gpt-4o").mind.provider == "vllm"
    assert made.has_one
    assert made.found_text() == "Found on this machine: vllm (2 models)."
    assert [model.name for model in made.offered()] == ["big", "gpt-4.1", "custom-llm", "scripted"]
    with_openai = minds(OPENAI)
    with_openai.discovery.found = made.discovery.found
    assert with_openai.resolve("gpt-4.1").mind.provider == "openai"
    assert not minds().has_one


def test_who_was_found_takes_nobodys_name() -> None:
    made = minds(OPENAI)
    made.discovery.found = {
        "there": FoundServer("vllm", "there", ("gpt-4o", "custom-llm", "scripted", "own"), LOCAL.language)
    }
    owners = {model: made.resolve(model).mind.provider for model in ("gpt-4o", "custom-llm", "scripted", "own")}
    assert owners == {"gpt-4o": "openai", "custom-llm": "custom_llm", "scripted": "scripted", "own": "vllm"}
    assert [(model.name, model.provider) for model in made.offered() if model.provider == "vllm"] == [("own", "vllm")]


async def test_a_model_that_nobody_has_is_written_down_once(caplog: pytest.LogCaptureFixture) -> None:
    made = minds(LOCAL)
    for _ in range(3):
        assert (await answer(made, "claude-x"))[0] == Text("ollama")
    assert made.memory.stood_in == {"claude-x": "qwen3:8b of ollama"}
    assert caplog.text.count("claude-x") == 1
    assert made.replacement("claude-x").endswith("qwen3:8b of ollama answers instead.")
    assert made.replacement("llama4") == ""


async def test_a_provider_is_asked_for_the_model_that_it_has() -> None:
    language, script = ScriptedLanguage([[Finished()]]), ScriptedLanguage([[Finished()]])
    made = minds(Mind("mine", language, ["a"]), rules={"x*": "a"}, fallback="scripted")
    await answer(made, "xy")
    assert language.asked[0].model.model == "a"
    script_minds = AllMinds([Mind("scripted", script, ["scripted"], is_built_in=True)], MindRules(), made.discovery)
    await answer(script_minds, "gpt-4o")
    assert script.asked[0].model.model == "gpt-4o", "the script says whom it stands in for"


# Health


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


async def test_who_is_down_is_left_alone_where_there_is_somebody_else() -> None:
    clock = Clock()
    language = ScriptedLanguage([[MindFailed("down")], [MindFailed("down")], [Text("back"), Finished()]])
    made = minds(Mind("mine", language, ["a"]), memory=MindsMemory(now=clock))
    for _ in range(2):
        with pytest.raises(MindFailed, match=r"^down$"):
            await answer(made, "a")
    with pytest.raises(MindFailed, match="mine has failed lately and is left alone for 1 s: down"):
        await answer(made, "a")
    assert len(language.asked) == 2
    clock.now = 1.0
    assert (await answer(made, "a"))[0] == Text("back")
    health = made.memory.board.of("language", "mine")
    assert (health.asked, health.failed, health.running, health.failures_in_a_row) == (3, 2, 0, 0)


async def test_a_model_that_its_vendor_has_taken_away_is_answered_for_at_the_next_attempt() -> None:
    clock = Clock()
    gone = MindFailed("404 (it does not know the model)", retryable=False, lacks_model=True)
    openai = ScriptedLanguage([[gone], [gone], [Text("new"), Finished()], [Text("old is back"), Finished()]])
    vendor = Mind("openai", openai, ["gpt-4.1", "gpt-6"], family=["gpt-*"])
    made = minds(vendor, memory=MindsMemory(now=clock))
    with pytest.raises(MindFailed, match="404"):
        await answer(made, "gpt-4o", ())
    with pytest.raises(MindFailed, match="404"):
        await answer(made, "gpt-4o", ())
    assert (await answer(made, "gpt-4o", ()))[0] == Text("new")
    assert [request.model.model for request in openai.asked] == ["gpt-4o", "gpt-4.1", "gpt-6"]
    assert "gpt-6 of openai answers instead" in made.replacement("gpt-4o")
    health = made.memory.board.of("language", "openai")
    assert (health.failed, health.rests_for(clock.now)) == (2, 0.0), "its other models are well"
    clock.now = 601.0
    assert (await answer(made, "gpt-4o", ()))[0] == Text("old is back")


async def test_who_has_none_of_the_models_leaves_it_to_the_next_and_in_the_end_to_what_is_built_in() -> None:
    gone = MindFailed("404", retryable=False, lacks_model=True)
    made = minds(Mind("mine", ScriptedLanguage([[gone]]), ["a"]), memory=MindsMemory(now=Clock()))
    with pytest.raises(MindFailed):
        await answer(made, "a", ())
    assert made.resolve("a").model == "scripted"


async def test_an_agent_without_another_model_is_never_refused() -> None:
    language = ScriptedLanguage([[MindFailed("down", retryable=False)], [Text("back"), Finished()]])
    made = minds(Mind("mine", language, ["a"]), memory=MindsMemory(now=Clock()))
    with pytest.raises(MindFailed):
        await answer(made, "a", ())
    assert (await answer(made, "a", ()))[0] == Text("back")


async def test_when_everybody_rests_they_are_asked_all_the_same() -> None:
    one = ScriptedLanguage([[MindFailed("down", retryable=False)], [Text("one is back"), Finished()]])
    two = ScriptedLanguage([[MindFailed("down", retryable=False)]])
    made = minds(Mind("one", one, ["a"]), Mind("two", two, ["b"]), memory=MindsMemory(now=Clock()))
    with pytest.raises(MindFailed, match=r"^down"):
        await answer(made, "a", ["b"])
    with pytest.raises(MindFailed, match="left alone"):
        await answer(made, "a", ["b"])
    with pytest.raises(MindFailed, match=r"^down"):
        await answer(made, "b", ["a"])
    assert (await answer(made, "a", ["b"]))[0] == Text("one is back")


async def test_one_agents_own_model_does_not_rest_another_agents() -> None:
    language = ScriptedLanguage([[MindFailed("no such secret", retryable=False)], [Text("theirs"), Finished()]])
    made = minds(memory=MindsMemory(now=Clock()))
    made = replace(made, configured=[Mind("custom_llm", language, ["custom-llm"], is_built_in=True), SCRIPT])

    async def ask(url: str) -> Sequence[Piece]:
        choice = ModelChoice(model="custom-llm", custom={"url": url})
        async with made.find(choice).chat(replace(request("custom-llm"), model=choice)) as pieces:
            return [piece async for piece in pieces]

    with pytest.raises(MindFailed, match="no such secret"):
        await ask("https://one.example")
    with pytest.raises(MindFailed, match="left alone"):
        await ask("https://one.example")
    assert (await ask("https://two.example"))[0] == Text("theirs")
    noted = {name for _, name, health in made.memory.board if health.asked}
    assert noted == set(), "and no other workspace reads what happened there"


def test_own_models_are_remembered_for_as_long_as_they_are_few() -> None:
    own = OwnModels()
    first = own.of("https://one.example")
    assert own.of("https://one.example") is first
    for number in range(300):
        own.of(number)
    assert own.of("https://one.example") is not first


async def test_a_question_that_is_too_long_is_no_fault_of_the_provider() -> None:
    language = ScriptedLanguage([[MindFailed("too long", retryable=False, is_about_request=True)]])
    made = minds(Mind("mine", language, ["a"]))
    for _ in range(4):
        with pytest.raises(MindFailed, match="too long"):
            await answer(made, "a")
    assert made.memory.board.of("language", "mine").failed == 0


@dataclass
class Held:
    """A mind that answers when it is told to, and knows when it was left."""

    texts: Sequence[str] = ("held",)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    failure: MindFailed | None = None

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        self.asked.set()
        try:
            yield self._pieces()
        finally:
            self.left.set()

    async def _pieces(self) -> AsyncIterator[Piece]:
        await self.may_answer.wait()
        if self.failure is not None:
            raise self.failure
        for text in self.texts:
            yield Text(text)
        yield Finished()


async def test_being_left_for_being_slow_counts_as_a_failure() -> None:
    clock, held = Clock(), Held()
    made = minds(Mind("mine", held, ["a"]), memory=MindsMemory(now=clock))  # pyright: ignore[reportArgumentType]
    health = made.memory.board.of("language", "mine")
    for waited, failed in ((1.0, 0), (4.0, 1)):
        held.asked.clear()
        task = asyncio.ensure_future(answer(made, "a"))
        await held.asked.wait()
        clock.now += waited
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (health.failed, health.running) == (failed, 0)
    assert health.last_failure == "It had not begun to answer after 4.0 s."


# Hedging

NOW, NEVER = 0.0, 3600.0


def opened(mind: Held) -> Any:
    return lambda: mind.chat(request("a"))


async def read(first: Held, second: Held, after_seconds: float) -> list[str]:
    async with hedged(opened(first), opened(second), after_seconds) as pieces:
        return [piece.text async for piece in pieces if isinstance(piece, Text)]


async def test_whoever_is_quick_is_alone() -> None:
    first, second = Held(["one", "two"]), Held()
    first.may_answer.set()
    assert await read(first, second, NEVER) == ["one", "two"]
    assert not second.asked.is_set()


async def test_the_second_answers_when_the_first_is_slow_and_the_first_is_left() -> None:
    first, second = Held(), Held(["second"])
    second.may_answer.set()
    assert await read(first, second, NOW) == ["second"]
    assert first.left.is_set()


async def test_the_first_answers_when_it_begins_before_the_second() -> None:
    first, second = Held(["first"]), Held()
    reading = asyncio.ensure_future(read(first, second, NOW))
    await second.asked.wait()
    first.may_answer.set()
    assert await reading == ["first"]
    assert second.left.is_set()


async def test_a_first_that_fails_is_followed_by_the_second_at_once() -> None:
    first, second = Held(failure=MindFailed("down")), Held(["second"])
    first.may_answer.set()
    second.may_answer.set()
    assert await read(first, second, NEVER) == ["second"]


async def test_when_both_fail_the_first_one_is_told() -> None:
    first, second = Held(failure=MindFailed("one")), Held(failure=MindFailed("two"))
    first.may_answer.set()
    second.may_answer.set()
    with pytest.raises(MindFailed, match="one"):
        await read(first, second, NEVER)


async def test_leaving_leaves_both() -> None:
    first, second = Held(), Held()
    reading = asyncio.ensure_future(read(first, second, NOW))
    await second.asked.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert first.left.is_set()
    assert second.left.is_set()


async def test_the_settings_ask_a_backup_beside_a_slow_mind_but_never_beside_an_agents_own() -> None:
    slow, quick = Held(), Held(["quick"])
    quick.may_answer.set()
    configured = [Mind("slow", slow, ["a"]), Mind("quick", quick, ["b"])]  # pyright: ignore[reportArgumentType]
    made = minds(*configured, backups=["a", "b"], hedge_after_seconds=1e-9)
    assert (await answer(made, "a"))[0] == Text("quick")
    assert slow.left.is_set()
    assert (await answer(made, "custom-llm"))[0] == Text("own")
    assert (await answer(made, "b"))[0] == Text("quick")


async def test_a_second_mind_that_answers_first_is_told_with_the_reason() -> None:
    slow, quick = Held(), Held(["quick"])
    quick.may_answer.set()
    configured = [Mind("slow", slow, ["a"]), Mind("quick", quick, ["b"])]  # pyright: ignore[reportArgumentType]
    made = minds(*configured, backups=["a", "b"], hedge_after_seconds=1e-9)
    told: list[SteppedIn] = []
    request = ChatRequest(ModelChoice(model="a"), (), stand_ins=("b",), stepped_in=told.append)
    async with made.find(request.model).chat(request) as pieces:
        assert await anext(pieces) == Text("quick")
    assert told == [SteppedIn("mind", "a of slow", "b of quick", "It had not begun to answer after 1e-09 s.")]
