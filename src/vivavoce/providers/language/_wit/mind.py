"""A request becomes an answer. What is tried, in this order:

1. A form, where JSON is wanted; a tool's result; a note of the engine (silence, a filler); a begun reply.
2. What people say to each other that goes before everything: goodbye, a human, never mind, wait, once more.
3. The answer to a question of ours (`dialogue`).
4. A tool, or a sentence of the passages, whichever fits the words better.
5. Thanks, greetings, who are you.
6. That it is not known, with what can be done instead.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import date

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.ports.embedding import Embedder
from vivavoce.ports.language import ChatRequest
from vivavoce.providers.language._answer import Answer, Call, Gap, rest
from vivavoce.providers.language._wit import MODEL, answers, forms, phrases, results
from vivavoce.providers.language._wit.closeness import Meaning
from vivavoce.providers.language._wit.dialogue import Pending, change, confirmation, pending, taken
from vivavoce.providers.language._wit.offers import Offer, offer_of, offers_in, slots_in, transfer_in
from vivavoce.providers.language._wit.passages import CONTEXT, Passage, passages_in, passages_of
from vivavoce.providers.language._wit.patience import in_time
from vivavoce.providers.language._wit.routing import Routed, route, texts_of
from vivavoce.providers.language._wit.slots import Filled, answer_to, fill, question
from vivavoce.providers.language._wit.times import today_in
from vivavoce.providers.language._wit.words import listed, shortened

_NAME = re.compile(r"\b(?i:you are|you're|your name is) (?:called |named )?([A-Z][\w-]*)")
_NO_NAMES = frozenset(
    {"A", "An", "The", "AI", "Always", "Never", "Not", "Now", "Talking", "Speaking", "In", "On", "Here"}
)
_FORMAL = re.compile(r"\b(?:formal(?:ly)?|professional(?:ly)?|courteous|respectful)\b", re.IGNORECASE)
_TO_BE_CHANGED = re.compile(r"\b(?:change|edit|adapt|adjust|configure|customi[sz]e|improve|write)\b", re.IGNORECASE)
_MOST_COMPARED = 160
"""Sentences whose meaning is looked at in a turn; what is beyond is compared by its words."""
_MOST_TURNS = 8
"""Turns back to the request that a question belongs to."""
_LONGEST_TURN = 1_000
"""What is read of a turn. Nobody says so much, but people paste."""
_LONGEST_RESULT = 20_000
_LONG_RESULT = 400
_MOST_TIMES = 3
_SWITCHES = "language_detection"
_ELSE = "Is there anything else I can do for you?"
_TRANSFER_OFFER = "Shall I put you through to a colleague?"


@frozen
class Situation:
    """The conversation, as it is read once for each answer."""

    request: ChatRequest
    said: str = ""
    before: str = ""
    """What the agent said last."""
    earlier: tuple[str, ...] = ()
    name: str = ""
    is_formal: bool = False
    offers: tuple[Offer, ...] = ()
    passages: tuple[Passage, ...] = ()
    today: date | None = None
    tongue: str = "en"
    meaning: Meaning = field(default_factory=Meaning)
    known: Mapping[str, Filled] = field(default_factory=dict[str, Filled])
    """Tool -> arguments that somebody else has read out of what was said; what the rules read goes before."""

    @property
    def tools(self) -> dict[str, ToolOffer]:
        """Every tool by its name."""
        return {tool.name: tool for tool in self.request.tools}

    @property
    def matter(self) -> str:
        """What was said, without courtesies."""
        return phrases.matter_in(self.said)


async def answer(
    request: ChatRequest,
    embedder: Embedder | None = None,
    abroad: Embedder | None = None,
    patience_seconds: float | None = None,
) -> Answer:
    """What to say and do. `abroad` knows other languages than English."""
    if request.schema is not None:
        return Answer(json.dumps(forms.filled_form(request.schema, request.messages), ensure_ascii=False))
    return decided(await understood(request, embedder, abroad, patience_seconds))


async def asked_for(request: ChatRequest, embedder: Embedder | None = None) -> str | None:
    """The tool that the last question of ours was for."""
    asked = _pending(await understood(request, embedder))
    return asked.offer.name if asked else None


def decided(situation: Situation) -> Answer:
    """The same without the embedder."""
    match _last(situation.request.messages):
        case ToolMessage():
            return _after_tools(situation)
        case AgentMessage(text, unfinished=True):
            return rest(text, _reply(situation))
        case Instructions(text):
            return _nudged(text, situation)
        case UserMessage():
            return introduced(situation, _reply(situation))
        case _:
            return Answer(_hello(situation))


# ---------------------------------------------------------------------------------------------------------------
# Reading


async def understood(
    request: ChatRequest,
    embedder: Embedder | None,
    abroad: Embedder | None = None,
    patience_seconds: float | None = None,
) -> Situation:
    """The conversation, and what its texts mean, where that is known in time."""
    situation = situation_of(request)
    knows = embedder if situation.tongue == "en" else abroad
    meaning = await in_time(_meaning(situation, knows), patience_seconds) if knows is not None else None
    return situation if meaning is None else replace(situation, meaning=meaning)


def situation_of(request: ChatRequest) -> Situation:
    messages = request.messages
    said = _said(messages)
    prompt = messages[0].text if messages and isinstance(messages[0], Instructions) else ""
    notes = "\n".join(message.text for message in messages if isinstance(message, Instructions))
    spoken = [message.text for message in messages if isinstance(message, AgentMessage) and not message.unfinished]
    return Situation(
        request,
        said=said[-1] if said else "",
        before=spoken[-1] if spoken else "",
        earlier=tuple(said[:-1]),
        name=next((name for name in _NAME.findall(prompt) if name not in _NO_NAMES), ""),
        is_formal=bool(_FORMAL.search(prompt)),
        offers=tuple(offers_in(request.tools)),
        passages=tuple(passages_in(messages)),
        today=today_in(notes),
        tongue=_tongue(messages, said[-1] if said else ""),
    )


def _tongue(messages: Sequence[Message], said: str) -> str:
    """What the caller speaks; where that cannot be told, what the call was switched to."""
    found = phrases.tongue_of(said)
    switched = [message for message in messages if isinstance(message, ToolMessage) and message.name == _SWITCHES]
    return found if found != "en" or not switched else _tongue_of_result(switched[-1])


def _tongue_of_result(message: ToolMessage) -> str:
    try:
        return str(json.loads(message.text).get("language", "")).split("-")[0] or "en"
    except (ValueError, AttributeError):
        return "en"


def _said(messages: Sequence[Message]) -> list[str]:
    """The caller's turns; what was said in a row without an answer belongs together."""
    turns: list[str] = []
    is_open = False
    for message in messages:
        if isinstance(message, UserMessage):
            text = message.text.strip()[:_LONGEST_TURN]
            if is_open:
                turns[-1] = f"{turns[-1]} {text}"[:_LONGEST_TURN]
            else:
                turns.append(text)
            is_open = True
        elif isinstance(message, AgentMessage) and not message.unfinished:
            is_open = False
    return turns


def _last(messages: Sequence[Message]) -> Message | None:
    """What is to be answered. Context and passages are to be known, not answered; the engine's notes are."""
    asked = [message for message in messages if not isinstance(message, Instructions) or _is_note(message.text)]
    return asked[-1] if asked else None


def _is_note(text: str) -> bool:
    return not text.startswith(CONTEXT) and bool(
        re.search(r"^The caller has been silent|^The answer takes a moment", text)
    )


async def _meaning(situation: Situation, embedder: Embedder) -> Meaning:
    """Everything that may be compared in this turn, embedded at once."""
    if not situation.matter and not _long_results(situation):
        return Meaning()
    asked = [situation.said, situation.matter]
    asked += [phrases.matter_in(text) for text in situation.earlier[-_MOST_TURNS:]]
    known = [text for offer in situation.offers for text in texts_of(offer)]
    known += [text for passage in situation.passages[:_MOST_COMPARED] for text in _texts(passage)]
    known += [text for passage in _long_results(situation) for text in _texts(passage)]
    texts = list(dict.fromkeys(filter(None, [*asked, *known])))
    # All of it as queries: sentences are compared with sentences, and somebody waits for all of them.
    rows = await embedder.embed(texts, "query")
    return Meaning(dict(zip(texts, rows, strict=True)))


def _texts(passage: Passage) -> list[str]:
    return [passage.whole, passage.heading] if passage.is_answer else [passage.whole]


# ---------------------------------------------------------------------------------------------------------------
# Deciding


def _reply(situation: Situation) -> Answer:
    act = phrases.act_in(situation.said)
    asked = _pending(situation)
    before = _above_all(situation, act, asked)
    if before is not None:
        return before
    if asked is not None:
        return _continued(situation, asked, act)
    return _fresh(situation, act)


def _pending(situation: Situation) -> Pending | None:
    """The question of ours that was asked; where two tools ask the same, the one that the request fits."""

    def choose(request: str, offers: Sequence[Offer]) -> Offer:
        routed = route(phrases.matter_in(request), offers, situation.meaning)
        return routed.offer if routed else offers[0]

    found = pending(situation.request.messages, situation.offers, situation.today, choose)
    return None if found is None else replace(found, filled=_with_known(situation, found.offer, found.filled))


def _with_known(situation: Situation, offer: Offer, filled: Filled) -> Filled:
    return {**situation.known.get(offer.name, {}), **filled}


def _above_all(situation: Situation, act: phrases.Act | None, asked: Pending | None) -> Answer | None:
    """What goes before everything else."""
    if wanted := phrases.tongue_wanted(situation.said):
        return _switched(situation, wanted)
    if _ends(situation, act):
        return _goodbye(situation)
    if act == "human" or (act == "yes" and _TRANSFER_OFFER in situation.before):
        return _human(situation)
    if act == "wait":
        return _waiting(situation)
    said = _said_at_once(situation, act, asked)
    return Answer(said) if said else _own_tongue(situation)


def _said_at_once(situation: Situation, act: phrases.Act | None, asked: Pending | None) -> str:
    """What needs words and no tool."""
    match act:
        case "untranscribed":
            return _NOT_UNDERSTOOD
        case "repeat":
            return _again(situation, asked)
        case "prompt" if not _TO_BE_CHANGED.search(situation.said):
            return "How I was set up I keep to myself, but I'm glad to help you with everything else."
        case "never_mind" if asked is not None:
            return f"All right, I leave it. {_ELSE}"
        case _:
            return ""


def _ends(situation: Situation, act: phrases.Act | None) -> bool:
    """Goodbye, or nothing more to be done. Goodbye in one breath with a question is not the end."""
    if act == "no":
        return _ELSE in situation.before
    return act == "goodbye" and not situation.said.rstrip().endswith("?")


def _fresh(situation: Situation, act: phrases.Act | None) -> Answer:
    """Nothing is pending: a tool, a fact, or talk."""
    matter = situation.matter
    routed = route(matter, situation.offers, situation.meaning) if matter else None
    found = answers.answer(matter, situation.passages, situation.meaning) if matter else None
    if routed is not None and routed.is_clear and not (found is not None and _is_told(matter, found, routed)):
        return _next(situation, routed.offer, fill(routed.offer.slots, situation.said, situation.today))
    talk = _talk(situation, act)
    if found is not None and not (talk and act in ("who", "name", "how_are_you", "able")):
        return Answer(found.text)
    return talk or _unknown(situation, routed)


def _is_told(matter: str, found: answers.Found, routed: Routed) -> bool:
    """Whether a sentence is the better answer than a tool: to a question, at an equal score."""
    return phrases.is_question(matter) and found.score >= routed.score


def _next(situation: Situation, offer: Offer, filled: Filled) -> Answer:
    """Ask for what is missing, have it confirmed if it changes something, or do it."""
    filled = _with_known(situation, offer, filled)
    missing = offer.missing(filled)
    if missing:
        return Answer(_sure(situation) + question(missing[0]), gap=Gap("argument", offer.name))
    if offer.changes:
        return Answer(confirmation(offer, filled))
    return Answer("One moment, please.", Call(offer.name, filled))


def _continued(situation: Situation, asked: Pending, act: phrases.Act | None) -> Answer:
    """A question of ours was asked."""
    filled = taken(asked.offer, asked, situation.said, asked.filled, situation.today)
    if asked.step != "slot":
        return _decided(situation, asked, act, filled)
    assert asked.slot is not None
    answered = asked.slot.name in filled
    if answered and not _is_other(situation):
        return _next(situation, asked.offer, filled)
    aside = _aside(situation, asked)
    return aside or (_next(situation, asked.offer, filled) if answered else _asked_again(situation, asked))


def _is_other(situation: Situation) -> bool:
    """Whether it is rather a question of the caller's than an answer to ours."""
    return bool(
        re.match(
            r"^\W*(?:what|when|where|who|which|why|how|do you|are you|can you|is there|is it)\b", situation.said, re.I
        )
    )


def _decided(situation: Situation, asked: Pending, act: phrases.Act | None, filled: Filled) -> Answer:
    """Yes, no, or something else instead."""
    if filled != asked.filled:
        return _next(situation, asked.offer, filled)
    if asked.step == "confirmation" and (
        act == "yes" or re.match(r"^\W*(?:yes|yeah|yep|sure|correct|ok)\b", situation.said, re.I)
    ):
        done = Answer("One moment, please.", Call(asked.offer.name, filled))
        # More than rules read was confirmed; whoever read it can do so again.
        return _next(situation, asked.offer, filled) if asked.offer.missing(filled) else done
    if asked.step == "change":
        return _renamed(situation, asked) or Answer(f"All right, I leave it. {_ELSE}")
    if act == "no" or re.match(r"^\W*(?:no|nope|wrong|not)\b", situation.said, re.I):
        return Answer(change(asked.offer)) if asked.offer.slots else Answer(f"All right, I leave it. {_ELSE}")
    return _aside(situation, asked) or _asked_again(situation, asked)


def _renamed(situation: Situation, asked: Pending) -> Answer | None:
    """Which of the values is to be another one, where only its name was said."""
    for slot in asked.offer.slots:
        if slot.spoken.split()[-1] in situation.said.lower():
            value = answer_to(slot, situation.said.lower().split(slot.spoken.split()[-1], 1)[1], situation.today)
            if value is not None:
                return _next(situation, asked.offer, {**asked.filled, slot.name: value})
            return Answer(question(slot))
    return None


def _aside(situation: Situation, asked: Pending) -> Answer | None:
    """Something else was asked or wanted in between: it is answered, and our question comes again."""
    matter = situation.matter
    if not matter:
        return None
    others = [offer for offer in situation.offers if offer.name != asked.offer.name]
    routed = route(matter, others, situation.meaning)
    found = answers.answer(matter, situation.passages, situation.meaning) if phrases.is_question(matter) else None
    if found is not None and (routed is None or not routed.is_clear or found.score >= routed.score):
        return Answer(f"{found.text} {asked.question}")
    if routed is not None and routed.is_clear:
        return _next(situation, routed.offer, fill(routed.offer.slots, situation.said, situation.today))
    return None


def _asked_again(situation: Situation, asked: Pending) -> Answer:
    if asked.times < _MOST_TIMES:
        gap = Gap("argument", asked.offer.name) if asked.step == "slot" else None
        return Answer(f"I'm sorry, I didn't get that. {_hint(asked)}{asked.question}", gap=gap)
    if transfer_in(situation.request.tools):
        return Answer(f"I'm sorry, I still don't understand. {_TRANSFER_OFFER}")
    return Answer(f"I'm sorry, I still don't understand, so I leave that for now. {_ELSE}")


def _hint(asked: Pending) -> str:
    """The choices, where the question does not name them."""
    choices = asked.slot.choices if asked.slot and asked.slot.description.rstrip().endswith("?") else []
    return f"Please choose {listed([choice.replace('_', ' ') for choice in choices], 'or')}. " if choices else ""


# ---------------------------------------------------------------------------------------------------------------
# Saying


_NOT_UNDERSTOOD = (
    "I can hear that you speak, but there is no speech recognition on this server yet, so I can't tell what you "
    "say. The "
    "command vivavoce models pull brings it. Until then, write to me."
)


def introduced(situation: Situation, found: Answer) -> Answer:
    """Where an agent's own model is not here, that is said once."""
    model = situation.request.model.model
    if model == MODEL or situation.earlier or found.call is not None:
        return found
    return replace(found, text=f"No provider here offers the model {model}, so a simpler mind answers. {found.text}")


def _hello(situation: Situation) -> str:
    if situation.tongue in phrases.TONGUES:
        return phrases.TONGUES[situation.tongue].hello
    name = f", this is {situation.name}" if situation.name else ""
    return f"Good day{name}. How may I help you?" if situation.is_formal else f"Hello{name}! What can I do for you?"


def _sure(situation: Situation) -> str:
    return "Certainly. " if situation.is_formal else "Sure. "


def _talk(situation: Situation, act: phrases.Act | None) -> Answer | None:
    """What is said between people."""
    tongue = phrases.TONGUES.get(situation.tongue)
    said: Mapping[str, str] = {
        "thanks": tongue.welcome if tongue else f"You're welcome. {_ELSE}",
        "greeting": _hello(situation) if tongue or not situation.matter else "",
        "how_are_you": "Very well, thank you. What can I do for you?",
        "who": _who(situation),
        "name": _who(situation),
        "able": _able(situation),
        "introduction": _met(situation),
        "yes": "Good. What can I do for you?",
        "no": f"All right. {_ELSE}",
        "never_mind": f"All right. {_ELSE}",
    }
    found = said.get(act or "", "")
    return Answer(found) if found else None


def _met(situation: Situation) -> str:
    match = phrases.INTRODUCTION.search(situation.said)
    return f"Nice to meet you, {match['name'].capitalize()}. What can I do for you?" if match else ""


def _who(situation: Situation) -> str:
    name = f"I'm {situation.name}, " if situation.name else "I'm "
    return f"{name}an automatic assistant, not a person. {_able(situation)}"


def _able(situation: Situation) -> str:
    able = [_as_deed(offer) for offer in situation.offers[:4]]
    topics = list(dict.fromkeys(_topic(passage.section) for passage in situation.passages if passage.section))
    about = f" about {listed(topics[:3], 'or')}" if topics else ""
    told = [f"answer questions{about}"] if situation.passages else []
    deeds = listed([*able, *told], "or")
    return f"I can {deeds}." if deeds else "Ask me, and I'll say what I know."


def _topic(section: str) -> str:
    """A heading within a sentence; one word alone may be a name."""
    return section[0].lower() + section[1:] if " " in section else section


def _as_deed(offer: Offer) -> str:
    """Its name as a verb with its object."""
    return re.sub(r"^(\w+) (?=\w)", r"\1 your " if offer.changes else r"\1 the ", offer.spoken)


def _unknown(situation: Situation, routed: Routed | None) -> Answer:
    """Honest, with what can be done instead."""
    if situation.tongue in phrases.TONGUES:
        return Answer(phrases.TONGUES[situation.tongue].unknown)
    if routed is not None and routed.rival is not None:
        return Answer(f"Do you want to {_as_deed(routed.offer)}, or to {_as_deed(routed.rival)}?")
    return Answer(_excuse(situation), gap=Gap("answer"))


def _excuse(situation: Situation) -> str:
    if transfer_in(situation.request.tools):
        return f"I'm sorry, I don't know that. {_TRANSFER_OFFER}"
    cannot = "I don't know that" if phrases.is_question(situation.said) else "I can't help with that"
    if len(situation.earlier) % 2 == 0 and (situation.offers or situation.passages):
        return f"I'm sorry, {cannot}. {_able(situation)}"
    return f"I'm sorry, {cannot}. Could you say it in other words?"


def _again(situation: Situation, asked: Pending | None) -> str:
    if asked is not None:
        return asked.question
    return situation.before or "I haven't said anything yet."


def _goodbye(situation: Situation) -> Answer:
    tongue = phrases.TONGUES.get(situation.tongue)
    last_words = (
        tongue.goodbye
        if tongue
        else "Thank you for calling. Goodbye!"
        if situation.is_formal
        else "Goodbye! Take care."
    )
    if "end_call" in situation.tools:
        return Answer(call=Call("end_call", {"reason": "The caller said goodbye.", "message": last_words}))
    return Answer(last_words)


def _waiting(situation: Situation) -> Answer:
    if "skip_turn" in situation.tools:
        return Answer(call=Call("skip_turn", {"reason": "The caller asked to wait."}))
    return Answer("Take your time.")


def _human(situation: Situation) -> Answer:
    tool = transfer_in(situation.request.tools)
    if tool is None:
        return Answer(f"I'm sorry, I can't put you through from here. {_able(situation)}")
    arguments = _for_transfer(tool, situation)
    if arguments is None:
        return Answer("I'm sorry, I can't put you through right now.")
    return Answer(call=Call(tool.name, arguments))


def _for_transfer(tool: ToolOffer, situation: Situation) -> Filled | None:
    """What it takes: the only choice there is, or the one that was named; sentences in plain words."""
    slots = slots_in(tool.parameters)
    filled = fill([slot for slot in slots if slot.choices], situation.said, situation.today)
    for slot in slots:
        if slot.name in filled or not slot.is_required:
            continue
        if slot.choices:
            filled[slot.name] = slot.choices[0]
        elif slot.kind == "integer":
            filled[slot.name] = 0
        elif slot.kind != "string":
            return None
        else:
            filled[slot.name] = _sentence_for(slot.about, situation)
    return filled


def _sentence_for(about: str, situation: Situation) -> Json:
    if re.search(r"\b(?:client|caller|customer|user) message\b|told to the caller", about):
        return "One moment, I'll put you through."
    return f"The caller asks for a human. Last words: {shortened(situation.said, 200)}"


def _switched(situation: Situation, wanted: str) -> Answer:
    tool = situation.tools.get("language_detection")
    slot = next((slot for slot in slots_in(tool.parameters) if slot.choices), None) if tool else None
    code = next((choice for choice in slot.choices if choice.split("-")[0] == wanted), None) if slot else None
    if slot is None or code is None:
        return Answer("I'm sorry, I don't speak that language.")
    return Answer(call=Call("language_detection", {"reason": "The caller asked for it.", slot.name: code}))


def _own_tongue(situation: Situation) -> Answer | None:
    """Whoever speaks another of the agent's languages gets it, once."""
    tool = situation.tools.get("language_detection")
    if tool is None or situation.tongue == "en" or _has_switched(situation):
        return None
    codes = [choice for slot in slots_in(tool.parameters) for choice in slot.choices]
    code = next((code for code in codes if code.split("-")[0] == situation.tongue), None)
    if code is None:
        return None
    return Answer(call=Call("language_detection", {"reason": "The caller speaks it.", "language": code}))


def _has_switched(situation: Situation) -> bool:
    return any(
        message.name == "language_detection"
        for message in situation.request.messages
        if isinstance(message, ToolMessage)
    )


# ---------------------------------------------------------------------------------------------------------------
# Tools and notes


def _after_tools(situation: Situation) -> Answer:
    """What the tools said, one after the other."""
    latest = _latest_results(situation.request.messages)
    said = [_result(situation, message) for message in latest]
    return Answer(" ".join(filter(None, said)))


def _latest_results(messages: Sequence[Message]) -> list[ToolMessage]:
    found: list[ToolMessage] = []
    for message in reversed(messages):
        if isinstance(message, ToolMessage):
            found.insert(0, message)
        elif not (isinstance(message, Instructions) and not _is_note(message.text)):
            break
    return found


def _result(situation: Situation, message: ToolMessage) -> str:
    if message.name == "language_detection":
        return _in_new_tongue(message)
    if message.name in ("end_call", "skip_turn"):
        return ""
    tool = situation.tools.get(message.name)
    if len(message.text) > _LONG_RESULT and not message.text.lstrip().startswith(("{", "[")):
        found = answers.answer(situation.matter, passages_of(message.text), situation.meaning)
        return found.text if found else "I'm sorry, I found nothing about that."
    said = results.told(offer_of(tool) if tool else None, message.text[:_LONGEST_RESULT], is_error=message.is_error)
    return f"{said} {_ELSE}" if tool and not message.is_error and offer_of(tool).changes else said


def _long_results(situation: Situation) -> list[Passage]:
    latest = _latest_results(situation.request.messages)
    texts = [
        message.text
        for message in latest
        if len(message.text) > _LONG_RESULT and not message.text.startswith(("{", "["))
    ]
    return [passage for text in texts for passage in passages_of(text)][:_MOST_COMPARED]


def _in_new_tongue(message: ToolMessage) -> str:
    code = _tongue_of_result(message)
    return phrases.TONGUES[code].gladly if code in phrases.TONGUES else "Of course. How can I help you?"


def _nudged(note: str, situation: Situation) -> Answer:
    """The caller is silent, or the answer takes long."""
    if "silent" not in note:
        return Answer("One moment.")
    alone = _unanswered(situation.request.messages)
    if alone <= 1:
        asked = situation.before.rsplit(". ", 1)[-1]
        return Answer(
            f"Are you still there? {asked}" if asked.endswith("?") and len(asked) < 80 else "Are you still there?"
        )
    if alone == 2 or "end_call" not in situation.tools:
        return Answer("I'm still here. Take your time.")
    last_words = "You seem to be gone, so I hang up. Goodbye!"
    return Answer(call=Call("end_call", {"reason": "The caller went silent.", "message": last_words}))


def _unanswered(messages: Sequence[Message]) -> int:
    """How often the agent has spoken since the caller last did."""
    count = 0
    for message in messages:
        if isinstance(message, UserMessage):
            count = 0
        elif isinstance(message, AgentMessage) and not message.unfinished:
            count += 1
    return count
