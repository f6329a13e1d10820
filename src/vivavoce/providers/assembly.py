"""The parts that a process's calls share, made from the settings: minds, voices, ear and voice activity.

Who answers for a model's name is `minds`' business. `standings` tells what only stands in, for `/readyz`.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from vivavoce.base.frozen import frozen
from vivavoce.ports.embedding import Embedder
from vivavoce.ports.language import Language
from vivavoce.ports.moderation import Moderator
from vivavoce.ports.speech import Ear, TurnModel, VoiceActivity
from vivavoce.providers import choices as chosen
from vivavoce.providers import registry
from vivavoce.providers.choices import AUTO, BUILT_IN, FOUND, HASHED, LOCAL, LOUDNESS, NONE, STAND_IN, Choices, Chosen
from vivavoce.providers.discovery import Discovery, origin_of
from vivavoce.providers.ear_cascade import EarCascade, Named, WarmEarCascade
from vivavoce.providers.health import Board
from vivavoce.providers.local.fitness import foreign
from vivavoce.providers.local.pool import shared_pool
from vivavoce.providers.minds import AllMinds, Mind, MindRules
from vivavoce.providers.registry import Closable, Outside, Warmable
from vivavoce.providers.voices import AllVoices, Backups, VoiceProvider

_log = logging.getLogger(__name__)

_ARITHMETIC = "numpy"
"""All sound goes through it; who only chats does without."""


@frozen
class Readiness:
    """How one of the parts stands, and a sentence where it only stands in."""

    ready: bool
    message: str = ""
    coming: bool = False


@dataclass(slots=True)
class Warmth:
    """Loads what takes time to load, once, so that no call waits for it in the middle of a sentence.

    Where callers can be heard and answered by voice that happens as soon as the server is ready (`ahead`). Elsewhere
    the first voice call waits for it before it begins, and a server that only chats carries no models.
    """

    cold: dict[str, Warmable]
    ahead: bool
    failures: dict[str, str] = field(default_factory=dict[str, str])
    warmed: list[Warmable] = field(default_factory=list[Warmable])
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def warm_ahead(self) -> None:
        """Load everything now, if it will be needed."""
        if self.ahead:
            await self.warm()

    async def warm(self) -> None:
        """Load everything, as much at a time as there are threads for it; returns when all is there or known to be
        broken."""
        async with self._loading:
            await asyncio.gather(*(self._warm(name, part) for name, part in list(self.cold.items())))

    async def _warm(self, name: str, part: Warmable) -> None:
        try:
            await part.warm()
            self.warmed.append(part)
        except ImportError as error:
            _log.exception("The local %s does not run here.", name)
            self.failures[name] = foreign(error)
        except Exception:
            _log.exception("The local %s cannot be loaded.", name)
            self.failures[name] = f"{_UNLOADABLE} Try: vivavoce models verify"
        del self.cold[name]

    def is_coming(self, name: str) -> bool:
        """Whether a part is being loaded, or about to be."""
        return name in self.cold and (self.ahead or self._loading.locked())


@frozen
class Parts:
    """What calls think, speak and hear with."""

    minds: AllMinds
    voices: AllVoices
    ear: Ear
    activity: VoiceActivity
    turn: TurnModel | None
    embedder: Embedder
    moderator: Moderator
    standings: Mapping[str, Readiness]
    warmth: Warmth
    made: Mapping[tuple[str, str], "Made"]
    """Every provider, by its role and name."""
    chosen: Mapping[str, str]
    """Role -> the name of who was chosen for it, or of who stands in."""

    async def ready_for_voice(self) -> None:
        """Have everything there that a voice call needs before it begins."""
        await asyncio.gather(self.warmth.warm(), self.voices.learn(), asyncio.to_thread(import_module, _ARITHMETIC))

    @property
    def computes(self) -> bool:
        """Whether calls by voice need models that take their time, and not only a script."""
        return any(isinstance(part, Warmable) for part in (self.ear, self.voices.default, self.turn))

    @property
    def is_computing(self) -> bool:
        """Whether a model on this machine works for somebody just now."""
        return shared_pool().is_busy

    async def close(self) -> None:
        """End the threads of what has its own."""
        for part in (self.activity, self.ear, self.turn, *(each.voice for each in self.voices.providers)):
            if isinstance(part, Closable):
                await part.close()

    def standing(self, name: str) -> Readiness:
        """How a part stands now."""
        if self.warmth.is_coming(name):
            return Readiness(False, "Its model is being loaded.", coming=True)
        failure = self.warmth.failures.get(name)
        if name == "mind" and self.minds.has_one:
            return Readiness(True, self.minds.found_text())
        return Readiness(False, failure) if failure else self.standings[name]


@frozen
class Made:
    """A provider, and the local models it was made with."""

    provider: Any
    models: Sequence[str]


class _Maker:
    """Makes providers, or takes those that were made before with the same models: their connections stay, their models
    are not loaded again."""

    def __init__(self, outside: Outside, before: Mapping[tuple[str, str], Made]) -> None:
        self.made: dict[tuple[str, str], Made] = {}
        self._outside = outside
        self._before = before

    def __call__(self, part: Chosen) -> Any:
        """The provider itself."""
        key = (part.provider.role, part.name)
        models = [name for name in part.provider.needs(part.options) if self._outside.model_place(name) is not None]
        found = self.made.get(key) or self._before.get(key)
        if found is None or found.models != models:
            found = Made(part.provider.make(part.options, self._outside), models)
        self.made[key] = found
        return found.provider


def assemble(choices: Choices, outside: Outside, before: Parts | None = None) -> Parts:
    """The parts. What was made before and is as it was goes on being used."""
    chosen.check(choices)
    outside = replace(outside, embedding=chosen.embedding_kind(choices))
    make = _Maker(outside, before.made if before is not None else {})
    languages = chosen.minds(choices, outside)
    ears, turn = chosen.ears(choices, outside), chosen.turn(choices, outside)
    ear = ears[0]
    voice, *more_voices = chosen.voices(choices, outside)
    minds = _minds(choices, languages, make, outside, before)
    made_ear = _ear(ears, make, outside, minds.memory.board)
    made_voice = make(voice)
    made_turn = make(turn) if turn is not None else None
    embedding = chosen.embedding(choices, outside)
    made_embedder = make(embedding)
    activity = chosen.activity(choices, outside)
    made_activity = make(activity)
    to_load = {"activity": made_activity, "ear": made_ear, "voice": made_voice, "turn": made_turn}
    # Who steps in does so in the middle of a sentence, where there is no time to load anything.
    to_load |= {f"voice {each.name}": make(each) for each in more_voices if each.name in choices.voice_backups}
    if not minds.has_one:
        # The deterministic mind asks it at its first turn; others may never.
        to_load["embedding"] = made_embedder
        to_load["mind"] = minds.stand_in.mind.language
    warmed = [part for part in before.warmth.warmed if _is_in(part, to_load.values())] if before is not None else []
    return Parts(
        minds=minds,
        voices=AllVoices(
            [
                VoiceProvider(voice.name, made_voice, _mapped(voice)),
                *(VoiceProvider(each.name, make(each), _mapped(each)) for each in more_voices),
            ],
            choices.voice_ids,
            Backups(choices.voice_backups, outside.conversion, minds.memory.board),
        ),
        ear=made_ear,
        activity=made_activity,
        turn=made_turn,
        embedder=made_embedder,
        moderator=make(chosen.moderation(choices, outside)),
        standings={
            "mind": _mind_standing(minds, chosen.lacking_minds(choices, outside)),
            "ear": _standing(ear, _DEAF, chosen.lacking(choices, "ear", choices.ear, outside)),
            "voice": _standing(voice, _DUMB, chosen.lacking(choices, "voice", choices.voice, outside)),
            "turn": _turn_standing(choices, chosen.lacking(choices, "turn", choices.turn, outside)),
            "activity": _activity_standing(activity, chosen.lacking(choices, "activity", choices.activity, outside)),
            "embedding": _embedding_standing(
                embedding, chosen.lacking(choices, "embedding", choices.embedding, outside)
            ),
        },
        warmth=Warmth(
            _cold(to_load, warmed),
            ahead=STAND_IN not in (ear.name, voice.name),
            warmed=warmed,
        ),
        made=make.made,
        chosen={
            "activity": activity.name,
            "ear": ear.name,
            "voice": voice.name,
            "turn": turn.name if turn is not None else NONE,
            "embedding": embedding.name,
        },
    )


def _cold(made: Mapping[str, Any], warmed: Sequence[Warmable]) -> dict[str, Warmable]:
    """What has something to load and has not done so."""
    return {name: part for name, part in made.items() if isinstance(part, Warmable) and not _is_in(part, warmed)}


def _is_in(part: object, others: Iterable[object]) -> bool:
    return any(part is each for each in others)


def _ear(ears: Sequence[Chosen], make: _Maker, outside: Outside, board: Board) -> Ear:
    """The ear, with those behind it that step in."""
    named = [Named(each.name, make(each)) for each in ears]
    if len(named) == 1:
        return named[0].ear
    loads = any(isinstance(each.ear, Warmable) for each in named)
    return (WarmEarCascade if loads else EarCascade)(named, outside.conversion, board)


def _mapped(voice: Chosen) -> frozenset[str]:
    """The voice ids that a provider's settings map."""
    return frozenset(getattr(voice.options, "voices", ()))


def _minds(
    choices: Choices, languages: Sequence[Chosen], make: _Maker, outside: Outside, before: Parts | None
) -> AllMinds:
    configured = [_mind(language, make(language)) for language in languages]
    backups = choices.backup_models
    if list(backups) == [AUTO]:
        backups = [mind.models[0] for mind in configured if not mind.is_built_in]
    rules = MindRules(choices.model_rules, choices.fallback_model, tuple(backups), choices.hedge_after_seconds)
    if before is not None:
        return AllMinds(configured, rules, before.minds.discovery, before.minds.memory)
    taken = {origin_of(str(url)) for each in languages if (url := getattr(each.options, "base_url", None))}
    places = [place for place in choices.discover_minds if origin_of(place) not in taken]

    def speak(base_url: str, models: tuple[str, ...]) -> Language:
        return _made_at(base_url, models, outside)

    return AllMinds(configured, rules, Discovery(outside.configured, places, speak))


def _mind(language: Chosen, made: Language) -> Mind:
    options = language.options
    return Mind(
        language.name,
        made,
        language.models(),
        language.family(),
        context_tokens=getattr(options, "context_tokens", 0),
        answer_tokens=getattr(options, "answer_tokens", 0),
        is_built_in=language.name in BUILT_IN,
    )


def _made_at(base_url: str, models: tuple[str, ...], outside: Outside) -> Language:
    """A provider for a server that was found."""
    provider, options = registry.options_of("language", FOUND, {"base_url": base_url, "models": models})
    return provider.make(options, outside)


_NO_MIND = "No language model is configured or found: the deterministic mind answers."
_SMALL_MIND = "A small language model of this machine helps the deterministic mind."
_UNLOADABLE = "Its local model cannot be loaded; the log says why."
_DEAF = "Callers are heard speaking, but not understood; text calls work."
_DUMB = "Callers see the replies as text and hear a soft hum."


def _mind_standing(minds: AllMinds, lacks: str) -> Readiness:
    """Who answers where nobody is configured or found."""
    if minds.stand_in.mind.provider == LOCAL:
        return Readiness(True, _SMALL_MIND)
    return Readiness(False, f"{_NO_MIND} {lacks or 'See connect-a-model in the docs.'}")


def _activity_standing(part: Chosen, lacks: str) -> Readiness:
    if part.name != LOUDNESS or not lacks:
        return Readiness(True)
    return Readiness(False, f"Whatever is loud is taken for a voice, so noise interrupts. {lacks}")


def _turn_standing(choices: Choices, lacks: str) -> Readiness:
    if choices.turn == NONE or not lacks:
        return Readiness(True)
    return Readiness(False, f"Silence alone decides when a turn is over. {lacks}")


def _embedding_standing(part: Chosen, lacks: str) -> Readiness:
    if part.name != HASHED or not lacks:
        return Readiness(True)
    return Readiness(False, f"Texts are compared by their words, not by their meaning. {lacks}")


def _standing(part: Chosen, otherwise: str, lacks: str) -> Readiness:
    """A part that is there, or what its absence means and what it lacks."""
    return Readiness(False, f"{otherwise} {lacks}".rstrip()) if part.name == STAND_IN else Readiness(True)
