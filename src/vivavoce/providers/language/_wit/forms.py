"""Answers in JSON, for those who ask about a call: was it a success, what was said of this and that.

A form is filled from what people said, by the same rules that fill a tool's arguments. A judgement is made only where
the conversation shows it plainly: somebody was thankful and had what they wanted, or said that they had not; a thing
was asked, said or done, or was not. Everything else is `unknown`, or null where the schema has no such word.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json, is_array, is_object
from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, UserMessage
from vivavoce.providers.language._wit.offers import Slot
from vivavoce.providers.language._wit.phrases import ACTS
from vivavoce.providers.language._wit.slots import answer_to, fill, fits
from vivavoce.providers.language._wit.times import today_in
from vivavoce.providers.language._wit.words import spelled, stem, stems

UNKNOWN = "unknown"
_LONGEST_LINE = 1_000
_SPEAKER = re.compile(
    r"^\s*[\"']?(?P<who>user|caller|customer|client|agent|assistant|bot|ai)[\"']?\s*:\s*(?P<text>.+)$", re.I
)
_CALLERS = frozenset({"user", "caller", "customer", "client"})
_PLEASED = re.compile(
    r"\b(?:thank you so much|that(?:'s| is) (?:great|perfect|all i needed|exactly)|perfect|great|wonderful|"
    r"that helps?|that helped|"
    r"excellent|awesome|brilliant|lovely|very helpful|works now|solved|thanks a lot|you've been (?:very )?helpful)\b",
    re.I,
)
_UNHAPPY = re.compile(
    r"\b(?:useless|ridiculous|terrible|awful|doesn't help|did ?n[o']t help|not helpful|no help|waste of time|"
    r"still (?:not|doesn't|isn't|"
    r"broken)|not working|frustrat\w+|never mind|forget it|complain\w*|unacceptable|worst|i'll (?:call|"
    r"go) (?:somewhere|elsewhere)|"
    r"that's not what i|wrong again|angry|disappointed)\b",
    re.I,
)
_RESOLVED = re.compile(
    r"\b(?:solv|resolv|answer|help|satisf|success|achiev|complet|fulfil|assist|goal|happy|pleas)\w*", re.I
)
_GREETS = re.compile(r"\b(?:greet\w*|welcom\w*|said hello|introduc\w*)\b", re.I)
_PARTS = re.compile(r"\b(?:said goodbye|farewell|closed? (?:the call )?politely|ended? (?:the call )?politely)\b", re.I)
_ASKED = re.compile(r"\b(?:ask\w*|inquir\w*|request\w*)\b", re.I)
_BY_AGENT = re.compile(r"\b(?:agent|assistant|it|bot)\b", re.I)
REASONS = frozenset({"rationale", "reason", "reasoning", "explanation", "justification", "why"})
_NO_EVIDENCE = "Nothing in the conversation shows it plainly."


@frozen
class Transcript:
    """What both sides said."""

    caller: Sequence[str]
    agent: Sequence[str]
    about: str
    """What the judge was told to look for."""
    exchanges: Sequence[tuple[str, str]]
    """What the caller said, and to what."""
    failed_tools: int = 0
    tools: int = 0
    today: date | None = None


@frozen
class Verdict:
    """A judgement, and what it rests on."""

    result: str
    because: str


def filled_form(schema: Mapping[str, Json], messages: Sequence[Message]) -> Json:
    """JSON that fits the schema, as far as honesty allows."""
    return _value(schema, "", transcript_of(messages))


def transcript_of(messages: Sequence[Message]) -> Transcript:
    """The call that is asked about: its messages, or lines such as `user: hello` in one of them."""
    lines = [line for message in messages for line in _lines(message)]
    instructions = "\n".join(message.text for message in messages if isinstance(message, Instructions))
    written = any(_SPEAKER.match(line) for message in messages for line in _text(message).splitlines())
    tools = [message for message in messages if isinstance(message, ToolMessage)]
    exchanges: list[tuple[str, str]] = []
    before = ""
    for is_caller, text in lines:
        if is_caller:
            exchanges.append((before, text))
        else:
            before = text
    return Transcript(
        [text for is_caller, text in lines if is_caller],
        [text for is_caller, text in lines if not is_caller],
        "\n".join(line for line in instructions.splitlines() if not _SPEAKER.match(line)) if written else instructions,
        exchanges,
        sum(tool.is_error for tool in tools),
        len(tools),
        today_in(instructions),
    )


def _text(message: Message) -> str:
    return message.text if isinstance(message, (Instructions, UserMessage)) else ""


def _lines(message: Message) -> list[tuple[bool, str]]:
    match message:
        case AgentMessage(text):
            return [(False, text[:_LONGEST_LINE])] if text else []
        case UserMessage(text) | Instructions(text):
            written = [match for line in text.splitlines() if (match := _SPEAKER.match(line))]
            if written:
                return [(match["who"].lower() in _CALLERS, match["text"].strip()[:_LONGEST_LINE]) for match in written]
            return [(True, text[:_LONGEST_LINE])] if isinstance(message, UserMessage) else []
        case ToolMessage():
            return []


# ---------------------------------------------------------------------------------------------------------------
# Values


def _value(schema: Mapping[str, Json], name: str, call: Transcript) -> Json:
    properties = schema.get("properties")
    if is_object(properties):
        return _object(properties, call, str(schema.get("description", "")))
    if is_verdict(schema):
        return _worded(judged(f"{name.replace('_', ' ')} {schema.get('description', '')}", call).result, schema)
    return _taken(Slot(name, schema, is_required=True), call)


def _object(properties: Mapping[str, Json], call: Transcript, about: str) -> Body:
    """Its properties; a reason beside a judgement is the judgement's."""
    verdicts = [name for name, each in properties.items() if is_object(each) and is_verdict(each)]
    found: Body = {}
    for name, each in properties.items():
        if not is_object(each):
            continue
        if name.lower() in REASONS and len(verdicts) == 1:
            found[name] = judged(_criterion(properties[verdicts[0]], verdicts[0], about, call), call).because
        elif name in verdicts:
            found[name] = _worded(judged(_criterion(each, name, about, call), call).result, each)
        else:
            found[name] = _value(each, name, call)
    return found


def _criterion(schema: Mapping[str, Json], name: str, about: str, call: Transcript) -> str:
    own = str(schema.get("description", ""))
    return own or about or (name.replace("_", " ") if name not in ("result", "verdict", "outcome") else call.about)


def is_verdict(schema: Mapping[str, Json]) -> bool:
    """Whether it is a judgement: one of its choices is success, another failure."""
    choices = schema.get("enum")
    return is_array(choices) and {"success", "failure"} <= {str(choice).lower() for choice in choices}


def _worded(result: str, schema: Mapping[str, Json]) -> Json:
    choices: Sequence[Json] = schema["enum"]
    return next((choice for choice in choices if str(choice).lower() == result), choices[-1])


def _taken(slot: Slot, call: Transcript) -> Json:
    """From the last that was said of it: by itself, or as the answer to a question that names it."""
    about = set(stems(slot.spoken)) | set(stems(slot.description))
    for asked, said in reversed(call.exchanges):
        value = fill([slot], said, call.today).get(slot.name)
        if value is None and asked.rstrip().endswith("?") and _names(slot, asked, about):
            value = answer_to(slot, said, call.today)
        if value is not None and fits(slot, value):
            return value
    return _nothing(slot)


def _names(slot: Slot, asked: str, about: set[str]) -> bool:
    question_words = {stem(word) for word in spelled(asked.rsplit(".", 1)[-1])}
    spoken = {stem(word) for word in spelled(slot.spoken)}
    return spoken <= question_words or len(about & question_words) >= 2


def _nothing(slot: Slot) -> Json:
    kinds = slot.schema.get("type")
    if UNKNOWN in slot.choices:
        return UNKNOWN
    if slot.kind == "array":
        return []
    return UNKNOWN if kinds == "string" and not slot.choices and "format" not in slot.schema else None


# ---------------------------------------------------------------------------------------------------------------
# Judgements


def judged(criterion: str, call: Transcript) -> Verdict:
    """Whether the call meets it, where that is plain."""
    if not call.caller:
        return Verdict(UNKNOWN, "The caller said nothing.")
    if _GREETS.search(criterion):
        return _shown(
            _acts(call.agent[:1], "greeting") or "help" in " ".join(call.agent[:1]), "The agent greeted the caller."
        )
    if _PARTS.search(criterion):
        return _shown(_acts(call.agent[-1:], "goodbye"), "The agent said goodbye.")
    if _ASKED.search(criterion) and _BY_AGENT.search(criterion[: _ASKED.search(criterion).start()]):  # pyright: ignore[reportOptionalMemberAccess]
        return _asking(criterion, call)
    return _mood(call) if _RESOLVED.search(criterion) else Verdict(UNKNOWN, _NO_EVIDENCE)


def _shown(is_so: bool, because: str) -> Verdict:
    return (
        Verdict("success", because)
        if is_so
        else Verdict("failure", because.replace("The agent ", "Not shown: the agent "))
    )


def _acts(lines: Sequence[str], act: str) -> bool:
    pattern = next(pattern for name, pattern in ACTS if name == act)
    return any(pattern.search(line) for line in lines)


def _asking(criterion: str, call: Transcript) -> Verdict:
    """Whether a question of the agent has the words that it should ask for."""
    match = _ASKED.search(criterion)
    wanted = set(stems(criterion[match.end() :] if match else criterion)) - set(stems("caller user customer for"))
    for line in call.agent:
        if "?" in line and wanted and len(wanted & set(stems(line))) >= max(1, round(0.6 * len(wanted))):
            return Verdict("success", f"The agent asked: {line}")
    return Verdict("failure" if len(wanted) <= 3 else UNKNOWN, "No question of the agent has these words.")


def _mood(call: Transcript) -> Verdict:
    """How the caller left: the last who was plainly pleased or plainly not."""
    for line in reversed(call.caller):
        if _UNHAPPY.search(line):
            return Verdict("failure", f"The caller said: {line}")
        if _PLEASED.search(line):
            if call.failed_tools and call.failed_tools == call.tools:
                return Verdict(UNKNOWN, "The caller was pleased, but every tool failed.")
            return Verdict("success", f"The caller said: {line}")
    return Verdict(UNKNOWN, _NO_EVIDENCE)
