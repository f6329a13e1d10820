"""What a small model is asked, in its own form (ChatML).

What is the same from turn to turn stands first: the task, the tool or the facts of an agent. That much is read once and
remembered (`providers/local/tokens`); what was said comes last. Nothing that people say can end its part of the prompt.
"""

import json
from collections.abc import Mapping, Sequence

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.providers.language._small.grammar import described, of_schema
from vivavoce.providers.language._wit.forms import Transcript
from vivavoce.providers.language._wit.offers import Offer, Slot

_LONGEST_LINE = 400
_MOST_LINES = 40
_LONGEST_TASK = 4_000
_FORM_TOKENS = 400
_ARGUMENT_TOKENS = 120
_REPLY_TOKENS = 70


@frozen
class Task:
    """A text that is wanted."""

    always: str
    """The begin of the prompt, the same for an agent from turn to turn."""
    now: str
    grammar: str
    most_tokens: int

    @property
    def prompt(self) -> str:
        """All of it."""
        return self.always + self.now


def arguments(offer: Offer, slots: Sequence[Slot], lines: Sequence[tuple[bool, str]]) -> Task:
    """The arguments of a tool, as far as they were said; null for the others."""
    schema: dict[str, Json] = {"properties": {slot.name: dict(slot.schema) for slot in slots}}  # pyright: ignore[reportAssignmentType]
    wanted = described([(slot.name, slot.schema) for slot in slots])  # pyright: ignore[reportArgumentType]
    told = (
        "You take down what a caller says on the telephone. Answer with JSON. Write null for everything that the "
        f"caller has not said; never guess.\nIt is for: {offer.spoken}. {offer.purpose}\nThe fields:\n{wanted}"
    )
    return _task(told, transcript(lines), of_schema(schema, may_be_null=True), _ARGUMENT_TOKENS)


def form(schema: Mapping[str, Json], call: Transcript) -> Task:
    """A form about a call."""
    told = (
        "You read the transcript of a telephone call and fill in a form about it. Answer with JSON that fits this "
        f"schema:\n{_plain(json.dumps(schema, ensure_ascii=False), _LONGEST_TASK)}\nWrite null or unknown for what the "
        f"transcript does not show.\n{_plain(call.about, _LONGEST_TASK)}"
    )
    lines = [line for asked, said in call.exchanges for line in ((False, asked), (True, said)) if line[1]]
    return _task(told, transcript(lines), of_schema(schema), _FORM_TOKENS)


def reply(name: str, always: Sequence[str], facts: Sequence[str], asked: str) -> Task:
    """A sentence or two out of facts. Those that an agent always has are read once."""
    told = (
        f"You are {name or 'an assistant'} and talk on the telephone. Answer the question in one short sentence, only "
        f"with these facts. If they do not say it, answer: I don't know.\n{_listed(always)}"
    )
    return _task(told, f"{_listed(facts)}{_plain(asked, _LONGEST_LINE)}", "", _REPLY_TOKENS)


def transcript(lines: Sequence[tuple[bool, str]]) -> str:
    """What was said, a line each; the last ones, where there are many."""
    last = [(("Agent", "Caller")[is_caller], _plain(text, _LONGEST_LINE)) for is_caller, text in lines[-_MOST_LINES:]]
    return "\n".join(f"{who}: {text}" for who, text in last)


def _task(told: str, said: str, grammar: str, most_tokens: int) -> Task:
    return Task(
        f"<|im_start|>system\n{told}<|im_end|>\n<|im_start|>user\n",
        f"{said}<|im_end|>\n<|im_start|>assistant\n",
        grammar,
        most_tokens,
    )


def _listed(facts: Sequence[str]) -> str:
    return "".join(f"- {_plain(fact, _LONGEST_LINE)}\n" for fact in facts)


def _plain(text: str, most: int) -> str:
    """Without the marks that end a part, and no longer than anybody reads."""
    return " ".join(text.replace("<|", "<").split())[:most]
