"""Text is written a step at a time, and what was read once is not read again."""

import random
from collections.abc import Sequence

import pytest

from vivavoce.providers.local.tokens import AT_ONCE, Malformed, Step, TableEngine, TooLong, Write, Writer

ASKED = "system: be brief\n" * 4 + "user: when?\nagent: "
ANSWERS = {ASKED: "At nine.", "user: where?\nagent: ": "Here.", "user: gr\u00fc\u00df\nagent: ": "\u00dcber 3 \u20ac."}


def text_of(writer: Writer, prompt: str, grammar: str = "") -> str:
    """Written to its end."""
    begun: list[int] = []
    while not (step := Write(prompt, tuple(begun), grammar)(writer)).is_done:
        begun += [] if step.token is None else [step.token]
    return step.text


def steps_of(writer: Writer, prompt: str, count: int) -> list[Step]:
    begun: list[int] = []
    steps: list[Step] = []
    for _ in range(count):
        steps.append(writer.step(prompt, begun, "", 1))
        begun += [token for token in [steps[-1].token] if token is not None]
    return steps


def test_a_text_is_written_to_its_end() -> None:
    writer = Writer(TableEngine(ANSWERS))
    assert text_of(writer, ASKED) == "At nine."
    assert text_of(writer, "user: gr\u00fc\u00df\nagent: ") == "\u00dcber 3 \u20ac."
    assert text_of(writer, "nobody knows") == ""


def test_a_prompt_is_read_some_at_a_time() -> None:
    engine = TableEngine(ANSWERS)
    steps = steps_of(Writer(engine), ASKED, 4)
    assert [step.left for step in steps] == [len(ASKED) - AT_ONCE, len(ASKED) - 2 * AT_ONCE, 0, 0]
    assert [step.token for step in steps] == [None, None, ord("A"), ord("t")]
    assert engine.has_read == [AT_ONCE, AT_ONCE, len(ASKED) - 2 * AT_ONCE, 1]


def test_the_next_turn_reads_only_what_is_new() -> None:
    engine = TableEngine(ANSWERS)
    writer = Writer(engine)
    answered = text_of(writer, ASKED)
    engine.has_read.clear()
    more = f"{ASKED}{answered}\nuser: where?\nagent: "
    assert text_of(writer, more) == "Here."
    assert sum(engine.has_read) == len(more) - len(ASKED) - len(answered) + len("Here.")


def test_what_begins_alike_is_read_once() -> None:
    engine = TableEngine(ANSWERS)
    writer = Writer(engine)
    text_of(writer, ASKED)
    engine.has_read.clear()
    other = ASKED.replace("when?", "where?")
    assert text_of(writer, other) == "Here."
    assert sum(engine.has_read) == len("re?\nagent: ") + len("Here.")
    engine.has_read.clear()
    assert text_of(writer, ASKED) == "At nine.", "the first one is still there"
    assert sum(engine.has_read) <= len("At nine.") + 1


def test_the_same_question_again_costs_one_token() -> None:
    engine = TableEngine(ANSWERS)
    writer = Writer(engine)
    writer.step("user: where?\nagent: ", (), "", 1)
    engine.has_read.clear()
    step = writer.step("user: where?\nagent: ", (), "", 1)
    assert (step.token, step.known, engine.has_read) == (ord("H"), step.prompt_tokens - 1, [1])


def test_several_at_a_time_do_not_disturb_each_other() -> None:
    """Whatever the order of their steps, and however little is remembered."""
    prompts = [ASKED, ASKED.replace("when?", "where?"), "user: where?\nagent: ", "user: gr\u00fc\u00df\nagent: "]
    for seed in range(5):
        writer = Writer(TableEngine(ANSWERS, sequences=3, cells=len(ASKED) + 40))
        chance = random.Random(seed)
        begun: dict[str, list[int]] = {prompt: [] for prompt in prompts}
        written: dict[str, str] = {}
        while len(written) < len(prompts):
            prompt = chance.choice([each for each in prompts if each not in written])
            step = writer.step(prompt, begun[prompt], "", 1)
            begun[prompt] += [] if step.token is None else [step.token]
            if step.is_done:
                written[prompt] = step.text
        assert list(map(written.__getitem__, prompts)) == ["At nine.", "Here.", "Here.", "\u00dcber 3 \u20ac."]


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(TooLong, match="there is room for"):
        Writer(TableEngine({}, cells=50)).step("x" * 50, (), "", 1)


GRAMMAR = "root ::= only Her."


def test_a_grammar_holds_from_the_first_token_to_the_last() -> None:
    assert text_of(Writer(TableEngine(ANSWERS)), "user: where?\nagent: ", GRAMMAR) == "Here."
    with pytest.raises(Malformed):
        text_of(Writer(TableEngine(ANSWERS)), ASKED, GRAMMAR)
    with pytest.raises(Malformed):
        text_of(Writer(TableEngine(ANSWERS)), ASKED, "no grammar")


class Counting(TableEngine):
    """Remembers how far each grammar was gone through."""

    begun = 0
    accepted: Sequence[int] = ()

    def grammar(self, text: str) -> list[int]:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.begun += 1
        return []

    def likeliest(self, grammar: list[int] | None) -> int:
        return super().likeliest(None)

    def accept(self, grammar: list[int], token: int) -> None:
        grammar.append(token)
        self.accepted = grammar


def test_a_grammar_is_gone_on_with_and_gone_through_again_only_where_it_was_lost() -> None:
    engine = Counting(ANSWERS)
    writer = Writer(engine)
    prompt = "user: where?\nagent: "
    assert text_of(writer, prompt, GRAMMAR) == "Here."
    assert (engine.begun, "".join(map(chr, engine.accepted))) == (1, "Here.")
    other = Counting(ANSWERS)
    step = Writer(other).step(prompt, [ord("H"), ord("e")], GRAMMAR, 1)
    assert (step.text, other.begun, "".join(map(chr, other.accepted))) == ("Her", 1, "Her")
