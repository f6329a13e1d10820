"""A caller's script is read line by line, and what cannot be read is named with its line."""

import pytest

from vivavoce.live.script import (
    Answer,
    Context,
    Cough,
    Expect,
    HangUp,
    Listen,
    Say,
    ScriptError,
    ToolAnswer,
    ToolUse,
    Type,
    Wait,
    parse,
)


@pytest.mark.parametrize(
    ("line", "act"),
    [
        ("say Where is my order?", Say("Where is my order?")),
        ("type  hello there ", Type("hello there")),
        ("cough", Cough()),
        ("cough 0.4", Cough(0.4)),
        ("wait 2", Wait(2.0)),
        ("listen", Listen()),
        ("listen 1.5", Listen(1.5)),
        ("context The page is the basket.", Context("The page is the basket.")),
        ("hang up", HangUp()),
        ("expect agent in stock", Expect("agent", "in stock")),
        ("expect cut", Expect("cut")),
        ("expect within 1", Expect("within", "1.0")),
        ("expect end", Expect("end")),
        ("expect end silence", Expect("end", "silence")),
    ],
)
def test_a_step_is_a_line(line: str, act: object) -> None:
    [step] = parse(f"\n# a comment\n  {line}\n").steps
    assert step.act == act
    assert (step.line, step.text) == (3, line.strip())


def test_the_world_stands_anywhere_in_the_file() -> None:
    script = parse(
        """
        variable name Ada Lovelace
        say hello
        answer It is in stock.
        answer Let me look. -> stock {"id": 7}
        answer -> end_call
        answer fails
        answer never
        tool stock returns 3 left
        tool price fails No prices today.
        """
    )
    assert script.variables == {"name": "Ada Lovelace"}
    assert script.answers == [
        Answer("It is in stock."),
        Answer("Let me look.", ToolUse("stock", {"id": 7})),
        Answer("", ToolUse("end_call")),
        Answer(fails=True),
        Answer(never_comes=True),
    ]
    assert script.tools == {"stock": ToolAnswer("3 left"), "price": ToolAnswer("No prices today.", fails=True)}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("shout hello", "There is no 'shout'. A line begins with one of answer, context, cough"),
        ("say", "It needs some text."),
        ("wait a bit", "It needs a number of seconds, such as 1.5."),
        ("wait -1", "It needs more than 0 and at most 3600 seconds."),
        ("wait nan", "It needs more than 0 and at most 3600 seconds."),
        ("hang on", "Write `hang up`."),
        ("expect", "What is expected? One of agent, caller, cut"),
        ("expect agent", "It needs some text."),
        ("expect cut now", "Nothing may follow."),
        ("answer", "It needs the words, `fails` or `never`."),
        ("answer -> stock {id}", "The tool's arguments are no JSON"),
        ("tool stock gives 3", "Write `tool NAME returns TEXT` or `tool NAME fails TEXT`."),
        ("variable", "It needs a name."),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, complaint: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse(f"say hello\n{line}\n")
    assert caught.value.message.startswith(f"Line 2 of the script, {line!r}: {complaint}")


@pytest.mark.parametrize("text", ["", "# nothing\n\n", "answer hello"])
def test_a_script_in_which_the_caller_does_nothing_is_refused(text: str) -> None:
    with pytest.raises(ScriptError, match="the caller does nothing"):
        parse(text)
