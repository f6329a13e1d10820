"""The deterministic mind with a small model behind it: what the model writes counts as far as it is borne out.

The model is the double: it writes what stands in a table, token by token, through the same steps as the real one.
"""

import asyncio
import contextlib
import platform
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.support.small_minds import MODEL, answer_of, text_in
from tests.support.small_minds import request_of as asked

from vivavoce.engine.commands import ToolOffer
from vivavoce.engine.plan import ModelChoice
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.embedding import HashedWords, Purpose
from vivavoce.ports.language import Finished, ToolWanted
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.providers import registry
from vivavoce.providers.assembly import Parts, assemble
from vivavoce.providers.choices import Choices, missing_models
from vivavoce.providers.current import CurrentParts
from vivavoce.providers.language._answer import Answer
from vivavoce.providers.language._small import evidence
from vivavoce.providers.language._small.mind import SmallMind, Took
from vivavoce.providers.language._small.pen import Pen
from vivavoce.providers.language._wit.offers import Slot
from vivavoce.providers.language.local import Local
from vivavoce.providers.local import llama
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.tokens import TableEngine, Writer
from vivavoce.providers.local.workplace import Here, Kind
from vivavoce.providers.registry import Outside

pytestmark = pytest.mark.anyio
R = TypeVar("R")


PROMPT = """You are Ada.
# Opening hours
The practice is open from nine to five on weekdays.
# Parking
Visitors leave their cars behind the building for free.
"""
BOOK = ToolOffer(
    "book_appointment",
    'Books an appointment. Examples: "I want an appointment"',
    {
        "type": "object",
        "properties": {
            "treatment": {"type": "string", "enum": ["check_up", "emergency"]},
            "reason": {"type": "string"},
            "guests": {"type": "integer"},
        },
        "required": ["treatment", "reason"],
    },
)
ASKS = "Must I pay to leave my car somewhere?"
UNKNOWN = "I'm sorry, I don't know that. I can answer questions about opening hours or Parking."


@pytest.fixture(autouse=True)
def has_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that llama.cpp is made for, whatever this one is."""
    monkeypatch.setattr(llama, "ENGINES", {(platform.system(), platform.machine()): "llama-cpp-linux-x64"})


def ends(said: str) -> str:
    """The end of a prompt whose last line is this."""
    return f"{said}<|im_end|>\n<|im_start|>assistant\n"


@dataclass
class Beside:
    """A workplace whose model is the double, computed at once."""

    writer: Writer
    steps: int = 0
    waiting: int = 0
    gate: asyncio.Event | None = None
    breaks: Exception | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    prompts: list[str] = field(default_factory=list[str])
    others: Here = field(default_factory=Here)

    def model(self, kind: Kind[Any], place: Path) -> Any:
        return self if kind.name == "llama" else self.others.model(kind, place)

    async def load(self) -> None:
        if self.breaks is not None:
            raise self.breaks

    async def run(self, urgency: Urgency, work: Callable[[Writer], R]) -> R:
        if self.breaks is not None:
            raise self.breaks
        self.steps += 1
        self.prompts.append(getattr(work, "prompt", ""))
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        return work(self.writer)


def outside_with(place: Beside, folder: Path) -> Outside:
    here = {MODEL, llama.engine_id()}
    return Outside(
        CannedOutbound(),
        CannedOutbound(),
        KnownReferences(),
        model_place=lambda model: folder if model in here else None,
        models=place,
    )


@asynccontextmanager
async def mind_of(place: Beside, folder: Path, **options: Any) -> AsyncGenerator[Local]:
    provider, checked = registry.options_of("language", "local", options)
    mind = provider.make(checked, outside_with(place, folder))
    try:
        yield mind
    finally:
        await mind.close()


def beside(answers: Mapping[str, str]) -> Beside:
    return Beside(Writer(TableEngine(answers, sequences=8)))


request_of = partial(asked, PROMPT)


# What it may speak


async def test_it_answers_out_of_the_facts_if_it_may(tmp_path: Path) -> None:
    place = beside({ends(ASKS): "No, leave your car behind the building for free."})
    async with mind_of(place, tmp_path, speaks=True, meaning="words") as mind:
        pieces = await answer_of(mind, request_of(ASKS))
    assert text_in(pieces) == "No, leave your car behind the building for free."
    assert len(pieces) > 3, "it streams"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("Leave your car behind the building for 3 euros.", "a number that no fact has"),
        ("Leave your car behind the building for seven.", "a number in words"),
        ("Leave your car with John behind the building.", "a name that no fact has"),
        ("John leaves cars behind the building.", "a name at the begin"),
        ("Visitors leave cars. Visitors leave buildings. Visitors leave.", "more than two sentences"),
        ("Leave your car behind the building, see visitors.example.com for free.", "an address"),
        ("I'm sorry, I don't know.", "nothing to say"),
        ("", "nothing at all"),
        ("Visitors leave their building " * 30, "no end"),
        ("The practice is open from nine to five.", "something else than was asked"),
    ],
)
async def test_what_is_not_borne_out_is_not_spoken(tmp_path: Path, written: str, why: str) -> None:
    place = beside({ends(ASKS): written})
    async with mind_of(place, tmp_path, speaks=True, meaning="words") as mind:
        assert text_in(await answer_of(mind, request_of(ASKS))) == UNKNOWN, why
    assert place.steps > 0


async def test_it_speaks_only_where_the_settings_let_it_and_the_rules_are_at_a_loss(tmp_path: Path) -> None:
    place = beside({ends(ASKS): "Leave your car behind the building for free."})
    async with mind_of(place, tmp_path, meaning="words") as mind:
        assert text_in(await answer_of(mind, request_of(ASKS))) == UNKNOWN
    async with mind_of(place, tmp_path, speaks=True, meaning="words") as mind:
        known = await answer_of(mind, request_of("When is the practice open?"))
        assert text_in(known) == "The practice is open from nine to five on weekdays."
        await mind.read_ahead()
        steps = place.steps
        far = await answer_of(mind, request_of("What is the capital of France?"))
        assert "don't know" in text_in(far)
        assert place.steps == steps


# Arguments of a tool

HURTS = "I want an appointment because my tooth hurts like hell"
SAID = '{"treatment": "emergency", "reason": "my tooth hurts", "guests": null}'


async def test_arguments_that_rules_do_not_read_are_filled_in(tmp_path: Path) -> None:
    place = beside({ends(f"Caller: {HURTS}"): SAID, ends("Caller: yes"): SAID})
    async with mind_of(place, tmp_path, meaning="words") as mind:
        asked = text_in(await answer_of(mind, request_of(HURTS, tools=(BOOK,))))
        assert asked == "Let me check: book appointment, treatment emergency and reason my tooth hurts. Is that right?"
        done = await answer_of(mind, request_of(HURTS, asked, "yes", tools=(BOOK,)))
    wanted = next(piece for piece in done if isinstance(piece, ToolWanted))
    assert (wanted.name, wanted.arguments) == (
        "book_appointment",
        {"treatment": "emergency", "reason": "my tooth hurts"},
    )


async def test_what_was_confirmed_is_asked_for_again_where_the_model_is_gone(tmp_path: Path) -> None:
    place = beside({ends(f"Caller: {HURTS}"): SAID})
    async with mind_of(place, tmp_path, meaning="words") as mind:
        asked = text_in(await answer_of(mind, request_of(HURTS, tools=(BOOK,))))
        place.breaks = RuntimeError("gone")
        done = await answer_of(mind, request_of(HURTS, asked, "yes", tools=(BOOK,)))
    assert text_in(done) == "Sure. Which treatment: check up or emergency?"
    assert not any(isinstance(piece, ToolWanted) for piece in done)


async def test_what_was_not_said_is_asked_for(tmp_path: Path) -> None:
    made_up = '{"treatment": "emergency", "reason": "broken leg", "guests": 4}'
    place = beside({ends(f"Caller: {HURTS}"): made_up})
    async with mind_of(place, tmp_path, meaning="words") as mind:
        assert text_in(await answer_of(mind, request_of(HURTS, tools=(BOOK,)))) == "Sure. What is your reason?"


async def test_nobody_waits_for_the_model_where_nothing_more_was_said(tmp_path: Path) -> None:
    place = beside({})
    async with mind_of(place, tmp_path, meaning="words") as mind:
        request = replace(request_of("I want an appointment", tools=(BOOK,)), model=ModelChoice(model="deterministic"))
        found, took = await mind.mind.answer(request)
    assert found.text == "Sure. Which treatment: check up or emergency?"
    assert (took, place.steps) == (Took(), 0)


@pytest.mark.parametrize(
    ("schema", "value", "said", "counts"),
    [
        ({"type": "string"}, "my tooth", "My tooth hurts", True),
        ({"type": "string"}, "my leg", "My tooth hurts", False),
        ({"type": "string"}, "AB12", "it is A B one two", True),
        ({"type": "string"}, " ", "My tooth hurts", False),
        ({"type": "integer"}, 4, "we are four", True),
        ({"type": "integer"}, 5, "we are four", False),
        ({"type": "integer", "maximum": 3}, 4, "we are four", False),
        ({"enum": ["a", "b"]}, "a", "anything", True),
        ({"enum": ["a", "b"]}, "c", "anything", False),
        ({"type": "boolean"}, True, "yes", False),
        ({"type": "string"}, None, "yes", False),
        ({"type": "string"}, ["yes"], "yes", False),
    ],
)
def test_a_value_counts_if_it_was_said(schema: Any, value: Any, said: str, counts: bool) -> None:
    assert evidence.is_said(Slot("it", schema, is_required=True), value, said) is counts


# Forms

FORM = {
    "type": "object",
    "properties": {
        "result": {"type": "string", "enum": ["success", "failure", "unknown"], "description": "It went as it should."},
        "rationale": {"type": "string"},
        "name": {"type": "string"},
        "city": {"type": "string"},
        "count": {"type": ["integer", "null"]},
    },
}


async def test_a_form_has_what_rules_leave_open_as_far_as_it_was_said(tmp_path: Path) -> None:
    written = '{"result": "success", "rationale": "It went well.", "name": "Peter Novak", "city": "Paris", "count": 9}'
    place = beside({ends("Caller: Peter Novak here, we are three"): written})
    async with mind_of(place, tmp_path, meaning="words") as mind:
        said = text_in(await answer_of(mind, request_of("Peter Novak here, we are three", schema=FORM)))
    assert '"name": "Peter Novak"' in said
    assert '"city": "unknown"' in said
    assert '"count": 3' in said
    assert '"result": "success", "rationale": "The small language model judged it so; no rule decides it."' in said


async def test_a_form_is_filled_without_the_model_too(tmp_path: Path) -> None:
    place = beside({})
    place.breaks = RuntimeError("gone")
    async with mind_of(place, tmp_path, meaning="words") as mind:
        said = text_in(await answer_of(mind, request_of("Peter here, we are three", schema=FORM)))
    assert '"count": 3' in said
    assert '"result": "unknown"' in said


# Leaving, waiting, counting


async def test_leaving_stops_the_model_within_a_token(tmp_path: Path) -> None:
    place = beside({ends(ASKS): "Visitors leave their cars behind the building for free. " * 2})
    async with mind_of(place, tmp_path, speaks=True, meaning="words") as mind:
        place.gate = asyncio.Event()
        async with mind.chat(request_of(ASKS)):
            await place.asked.wait()
        steps = place.steps
        place.gate.set()
        await asyncio.sleep(0)
    assert place.steps == steps == 1


async def test_who_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    place = beside({ends(ASKS): "Leave your car behind the building for free."})
    place.gate = asyncio.Event()
    async with mind_of(place, tmp_path, speaks=True, meaning="words", patience_seconds=0.01) as mind:
        assert text_in(await answer_of(mind, request_of(ASKS))) == UNKNOWN


class Slow(HashedWords):
    """An embedder that takes almost as long as it is waited for, each time."""

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> Any:
        await pass_time(1.4)
        return await super().embed(texts, purpose)


class Laborious(Beside):
    """A workplace where each step takes its time."""

    async def run(self, urgency: Urgency, work: Callable[[Writer], R]) -> R:
        await pass_time(0.05)
        return await super().run(urgency, work)


@pytest.mark.parametrize("agent_seconds", [2.0, 4.0, 15.0])
@pytest.mark.parametrize("own_seconds", [3.0, 60.0])
def test_meaning_and_words_together_take_no_longer_than_the_agent_waits(
    agent_seconds: float, own_seconds: float
) -> None:
    place = Laborious(Writer(TableEngine({ends(ASKS): "Visitors leave their cars. " * 40}, sequences=8)))
    mind = SmallMind(Pen(place), Slow(), speaks=True, patience_seconds=own_seconds)  # pyright: ignore[reportArgumentType]
    request = replace(request_of(ASKS), patience_seconds=agent_seconds)

    async def main() -> tuple[Answer, float]:
        return (await mind.answer(request))[0], asyncio.get_running_loop().time()

    answer, seconds = run_virtually(main())
    assert answer.text
    assert seconds <= min(own_seconds, agent_seconds - 0.5) + 0.01


def test_a_sentence_that_is_done_in_time_is_spoken() -> None:
    place = Laborious(beside({ends(ASKS): "Leave your car behind the building for free."}).writer)
    mind = SmallMind(Pen(place), speaks=True, patience_seconds=60.0)  # pyright: ignore[reportArgumentType]
    request = replace(request_of(ASKS), patience_seconds=4.0)

    async def main() -> str:
        return (await mind.answer(request))[0].text

    assert run_virtually(main()).endswith("Leave your car behind the building for free.")


async def test_two_calls_at_a_time_have_their_own_answers(tmp_path: Path) -> None:
    other = ASKS.replace("Must I", "Do I have to")
    place = beside(
        {
            ends(ASKS): "No, leave your car behind the building for free.",
            ends(other): "Leave your car behind the building.",
        }
    )
    async with mind_of(place, tmp_path, speaks=True, meaning="words") as mind:
        both = await asyncio.gather(*(answer_of(mind, request_of(asked)) for asked in (ASKS, other)))
    assert list(map(text_in, both)) == [
        "No, leave your car behind the building for free.",
        "Leave your car behind the building.",
    ]


async def test_the_next_turn_of_an_agent_finds_its_prompt_read(tmp_path: Path) -> None:
    place = beside({ends(ASKS): "Leave your car behind the building for free."})
    async with mind_of(place, tmp_path, speaks=True, meaning="words") as mind:
        first = (await answer_of(mind, request_of(ASKS)))[-1]
        again = (await answer_of(mind, request_of(ASKS.replace("Must", "Do"))))[-1]
    assert isinstance(first, Finished)
    assert isinstance(again, Finished)
    assert first.cached_tokens == 0
    assert again.input_tokens - again.cached_tokens < 80 < again.cached_tokens


async def test_prompts_are_read_ahead_after_the_first_turn(tmp_path: Path) -> None:
    place = beside({})
    async with mind_of(place, tmp_path, meaning="words") as mind:
        await answer_of(mind, request_of("Hello", tools=(BOOK,)))
        await mind.read_ahead()
        assert place.steps > 0
        steps = place.steps
        await answer_of(mind, request_of("Hello", tools=(BOOK,)))
        await mind.read_ahead()
        assert place.steps == steps, "once is enough"


async def test_the_pen_stops_where_there_is_enough() -> None:
    written = await Pen(beside({"?": "One. Two. Three. Four."})).write("?", most_tokens=100, enough=evidence.has_enough)
    assert not written.is_whole
    assert written.text.startswith("One. Two. T")
    assert len(written.text) < len("One. Two. Three.")
    assert (await Pen(beside({"?": "One. Two."})).write("?", most_tokens=3)).text == "One"


async def test_what_nobody_waits_for_takes_no_step_while_somebody_waits_for_words() -> None:
    place = beside({"asked?": "At nine in the morning.", "other?": "At ten."})
    pen = Pen(place)
    asked = asyncio.create_task(pen.write("asked?", most_tokens=50))
    await place.asked.wait()
    ahead = asyncio.create_task(pen.read("a long prompt " * 20))
    form = asyncio.create_task(pen.write("other?", most_tokens=50, urgency=Urgency.BACKGROUND))
    assert (await asked).text == "At nine in the morning."
    assert set(place.prompts[: len("At nine in the morning.") + 1]) == {"asked?"}, "nothing came in between"
    assert (await form).text == "At ten."
    await ahead


async def test_by_its_own_name_it_introduces_nobody_and_as_a_stand_in_it_does(tmp_path: Path) -> None:
    async with mind_of(beside({}), tmp_path, meaning="words") as mind:
        request = request_of("Hello")
        assert "offers the model" not in text_in(await answer_of(mind, request))
        foreign = replace(request, model=ModelChoice(model="gpt-4o"))
        assert "No provider here offers the model gpt-4o" in text_in(await answer_of(mind, foreign))


# Its place among the minds


def parts_of(place: Beside, folder: Path, **choices: Any) -> Parts:
    return assemble(Choices(**choices), outside_with(place, folder))


async def test_it_comes_after_servers_and_before_the_rules(tmp_path: Path) -> None:
    made = parts_of(beside({}), tmp_path)
    assert made.minds.resolve("gpt-4o").mind.provider == "local"
    assert made.minds.resolve(MODEL).how == "named"
    assert made.minds.resolve("deterministic").mind.provider == "deterministic"
    assert made.standing("mind").ready is not made.standing("mind").coming
    tables = {"language": {"mine": {"kind": "openai_chat", "base_url": "http://x/v1", "models": ["m"]}}}
    assert parts_of(beside({}), tmp_path, tables=tables).minds.resolve("gpt-4o").mind.provider == "mine"


def test_without_its_model_it_is_not_there_and_who_named_it_is_told(tmp_path: Path) -> None:
    outside = replace(outside_with(beside({}), tmp_path), model_place=lambda _: None)
    assert assemble(Choices(), outside).minds.resolve(MODEL).mind.provider == "deterministic"
    named = assemble(Choices({"language": {"local": {"speaks": True}}}), outside)
    assert named.minds.resolve(MODEL).mind.provider == "deterministic"
    assert not named.standing("mind").ready
    assert f"vivavoce models pull {llama.engine_id()}" in named.standing("mind").message


async def test_a_machine_that_llama_cpp_is_not_made_for_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "ENGINES", {})
    named = parts_of(beside({}), tmp_path, tables={"language": {"local": {}}})
    assert "no llama.cpp for this kind of machine" in named.standing("mind").message
    with pytest.raises(ImportError):
        llama.loaded(tmp_path)


@pytest.mark.parametrize("error", [ImportError("libc is too old"), ValueError("half a file")])
async def test_a_model_that_cannot_be_loaded_leaves_its_place_to_the_rules(tmp_path: Path, error: Exception) -> None:
    place = beside({})
    place.breaks = error
    current = CurrentParts(Choices(ear="scripted", voice="scripted"), outside_with(place, tmp_path))
    assert current.parts.minds.resolve("gpt-4o").mind.provider == "local"
    await current.load_ahead()
    assert current.parts.minds.resolve("gpt-4o").mind.provider == "deterministic"
    assert "deterministic mind answers" in current.standing("mind").message
    with contextlib.suppress(Exception):
        await current.close()


def test_who_names_it_has_its_model_fetched_and_nobody_else(tmp_path: Path) -> None:
    outside = replace(outside_with(beside({}), tmp_path), model_place=lambda _: None)
    own = {MODEL, "llama-cpp-linux-x64"}
    assert own <= set(missing_models(Choices({"language": {"local": {}}}), outside))
    assert not own & set(missing_models(Choices({"language": {"deterministic": {}}}), outside))
