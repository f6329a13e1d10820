"""How well the deterministic mind does on the labelled sets.

    agents/     four trades: their prompts, tools and passages
    tuned/      bakery and clinic: what thresholds and rules were set on
    unseen/     telecom and bank: written before, looked at only to measure, never tuned on

A set is lines of JSON. `routing` names the tool that should be wanted, or asked for, at once; `answers` what the reply
must contain; `none` has no answer, and the reply must neither be a sentence of the agent's nor a tool; `slots` has a
value, or null where there is none.

    python -m tests.wit.measuring MODELS    writes the tables of docs/explanation/deterministic-mind.md

MODELS is the folder that holds minilm.
"""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolOffer, UserMessage
from vivavoce.engine.plan import ModelChoice
from vivavoce.ports.embedding import Embedder
from vivavoce.ports.language import ChatRequest
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.providers import registry
from vivavoce.providers.language._answer import Answer
from vivavoce.providers.language._wit.mind import MODEL, answer, asked_for
from vivavoce.providers.language._wit.offers import Slot
from vivavoce.providers.language._wit.passages import passages_in
from vivavoce.providers.language._wit.slots import answer_to, fill
from vivavoce.providers.registry import Outside

FOLDER = Path(__file__).parent
HALVES = ("tuned", "unseen")
SETS = ("routing", "answers", "none", "slots")
TODAY = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case went."""

    case: Mapping[str, Any]
    is_right: bool
    got: str


@cache
def agent(name: str) -> tuple[tuple[Message, ...], tuple[ToolOffer, ...]]:
    """What the mind is given of an agent."""
    data = json.loads((FOLDER / "agents" / f"{name}.json").read_text("utf-8"))
    messages = [Instructions(data["prompt"]), *map(Instructions, data["passages"])]
    return tuple(messages), tuple(ToolOffer(**tool) for tool in data["tools"])


def cases(half: str, kind: str) -> list[Mapping[str, Any]]:
    """The lines of a set."""
    return [json.loads(line) for line in (FOLDER / half / f"{kind}.jsonl").read_text("utf-8").splitlines()]


async def measured(half: str, kind: str, embedder: Embedder | None) -> list[Outcome]:
    """How every case of a set went."""
    return [await _outcome(kind, case, embedder) for case in cases(half, kind)]


async def assert_at_least(half: str, kind: str, share: float, embedder: Embedder | None) -> None:
    """Or the failure lists what is wrong."""
    outcomes = await measured(half, kind, embedder)
    wrong = [f"{outcome.case['said']!r}: {outcome.got}" for outcome in outcomes if not outcome.is_right]
    assert 1 - len(wrong) / len(outcomes) >= share, wrong


async def _outcome(kind: str, case: Mapping[str, Any], embedder: Embedder | None) -> Outcome:
    if kind == "slots":
        slot = Slot(case["name"], case["schema"], is_required=True)
        got = (
            answer_to(slot, case["said"], TODAY)
            if case["asked"]
            else fill([slot], case["said"], TODAY).get(case["name"])
        )
        return Outcome(case, got == case["value"], repr(got))
    messages, tools = agent(case["agent"])
    request = ChatRequest(ModelChoice(model=MODEL), [*messages, UserMessage(case["said"])], tools)
    said = await answer(request, embedder)
    match kind:
        case "routing":
            wanted = await _wanted(request, said, embedder)
            return Outcome(case, wanted == case["tool"], wanted or said.text)
        case "answers":
            return Outcome(case, said.call is None and case["contains"].lower() in said.text.lower(), _shown(said))
        case _:
            is_told = any(passage.text.rstrip(".") in said.text for passage in passages_in(messages))
            return Outcome(case, await _wanted(request, said, embedder) is None and not is_told, _shown(said))


async def _wanted(request: ChatRequest, said: Answer, embedder: Embedder | None) -> str | None:
    """The tool that is called, or whose missing argument or confirmation is asked for."""
    if said.call is not None:
        return said.call.name
    messages = [*request.messages, AgentMessage(said.text), UserMessage("hm")]
    return await asked_for(replace(request, messages=messages), embedder)


def _shown(said: Answer) -> str:
    return f"[{said.call.name}]" if said.call else said.text


# ---------------------------------------------------------------------------------------------------------------
# The page


PAGE = FOLDER.parents[1] / "docs" / "explanation" / "deterministic-mind.md"
_NAMES = {
    "routing": "the tool that is wanted",
    "answers": "questions with an answer",
    "none": "questions without one",
    "slots": "arguments",
}
_HEAD = "| | set on | unseen |\n|---|---|---|\n"


def embedder_of(models: Path, name: str = "minilm") -> Embedder:
    """A local embedder, its model in a folder of that folder."""
    provider = registry.find("embedding", name)
    outside = Outside(CannedOutbound(), CannedOutbound(), KnownReferences(), model_place=lambda model: models / model)
    return provider.make(provider.options(), outside)


async def table(embedder: Embedder | None) -> str:
    """How many of each set are right."""
    rows = [
        f"| {_NAMES[kind]} | {' | '.join([await _share(half, kind, embedder) for half in HALVES])} |" for kind in SETS
    ]
    return _HEAD + "\n".join(rows) + "\n"


async def _share(half: str, kind: str, embedder: Embedder | None) -> str:
    outcomes = await measured(half, kind, embedder)
    right = sum(outcome.is_right for outcome in outcomes)
    return f"{right} of {len(outcomes)} ({right / len(outcomes):.0%})"


def with_tables(page: str, tables: Mapping[str, str]) -> str:
    """The page with these tables in their places, between `<!-- NAME -->` and `<!-- /NAME -->`."""
    for name, text in tables.items():
        page = re.sub(rf"(?<=<!-- {name} -->\n)(?:\|.*\n)*(?=<!-- /{name} -->)", lambda _, text=text: text, page)
    return page


async def _write(models: Path) -> None:
    tables = {"meaning": await table(embedder_of(models)), "words": await table(None)}
    PAGE.write_text(with_tables(PAGE.read_text("utf-8"), tables), "utf-8")


if __name__ == "__main__":
    asyncio.run(_write(Path(sys.argv[1])))
