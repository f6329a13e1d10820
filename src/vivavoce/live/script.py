"""A caller's script: what somebody says and does in a simulated call, and what is expected of the agent.

One step a line; its first word says what it is. `#` begins a comment.

    # A question, a cough, an interruption.
    answer Your order left this morning. It should arrive tomorrow afternoon.
    answer The other one has arrived.

    listen                      until the agent has finished
    say Where is my order?
    listen 1.5                  until it has spoken for 1.5 s; what follows is a barge-in
    cough
    wait 1.5
    expect uncut
    say No wait, the other one
    listen
    expect agent has arrived
    hang up

The caller: `say TEXT`, `type TEXT`, `cough [SECONDS]`, `wait SECONDS`, `listen [SECONDS]`, `context TEXT`, `hang up`.

The world, wherever it stands in the file: `answer TEXT`, in order; `answer TEXT -> TOOL {JSON}` for an answer that
calls a tool, also without a text; `answer fails`, `answer never`; `tool NAME returns TEXT`, `tool NAME fails TEXT`;
`variable NAME VALUE`.

What is expected, at that moment: `expect agent TEXT` (the caller heard this, in the last reply that is over),
`expect caller TEXT` (it is in the caller's last turn), `expect cut` and `expect uncut` (the agent was, or was not, made
to stop), `expect within SECONDS` (of the caller's last sound that reply began), `expect tool NAME`,
`expect end [CAUSE]` (waits for the call to end).

This is the format alone; `simulation` acts it out.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from vivavoce.base.errors import Malformed
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json, is_object

COUGH_SECONDS = 0.25


class ScriptError(Malformed):
    """A line cannot be read; the message names it."""

    status = "script_error"


@frozen
class Say:
    """The caller speaks."""

    text: str


@frozen
class Type:
    """The caller writes."""

    text: str


@frozen
class Cough:
    """The caller makes a sound without words."""

    seconds: float = COUGH_SECONDS


@frozen
class Wait:
    """The caller does nothing for a while."""

    seconds: float


@frozen
class Listen:
    """The caller waits for the agent: until it has finished, or has spoken for so long."""

    seconds: float | None = None


@frozen
class Context:
    """The client lets the agent know something."""

    text: str


@frozen
class HangUp:
    """The caller ends the call."""


@frozen
class Expect:
    """What is to be true at this moment: `what` is the word behind `expect`, `value` the rest of the line."""

    what: str
    value: str = ""


Act = Say | Type | Cough | Wait | Listen | Context | HangUp | Expect


@frozen
class Step:
    """One line."""

    line: int
    text: str
    act: Act


@frozen
class ToolUse:
    """A tool that an answer calls."""

    name: str
    arguments: Mapping[str, Json] = field(default_factory=dict[str, Json])


@frozen
class Answer:
    """What the mind does with one request."""

    text: str = ""
    tool: ToolUse | None = None
    fails: bool = False
    never_comes: bool = False


@frozen
class ToolAnswer:
    """What a tool does."""

    text: str
    fails: bool = False


@frozen
class Script:
    """A whole script."""

    steps: Sequence[Step]
    answers: Sequence[Answer] = ()
    tools: Mapping[str, ToolAnswer] = field(default_factory=dict[str, ToolAnswer])
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


def parse(text: str) -> Script:
    """A script from its text."""
    reading = _Reading()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if words and not words.startswith("#"):
            try:
                reading.line(number, words)
            except ScriptError as error:
                raise ScriptError(f"Line {number} of the script, {words!r}: {error.message}") from None
    if not reading.steps:
        raise ScriptError("The script has no steps: the caller does nothing.")
    return Script(reading.steps, reading.answers, reading.tools, reading.variables)


class _Reading:
    """A script as far as it has been read."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.answers: list[Answer] = []
        self.tools: dict[str, ToolAnswer] = {}
        self.variables: dict[str, str] = {}

    def line(self, number: int, words: str) -> None:
        verb, _, rest = words.partition(" ")
        rest = rest.strip()
        match verb:
            case "answer":
                self.answers.append(_answer(rest))
            case "tool":
                name, tool = _tool(rest)
                self.tools[name] = tool
            case "variable":
                name, _, value = rest.partition(" ")
                self.variables[_some(name, "a name")] = value.strip()
            case _:
                self.steps.append(Step(number, words, _act(verb, rest)))


# ---------------------------------------------------------------------------------------------------------------
# The caller


def _act(verb: str, rest: str) -> Act:
    if verb not in _ACTS:
        verbs = ", ".join(sorted([*_ACTS, "answer", "tool", "variable"]))
        raise ScriptError(f"There is no {verb!r}. A line begins with one of {verbs}.")
    return _ACTS[verb](rest)


def _hang_up(rest: str) -> HangUp:
    if rest != "up":
        raise ScriptError("Write `hang up`.")
    return HangUp()


def _expect(rest: str) -> Expect:
    what, _, value = rest.partition(" ")
    value = value.strip()
    if what not in _EXPECTED:
        raise ScriptError(f"What is expected? One of {', '.join(_EXPECTED)}.")
    return Expect(what, _EXPECTED[what](value))


def _some(text: str, what: str = "some text") -> str:
    if not text:
        raise ScriptError(f"It needs {what}.")
    return text


def _nothing(text: str) -> str:
    if text:
        raise ScriptError("Nothing may follow.")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ScriptError("It needs a number of seconds, such as 1.5.") from None
    if not 0 < seconds <= 3600:
        raise ScriptError("It needs more than 0 and at most 3600 seconds.")
    return seconds


def _as_seconds(text: str) -> str:
    return str(_seconds(text))


_ACTS: Mapping[str, Callable[[str], Act]] = {
    "say": lambda rest: Say(_some(rest)),
    "type": lambda rest: Type(_some(rest)),
    "cough": lambda rest: Cough(_seconds(rest)) if rest else Cough(),
    "wait": lambda rest: Wait(_seconds(rest)),
    "listen": lambda rest: Listen(_seconds(rest) if rest else None),
    "context": lambda rest: Context(_some(rest)),
    "hang": _hang_up,
    "expect": _expect,
}
_EXPECTED: Mapping[str, Callable[[str], str]] = {
    "agent": _some,
    "caller": _some,
    "cut": _nothing,
    "uncut": _nothing,
    "within": _as_seconds,
    "tool": _some,
    "end": str,
}


# ---------------------------------------------------------------------------------------------------------------
# The world


_CALL = re.compile(r"^(?P<text>.*?)\s*->\s*(?P<name>\S+)\s*(?P<arguments>\{.*\})?$")


def _answer(rest: str) -> Answer:
    if rest == "fails":
        return Answer(fails=True)
    if rest == "never":
        return Answer(never_comes=True)
    call = _CALL.match(rest)
    if call is None:
        return Answer(_some(rest, "the words, `fails` or `never`"))
    return Answer(call["text"], ToolUse(call["name"], _arguments(call["arguments"] or "{}")))


def _arguments(text: str) -> Mapping[str, Json]:
    try:
        data: Json = json.loads(text)
    except json.JSONDecodeError as error:
        raise ScriptError(f"The tool's arguments are no JSON: {error}.") from None
    if not is_object(data):
        raise ScriptError("The tool's arguments have to be a JSON object.")
    return data


def _tool(rest: str) -> tuple[str, ToolAnswer]:
    name, _, rest = rest.partition(" ")
    verb, _, text = rest.strip().partition(" ")
    if verb not in ("returns", "fails"):
        raise ScriptError("Write `tool NAME returns TEXT` or `tool NAME fails TEXT`.")
    return _some(name, "a name"), ToolAnswer(text.strip(), fails=verb == "fails")
