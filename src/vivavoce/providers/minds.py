"""Every mind of an installation, and which of them answers for a name.

An agent names a model as the contract does, wherever it was written. Who answers is decided in this order, and the
first that fits counts:

    named      a provider of the settings lists the model, or a server that was found on this machine; of the latter
               none is asked for a model whose vendor is configured, nor for what is built in
    rule       a rule of the settings (`model_rules`) leads from the name to a model that is there
    vendor     a provider of the model's vendor is configured, which knows all of the vendor's models
    spelling   a model here has the same name in another spelling (qwen3-4b, qwen3:4b, Qwen/Qwen3-4B)
    stand-in   the fall-back of the settings, else the first configured mind, else the first found, else the small
               model of this machine, if it was pulled, else the deterministic mind

The last is no error in anybody's call; it is written down (`stood_in`), logged once and shown. Vendors take models away
that agents still name: whoever says that it has no model of this name counts for a while as not having it, so the next
attempt of the same turn leads elsewhere. What is handed out
renames the model in the request, keeps the provider's health (`health`), and asks a second mind when the first is slow
to begin, if the settings want that (`hedging`).
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Literal

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.events import SteppedIn
from vivavoce.engine.plan import ModelChoice
from vivavoce.ports.language import Abilities, ChatRequest, Language, MindFailed, Piece
from vivavoce.ports.standing_in import as_told
from vivavoce.providers.discovery import Discovery
from vivavoce.providers.health import Board, Health, OwnModels
from vivavoce.providers.hedging import hedged

_log = logging.getLogger(__name__)

How = Literal["named", "rule", "vendor", "spelling", "stand-in"]

_CUSTOM = "custom-llm"
_SLOW_SECONDS = 2.0
"""The least patience that an agent can have (`cascade_timeout_seconds`)."""
_MOST_STOOD_IN = 100
_LACKS_SECONDS = 600.0
"""So long somebody counts as not having a model that it said it has not: it may have been a mistake on the way."""
_FOUND_CONTEXT_TOKENS, _FOUND_ANSWER_TOKENS = 8_192, 4_096


@frozen
class Mind:
    """A provider of minds, and what it is known by."""

    provider: str
    language: Language
    models: Sequence[str]
    family: Sequence[str] = ()
    context_tokens: int = 0
    answer_tokens: int = 0
    is_built_in: bool = False

    def is_of_family(self, model: str) -> bool:
        """Whether it is its vendor's model."""
        return any(fnmatchcase(model, pattern) for pattern in self.family)


@frozen
class OfferedModel:
    """A model that agents can name, whose it is, and what it can do."""

    name: str
    provider: str
    context_tokens: int
    answer_tokens: int
    abilities: Abilities


@frozen
class Found:
    """Who answers for a name, by which of its models, and why."""

    mind: Mind
    model: str
    how: How


@frozen
class MindRules:
    """What the settings say about names and slowness."""

    rules: Mapping[str, str] = field(default_factory=dict[str, str])
    """Pattern -> model, in order."""
    fallback: str | None = None
    backups: Sequence[str] = ()
    hedge_after_seconds: float | None = None


@dataclass(slots=True)
class MindsMemory:
    """What is known from experience, and outlives a change of providers."""

    board: Board = field(default_factory=Board)
    own_models: OwnModels = field(default_factory=OwnModels)
    stood_in: dict[str, str] = field(default_factory=dict[str, str])
    """Models that nobody has -> who answered for them."""
    lacking: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    """Provider and model that it said it has not -> until when that counts."""
    now: Callable[[], float] = time.monotonic

    def lacks(self, provider: str, model: str) -> bool:
        """Whether it said so lately."""
        until = self.lacking.get((provider, model))
        return until is not None and until > self.now()

    def note_lack(self, provider: str, model: str) -> None:
        """It said so."""
        now = self.now()
        self.lacking = {lack: until for lack, until in self.lacking.items() if until > now}
        if len(self.lacking) < _MOST_STOOD_IN:
            self.lacking[provider, model] = now + _LACKS_SECONDS


@frozen
class AllMinds:
    """Every mind of this installation (`ports.language.Minds`)."""

    configured: Sequence[Mind]
    """Of the settings, and after them the built-in ones."""
    rules: MindRules
    discovery: Discovery
    memory: MindsMemory = field(default_factory=MindsMemory)

    def find(self, model: ModelChoice) -> Language:
        """Whoever answers for the model."""
        found = self.resolve(model.model)
        if found.how == "stand-in":
            self._note(model.model, found)
        first = self._watched(found, model.custom)
        second = self._hedge_for(found)
        if second is None or self.rules.hedge_after_seconds is None:
            return first
        return Hedged(first, self._watched(second), self.rules.hedge_after_seconds)

    def resolve(self, model: str) -> Found:
        """Who answers for a name."""
        return next((found for found in self._candidates(model) if not self._lacks(found)), self._stand_in())

    @property
    def stand_in(self) -> Found:
        """Who answers for models that nobody has."""
        return self._stand_in()

    def replacement(self, model: str) -> str:
        """A sentence for the record where nobody has the model; else nothing."""
        found = self.resolve(model)
        if found.how != "stand-in":
            return ""
        return f"No provider here offers the model {model}: {found.model} of {found.mind.provider} answers instead."

    def offered(self) -> Sequence[OfferedModel]:
        """Every model that can be named, each once."""
        return [
            OfferedModel(name, mind.provider, mind.context_tokens, mind.answer_tokens, mind.language.abilities)
            for mind in self.all()
            for name in dict.fromkeys(mind.models)
            if self.resolve(name).mind.provider == mind.provider
        ]

    def found_text(self) -> str:
        """A sentence about the servers of models that were found."""
        found = [f"{server.name} ({len(server.models)} models)" for server in self.discovery.found.values()]
        return f"Found on this machine: {', '.join(found)}." if found else ""

    @property
    def has_one(self) -> bool:
        """Whether there is a mind beside the built-in ones."""
        return any(not mind.is_built_in for mind in self.all())

    def all(self) -> Iterator[Mind]:
        """Everybody, in the order in which names are looked for."""
        yield from (mind for mind in self.configured if not mind.is_built_in)
        yield from self._found()
        yield from (mind for mind in self.configured if mind.is_built_in)

    def _found(self) -> Iterator[Mind]:
        for server in self.discovery.found.values():
            yield Mind(
                server.name,
                server.mind,
                server.models,
                context_tokens=_FOUND_CONTEXT_TOKENS,
                answer_tokens=_FOUND_ANSWER_TOKENS,
            )

    def _candidates(self, model: str) -> Iterator[Found]:
        yield from self._named(model, "named")
        for pattern, target in self.rules.rules.items():
            if fnmatchcase(model, pattern):
                yield from self._named(target, "rule")
                yield from self._of_vendor(target, "rule")
        yield from self._of_vendor(model, "vendor")
        yield from self._spelled(model)
        yield self._stand_in()

    def _named(self, model: str, how: How) -> Iterator[Found]:
        yield from (Found(mind, model, how) for mind in self.configured if model in mind.models)
        # Anybody on the machine may listen there: what the settings know is not theirs to answer.
        if not any(mind.is_of_family(model) for mind in self.configured):
            yield from (Found(mind, model, how) for mind in self._found() if model in mind.models)

    def _of_vendor(self, model: str, how: How) -> Iterator[Found]:
        yield from (Found(mind, model, how) for mind in self.all() if mind.is_of_family(model))

    def _spelled(self, model: str) -> Iterator[Found]:
        wanted = _letters(model)
        for mind in self.all():
            yield from (Found(mind, name, "spelling") for name in mind.models if _letters(name) == wanted)

    def _stand_in(self) -> Found:
        if self.rules.fallback is not None:
            named = (*self._named(self.rules.fallback, "stand-in"), *self._of_vendor(self.rules.fallback, "stand-in"))
            if known := [found for found in named if not self._lacks(found)]:
                return known[0]
        usable = [mind for mind in self.all() if _CUSTOM not in mind.models]
        found = [Found(mind, name, "stand-in") for mind in usable for name in mind.models]
        return next((each for each in found if not self._lacks(each)), found[0])

    def _lacks(self, found: Found) -> bool:
        """Whether it said lately that it has no such model. What is built in has what it has."""
        return not found.mind.is_built_in and self.memory.lacks(found.mind.provider, found.model)

    def _note(self, model: str, found: Found) -> None:
        stood_in = self.memory.stood_in
        if model in stood_in or len(stood_in) >= _MOST_STOOD_IN:
            return
        stood_in[model] = f"{found.model} of {found.mind.provider}"
        _log.warning("No provider offers the model %r; %s answers for it.", model, stood_in[model])

    def _hedge_for(self, found: Found) -> Found | None:
        """Whom to ask beside somebody slow: the first backup that is somebody else. Nobody knows what an agent's own
        model knows."""
        if found.mind.is_built_in:
            return None
        others = (self.resolve(backup) for backup in self.rules.backups)
        return next((other for other in others if (other.mind, other.model) != (found.mind, found.model)), None)

    def _watched(self, found: Found, custom: Mapping[str, Json] | None = None) -> "Watched":
        if found.model == _CUSTOM:
            health = self.memory.own_models.of(json.dumps(custom, sort_keys=True))
        else:
            health = self.memory.board.of("language", found.mind.provider)
        mind = found.mind
        # An agent's own model keeps its name, and what stands in by rules says what for.
        model = None if mind.is_built_in else found.model
        return Watched(mind.language, model, mind.provider, health, self.memory, self._is_well)

    def _is_well(self, model: str) -> bool:
        """Whether whoever answers for a model is not resting."""
        health = self.memory.board.of("language", self.resolve(model).mind.provider)
        return health.rests_for(self.memory.now()) == 0


def _letters(model: str) -> str:
    return re.sub(r"[^a-z0-9]", "", model.rpartition("/")[2].lower())


@frozen
class Watched:
    """A mind under the name that its provider knows, its health kept."""

    language: Language
    model: str | None
    """As which model it is asked; none, if it is asked as whichever the agent names."""
    provider: str
    health: Health
    memory: MindsMemory
    is_well: Callable[[str], bool]
    """Whether another model's provider is not resting."""

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.model} of {self.provider}"

    @property
    def abilities(self) -> Abilities:
        """The provider's."""
        return self.language.abilities

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask, unless it is known to be down and there is somebody else to ask."""
        if request.stand_ins:
            self._leave_to(request.stand_ins)
        watch = _Watch(self.health, self.memory.now, keeps_content=request.keeps_content)
        try:
            with watch:
                async with self.language.chat(self._named(request)) as pieces:
                    yield watch.read(pieces)
        except MindFailed as failure:
            if failure.lacks_model and self.model is not None:
                self.memory.note_lack(self.provider, self.model)
            raise

    def _leave_to(self, others: Sequence[str]) -> None:
        """Fail at once while it rests, if one of the others does not."""
        rest = self.health.rests_for(self.memory.now())
        if rest > 0 and any(map(self.is_well, others)):
            raise MindFailed(
                f"{self.provider} has failed lately and is left alone for {rest:.0f} s: {self.health.last_failure}"
            )

    def _named(self, request: ChatRequest) -> ChatRequest:
        if self.model is None or request.model.model == self.model:
            return request
        return replace(request, model=replace(request.model, model=self.model))


class _Watch:
    """One request, as its provider's health sees it."""

    def __init__(self, health: Health, now: Callable[[], float], *, keeps_content: bool) -> None:
        self._health = health
        self._keeps_content = keeps_content
        self._now = now
        self._asked_at = now()
        self._has_begun = False

    async def read(self, pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
        """The pieces as they come."""
        async for piece in pieces:
            if not self._has_begun:
                self._has_begun = True
                self._health.answered(self._now() - self._asked_at)
            yield piece

    def __enter__(self) -> None:
        self._health.begun()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._health.ended()
        now = self._now()
        waited = now - self._asked_at
        if isinstance(error, MindFailed) and not error.is_about_request:
            hopeless = not error.retryable
            why = as_told(error.message, keeps_content=self._keeps_content)
            # Its other models are as well as before.
            rest_seconds = 0.0 if error.lacks_model else error.retry_after_seconds
            self._health.broke(why, now, hopeless=hopeless, rest_seconds=rest_seconds)
        elif isinstance(error, asyncio.CancelledError) and not self._has_begun and waited >= _SLOW_SECONDS:
            # Whoever asked has gone to somebody else, or the caller has lost patience.
            self._health.broke(f"It had not begun to answer after {waited:.1f} s.", now)


@frozen
class Hedged:
    """A mind, and another one for when it is slow to begin."""

    first: Watched
    second: Watched
    after_seconds: float

    @property
    def abilities(self) -> Abilities:
        """The first one's."""
        return self.first.abilities

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask one, and the other if that takes too long. Agents that want no other model have none."""
        if not request.stand_ins:
            async with self.first.chat(request) as pieces:
                yield pieces
            return

        def second_won(reason: str) -> None:
            why = as_told(reason, keeps_content=request.keeps_content)
            request.stepped_in(SteppedIn("mind", self.first.name, self.second.name, why))

        first, second = (lambda: self.first.chat(request)), (lambda: self.second.chat(request))
        both = hedged(first, second, self.after_seconds, second_won)
        async with both as pieces:
            yield pieces
