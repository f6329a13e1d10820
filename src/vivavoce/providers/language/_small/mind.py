"""The deterministic mind with a small model behind it.

    the mind asks for an argument      the model looks whether it was said in words that rules do not read
    the mind does not know             the model may answer out of the nearest facts, if the settings let it speak
    a form about a call                the model fills in what rules leave unknown

Whatever happens to the model (it is missing, slow, wrong), the mind's own answer stands. All that a turn waits for
(what texts mean, the model, whether its sentence is about the matter) has one deadline, before whoever asked gives up.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json, is_array, is_object
from vivavoce.engine.commands import AgentMessage, Message, UserMessage
from vivavoce.ports.embedding import Embedder
from vivavoce.ports.language import ChatRequest
from vivavoce.providers.language._answer import Answer, Gap
from vivavoce.providers.language._small import evidence, tasks
from vivavoce.providers.language._small.pen import Pen, Written
from vivavoce.providers.language._wit import answers, forms, mind
from vivavoce.providers.language._wit.offers import Offer, Slot
from vivavoce.providers.language._wit.patience import PATIENCE_SECONDS, in_time
from vivavoce.providers.language._wit.slots import Filled, is_day, is_time
from vivavoce.providers.language._wit.words import stems
from vivavoce.providers.local.pool import Urgency

_log = logging.getLogger(__name__)

FORM_SECONDS = 60.0
_SPARE_SECONDS = 0.5
"""So long before whoever asked gives up there is an answer."""
_JUDGED = "The small language model judged it so; no rule decides it."
_FACTS = 4
_LONGEST_ALWAYS = 1_000
"""Characters of facts that an agent always has in its prompt; more of them confuse a small model."""


@frozen
class Took:
    """What an answer took of the model."""

    prompt_tokens: int = 0
    known_tokens: int = 0
    tokens: int = 0


@frozen
class SmallMind:
    """Answers requests."""

    pen: Pen
    embedder: Embedder | None = None
    abroad: Embedder | None = None
    speaks: bool = False
    patience_seconds: float = 3.0

    async def answer(self, request: ChatRequest) -> tuple[Answer, Took]:
        """What to say and do, and what it took."""
        if request.schema is not None:
            return await self._form(request, request.schema)
        until = _now() + self._turn_seconds(request)
        seconds = min(PATIENCE_SECONDS, until - _now())
        situation = await mind.understood(request, self.embedder, self.abroad, seconds)
        found = mind.decided(situation)
        match found.gap:
            case Gap("argument", tool):
                return await self._with_arguments(situation, tool, found, until)
            case Gap("answer") if self.speaks and situation.tongue == "en":
                return await self._out_of_facts(situation, found, until)
            case _:
                return found, Took()

    def _turn_seconds(self, request: ChatRequest) -> float:
        """How long a turn may take."""
        if request.patience_seconds is None:
            return self.patience_seconds
        return max(0.0, min(self.patience_seconds, request.patience_seconds - _SPARE_SECONDS))

    def prompts(self, request: ChatRequest) -> Sequence[str]:
        """The begins of what an agent's turns may need, to be read ahead."""
        if request.schema is not None:
            return ()
        situation = mind.situation_of(request)
        wanted = [tasks.arguments(offer, slots, ()) for offer in situation.offers if (slots := _open(offer))]
        if self.speaks:
            wanted.append(tasks.reply(situation.name, _always(situation), (), ""))
        return [task.always for task in wanted]

    # Arguments of a tool

    async def _with_arguments(
        self, situation: mind.Situation, tool: str, found: Answer, until: float
    ) -> tuple[Answer, Took]:
        offer = next(offer for offer in situation.offers if offer.name == tool)
        slots = _open(offer)
        if not slots or not _says_more(situation, offer):
            return found, Took()
        task = tasks.arguments(offer, slots, _lines(situation.request.messages))
        written = await self._written(task, until, Urgency.THOUGHT)
        said = " ".join([*situation.earlier, situation.said])
        values = _said_values(slots, written, said)
        if not values:
            return found, _took(written)
        return mind.decided(replace(situation, known={tool: values})), _took(written)

    # A sentence out of facts

    async def _out_of_facts(self, situation: mind.Situation, found: Answer, until: float) -> tuple[Answer, Took]:
        matter = situation.matter
        near = answers.nearest(matter, situation.passages, situation.meaning, _FACTS)
        if not near:
            return found, Took()
        always = _always(situation)
        facts = [each for each in near if each not in always]
        task = tasks.reply(situation.name, always, facts, situation.said)
        written = await self._written(task, until, Urgency.THOUGHT)
        if written is None:
            return found, Took()
        said = written.text.strip()
        faults = evidence.faults(said, " ".join([*always, *facts]))
        if not written.is_whole:
            faults.append("it has no end")
        elif not faults and not await self._is_about(situation, said, until):
            faults.append("it is about something else")
        if faults:
            # Why in particular would be words of a call.
            _log.info("The small model's answer is not spoken: the facts do not bear it out.")
            return found, _took(written)
        return mind.introduced(situation, Answer(said)), _took(written)

    async def _is_about(self, situation: mind.Situation, said: str, until: float) -> bool:
        """Whether it has to do with what was asked: by its meaning, or by a word where no embedder tells it in time."""
        knows = self.embedder
        seconds = min(PATIENCE_SECONDS, max(0.0, until - _now()))
        rows = await in_time(knows.embed([situation.matter, said], "query"), seconds) if knows else None
        if rows is None:
            return bool(set(stems(situation.matter)) & set(stems(said)))
        asked, answered = rows
        return float(asked @ answered) >= answers.NEAR

    # Forms

    async def _form(self, request: ChatRequest, schema: Mapping[str, Json]) -> tuple[Answer, Took]:
        call = forms.transcript_of(request.messages)
        plain = forms.filled_form(schema, request.messages)
        written = None
        if call.caller:
            written = await self._written(tasks.form(schema, call), _now() + FORM_SECONDS, Urgency.BACKGROUND)
        more = _json(written)
        if more is not None:
            plain = _joined(schema, plain, more, " ".join([*call.caller, *call.agent]))
        return Answer(json.dumps(plain, ensure_ascii=False)), _took(written)

    async def _written(self, task: tasks.Task, until: float, urgency: Urgency) -> Written | None:
        try:
            async with asyncio.timeout_at(until):
                return await self.pen.write(
                    task.prompt,
                    grammar=task.grammar,
                    most_tokens=task.most_tokens,
                    urgency=urgency,
                    enough=evidence.has_enough if not task.grammar else lambda _: False,
                )
        except TimeoutError:
            _log.info("The small model was not done in time; the deterministic mind answers.")
        except Exception:
            _log.exception("The small model broke; the deterministic mind answers.")
        return None


def _now() -> float:
    return asyncio.get_running_loop().time()


def _took(written: Written | None) -> Took:
    return Took() if written is None else Took(written.prompt_tokens, written.known_tokens, written.tokens)


def _json(written: Written | None) -> Json:
    try:
        return json.loads(written.text) if written is not None else None
    except ValueError:
        return None


def _open(offer: Offer) -> list[Slot]:
    """What the model may look for. Days, times and yes or no are surer by rules."""
    return [
        slot
        for slot in offer.slots
        if slot.kind in ("string", "integer", "number") and not (is_day(slot) or is_time(slot))
    ]


def _says_more(situation: mind.Situation, offer: Offer) -> bool:
    """Whether the caller has said words beside those that the tool is known by."""
    known = set(stems(" ".join([*offer.examples, offer.purpose, offer.spoken])))
    return bool({word for text in (*situation.earlier, situation.said) for word in stems(text)} - known)


def _lines(messages: Sequence[Message]) -> list[tuple[bool, str]]:
    spoken = [each for each in messages if isinstance(each, UserMessage | AgentMessage) and each.text.strip()]
    return [(isinstance(each, UserMessage), each.text) for each in spoken]


def _said_values(slots: Sequence[Slot], written: Written | None, said: str) -> Filled:
    found = _json(written)
    if not is_object(found):
        return {}
    return {slot.name: found[slot.name] for slot in slots if evidence.is_said(slot, found.get(slot.name), said)}


def _always(situation: mind.Situation) -> list[str]:
    """The facts of the agent's own prompt, if they are few."""
    own = [passage.whole for passage in situation.passages if passage.is_own]
    return own if sum(map(len, own)) <= _LONGEST_ALWAYS else []


def _joined(schema: Mapping[str, Json], plain: Json, more: Json, said: str) -> Json:
    """What rules found, and where they found nothing, what the model did and the conversation bears out."""
    properties = schema.get("properties")
    if is_object(properties) and is_object(plain) and is_object(more):
        return _joined_object(properties, plain, more, said)
    if not _is_open(plain):
        return plain
    choices = schema.get("enum")
    if is_array(choices):
        return more if more in choices else plain
    return more if evidence.is_shown(more, said) else plain


def _joined_object(properties: Mapping[str, Json], plain: Body, more: Body, said: str) -> Body:
    found = dict(plain)
    for name, each in properties.items():
        if is_object(each) and name in plain and name in more:
            found[name] = _joined(each, plain[name], more[name], said)
    judged = [name for name, each in properties.items() if is_object(each) and forms.is_verdict(each)]
    if any(found[name] != plain[name] for name in judged):
        found |= {name: _JUDGED for name in found if name.lower() in forms.REASONS}
    return found


def _is_open(value: Json) -> bool:
    return value in (None, [], forms.UNKNOWN)
