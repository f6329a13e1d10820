"""What the scripted mind says: a table from patterns in the caller's words to answers.

It knows what every mind knows, the messages and the tools, and nothing else; the same request has the same answer.
Rows are tried from the top. An answer is text, a tool call, or both.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json, is_object
from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.ports.language import ChatRequest
from vivavoce.providers.language._answer import Answer, Call, rest
from vivavoce.providers.language.scripted import MODEL

_NAME = re.compile(r"\byou are ([A-Z][\w-]*)", re.IGNORECASE)
_NO_NAMES = frozenset({"a", "an", "the", "talking", "speaking", "not", "now", "in", "on", "here", "helpful"})
_CONTEXT = "For your information:"
_LONGEST_QUOTE = 300


@frozen
class Talk:
    """The conversation so far, as the table sees it."""

    name: str
    said: str
    earlier: tuple[str, ...] = ()
    model: str = MODEL
    unanswered: int = 0
    """How often the agent has spoken since the caller last did."""
    tools: Mapping[str, ToolOffer] = field(default_factory=dict[str, ToolOffer])


def answer(request: ChatRequest) -> Answer:
    """What the scripted mind answers."""
    talk = _talk(request)
    match _last(request.messages):
        case ToolMessage(_, name, text, is_error):
            return Answer(_told(name, text, is_error=is_error))
        case AgentMessage(text, unfinished=True):
            return rest(text, _reply(talk))
        case Instructions(text):
            return _nudged(text, talk)
        case UserMessage():
            return _reply(talk)
        case _:
            return Answer(_hello(talk))


def _last(messages: Sequence[Message]) -> Message | None:
    """What is to be answered. Context that a client gave is to be known, not answered."""
    asked = [
        message
        for place, message in enumerate(messages)
        if not (isinstance(message, Instructions) and (place == 0 or message.text.startswith(_CONTEXT)))
    ]
    return asked[-1] if asked else None


def _talk(request: ChatRequest) -> Talk:
    said = [message.text.strip() for message in request.messages if isinstance(message, UserMessage)]
    prompt = request.messages[0].text if request.messages and isinstance(request.messages[0], Instructions) else ""
    return Talk(
        name=next((name for name in _NAME.findall(prompt) if name.lower() not in _NO_NAMES), ""),
        said=said[-1] if said else "",
        earlier=tuple(said[:-1]),
        model=request.model.model,
        unanswered=_unanswered(request.messages),
        tools={tool.name: tool for tool in request.tools},
    )


def _unanswered(messages: Sequence[Message]) -> int:
    count = 0
    for message in messages:
        if isinstance(message, UserMessage):
            count = 0
        elif isinstance(message, AgentMessage) and not message.unfinished:
            count += 1
    return count


def _reply(talk: Talk) -> Answer:
    found = next(_answers(talk), Answer())
    if talk.model == MODEL or talk.earlier or found.call is not None:
        return found
    return Answer(f"No provider here offers the model {talk.model}, so a scripted stand-in answers. {found.text}")


def _answers(talk: Talk) -> Iterator[Answer]:
    for pattern, row in _ROWS:
        if (match := pattern.search(talk.said)) and (found := row(talk, match)):
            yield found if isinstance(found, Answer) else Answer(found)
    yield Answer(_beyond(talk))


# ---------------------------------------------------------------------------------------------------------------
# What is not an answer to words


def _hello(talk: Talk) -> str:
    return f"Hello, I'm {talk.name}. What can I do for you?" if talk.name else "Hello! What can I do for you?"


def _nudged(note: str, talk: Talk) -> Answer:
    if "silent" not in note:
        return Answer("One moment.")
    if talk.unanswered <= 1:
        return Answer("Are you still there? Ask me what I can do, or say goodbye to end the call.")
    if talk.unanswered == 2 or "end_call" not in talk.tools:
        return Answer("I'm still here. Take your time.")
    last_words = "You seem to be gone, so I hang up. Goodbye!"
    return Answer(call=Call("end_call", {"reason": "The caller went silent.", "message": last_words}))


def _told(name: str, text: str, *, is_error: bool) -> str:
    spoken = name.replace("_", " ")
    if is_error:
        return f"The tool {spoken} did not work: {_quoted(text)}"
    return f"The tool {spoken} says: {_quoted(text)}" if text.strip() else f"The tool {spoken} is done."


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE].rstrip() + " ..."


# ---------------------------------------------------------------------------------------------------------------
# The rows


def _not_transcribed(talk: Talk, match: re.Match[str]) -> str:
    _ = match
    if any("could not be transcribed" in line for line in talk.earlier):
        return "I still can't tell your words. Writing to me works."
    return (
        "I can hear that you speak, but there is no speech recognition on this server yet, so I can't tell what you "
        "say. The command vivavoce models pull brings it. Until then, write to me."
    )


def _goodbye(talk: Talk, match: re.Match[str]) -> Answer | None:
    _ = match
    last_words = "Goodbye! It was nice to meet you."
    if "end_call" in talk.tools:
        return Answer(call=Call("end_call", {"reason": "The caller said goodbye.", "message": last_words}))
    return Answer(last_words)


def _wait(talk: Talk, match: re.Match[str]) -> Answer:
    _ = match
    if "skip_turn" in talk.tools:
        return Answer(call=Call("skip_turn", {"reason": "The caller asked to wait."}))
    return Answer("Take your time.")


def _use_tool(talk: Talk, match: re.Match[str]) -> Answer | None:
    asked = match.group("what").lower().replace("_", " ")
    found = max((tool for tool in talk.tools if tool.replace("_", " ").lower() in asked), key=len, default=None)
    if found is None:
        return None
    arguments = _arguments_in(talk.said)
    missing = [name for name in _required(talk.tools[found]) if name not in arguments]
    if missing:
        example = json.dumps(dict.fromkeys(missing, "..."))
        return Answer(f"For {found} I need {' and '.join(missing)}. Write it like this: use {found} {example}")
    return Answer(f"I'll use {found.replace('_', ' ')}.", Call(found, arguments))


def _arguments_in(text: str) -> Mapping[str, Json]:
    begin, end = text.find("{"), text.rfind("}")
    try:
        given: Json = json.loads(text[begin : end + 1]) if begin >= 0 else {}
    except ValueError:
        return {}
    return given if is_object(given) else {}


def _required(tool: ToolOffer) -> list[str]:
    required = tool.parameters.get("required")
    return [str(name) for name in required] if isinstance(required, list) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _tools(talk: Talk, match: re.Match[str]) -> str:
    _ = match
    if not talk.tools:
        return "I have no tools. Give me some in my settings, and I can call them when you ask."
    listed = ", ".join(sorted(talk.tools))
    return f"My tools are {listed}. Say use and the name of one, and I call it."


def _who(talk: Talk, match: re.Match[str]) -> str:
    _ = match
    name = f"I'm {talk.name}. " if talk.name else ""
    return (
        f"{name}What answers here is a scripted stand-in, not a language model: it knows a few dozen phrases and is "
        "there so that everything else can be tried. Ask me how to connect a real model."
    )


def _called(talk: Talk, match: re.Match[str]) -> str:
    _ = talk
    return f"Nice to meet you, {match.group('name').capitalize()}. What would you like to build?"


def _whats_my_name(talk: Talk, match: re.Match[str]) -> str:
    _ = match
    for line in reversed(talk.earlier):
        if told := _MY_NAME.search(line):
            return f"You are {told.group('name').capitalize()}."
    return "You haven't told me yet."


def _before(talk: Talk, match: re.Match[str]) -> str:
    _ = match
    return (
        f"Before that you said: {_quoted(talk.earlier[-1])}" if talk.earlier else "That was the first thing you said."
    )


def _build(talk: Talk, match: re.Match[str]) -> str:
    _ = talk
    wanted = re.sub(r"\b(?:my|our)\b", "your", match.group("what").strip(" .!"), flags=re.IGNORECASE)
    place = re.search(r"\b(?:for|in|at)\s+(?:your|the|an?)\s+(.{2,60})$", wanted)
    greeting = f"Hello, this is the {place.group(1)}. How can I help you?" if place else "Hello! How can I help you?"
    return (
        f"{wanted[0].upper()}{wanted[1:]}, good idea. A first message could be: {greeting} As its goal, write down in "
        "two or three sentences what must be true when the call ends. Once a real model is connected, it will follow "
        "that."
    )


def _beyond(talk: Talk) -> str:
    lines = (
        "That goes beyond my script. I can tell you what I am, what Vivavoce can do, or how to connect a real model.",
        "I only follow a small script and have no answer to that. A real model would; shall I tell you how to connect "
        "one?",
        "I don't know. Ask me what Vivavoce can do, tell me what agent you would like to build, or say goodbye.",
    )
    return lines[len(talk.earlier) % len(lines)]


_MY_NAME = re.compile(r"\b(?:my name is|call me|i am called)\s+(?P<name>[A-Za-z][\w'-]*)", re.IGNORECASE)

_CONNECT = (
    "Start any server that speaks the OpenAI chat API, for example Ollama, and name it in vivavoce.toml in the data "
    "folder: its address and its models. Restart, and choose the model in my settings. The guide connect-a-model in "
    "the documentation has the lines to copy."
)
_ABOUT = (
    "Vivavoce is an open platform for voice agents that runs on your own machine. It takes calls over WebSocket, "
    "decides whose turn it is, asks a language model, calls tools and speaks. The official ElevenLabs SDKs work with "
    "it once you change their base URL."
)
_YES = "Good. Tell me what kind of agent you would like to build, or ask how to connect a real model."
_SPEAK = (
    "For a spoken call the server needs an ear and a voice. The command vivavoce models pull brings what is missing, "
    "and the page /readyz says what is there."
)
_CHANGE = "My prompt, my first message and my model are in my settings. Change one of them, and the next call has it."

_MODELS = "model|llm|ollama|gpt|openai|vllm|mind"
_AN_AGENT = (
    r"\ban? (?:[\w-]+ ){0,4}?(?:agent|assistant|receptionist|bot|hotline|help ?desk|concierge|tutor|secretary|line|"
    r"guide|coach|clerk)\b.*"
)

Row = Callable[[Talk, re.Match[str]], Answer | str | None]


def _says(text: str) -> Row:
    return lambda _talk, _match: text


def _table(*rows: tuple[str, Row | str]) -> Sequence[tuple[re.Pattern[str], Row]]:
    return [(re.compile(p, re.IGNORECASE), _says(row) if isinstance(row, str) else row) for p, row in rows]


_ROWS = _table(
    (r"could not be transcribed", _not_transcribed),
    (r"\b(?:good ?bye|bye|see you|hang up|end (?:the|this) (?:call|chat)|farewell|that's all|that is all)\b", _goodbye),
    (r"^\W*(?:wait|hold on|one moment|just a (?:moment|second|minute)|give me a (?:moment|second))\b", _wait),
    (r"\b(?:use|call|run|try|test)\s+(?:the\s+)?(?:tool\s+)?(?P<what>.+)", _use_tool),
    (r"\b(?:which|what|your) tools\b|\btools do you\b", _tools),
    (r"\b(?:what(?:'s| is)|do you know) my name\b", _whats_my_name),
    (_MY_NAME.pattern, _called),
    (r"\bwhat did i (?:just )?(?:say|ask|write)\b", _before),
    (r"\bare you (?:an? )?(?:real|human|bot|ai|model|script\w*|person|robot)\b", _who),
    (rf"\b(?:connect|configure|set ?up|install|add|use|choose|switch to|get)\b.*\b(?:{_MODELS})\b", _CONNECT),
    (r"\b(?:real|better|language) model\b|\bollama\b", _CONNECT),
    (r"\b(?:change|edit|configure|customi[sz]e) (?:you|your|the prompt|this agent)\b|\byour prompt\b", _CHANGE),
    (r"\b(?:hear you|your voice|no sound|speak|microphone|phone|humming?|speech recognition)\b", _SPEAK),
    (r"\b(?:vivavoce|this platform|this server|this software|what can (?:it|this) do)\b", _ABOUT),
    (r"\b(?:who|what) are you\b|\byour name\b", _who),
    (
        r"\bwhat can you do\b|\bhelp\b|\bwhat can i (?:ask|say|do)\b",
        "I can say what I am and what Vivavoce does, suggest a first message for the agent you have in mind, call my "
        "tools when you name them, and end the call when you say goodbye.",
    ),
    (rf"\b(?:i(?:'d| would) like|i want|i need|let's|lets|help me|please)\b.*?(?P<what>{_AN_AGENT})", _build),
    (rf"^\W*(?P<what>{_AN_AGENT})", _build),
    (r"\bhow are you\b|\bhow do you do\b", "Wide awake, as scripts are. What would you like to build?"),
    (r"\b(?:thanks?|thank you|cheers|great|perfect|awesome)\b", "You're welcome. Is there anything else?"),
    (r"^\W*(?:yes|yeah|yep|sure|ok(?:ay)?|please)\W*$", _YES),
    (r"^\W*(?:no|nope|not really|nothing)\W*$", "All right. Say goodbye when you are done, and I end the call."),
    (r"\b(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings)\b", lambda talk, _match: _hello(talk)),
)
