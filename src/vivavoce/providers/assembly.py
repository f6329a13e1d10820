"""The parts that a process's calls share, made from the settings: minds, voices, ear and voice activity.

A model belongs to the first provider that lists it. What nobody lists is answered by the fall-back model, and if none
is named by the scripted mind, which says so. `standings` tells what only stands in, for `/readyz`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vivavoce.engine.plan import ModelChoice, VoiceChoice
from vivavoce.ports.language import Abilities, Language
from vivavoce.ports.speech import Ear, TurnModel, VoiceActivity
from vivavoce.ports.voice import Voice
from vivavoce.providers import choices as chosen
from vivavoce.providers.choices import BUILT_IN, SCRIPTED, STAND_IN, Choices, Chosen
from vivavoce.providers.registry import Outside


@dataclass(frozen=True, slots=True)
class Readiness:
    """How one of the parts stands, and a sentence where it only stands in."""

    ready: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model that agents can name, whose it is, and what it can do."""

    name: str
    provider: str
    context_tokens: int
    answer_tokens: int
    abilities: Abilities


@dataclass(frozen=True, slots=True)
class AllMinds:
    """Every mind of this installation (`ports.language.Minds`)."""

    by_model: Mapping[str, Language]
    fallback: Language

    def find(self, model: ModelChoice) -> Language:
        """Whoever offers the model, else the fall-back."""
        return self.by_model.get(model.model, self.fallback)


@dataclass(frozen=True, slots=True)
class OneVoice:
    """The voice of this installation, whoever is asked for (`ports.voice.Voices`)."""

    voice: Voice

    def find(self, voice: VoiceChoice) -> Voice:
        """The one there is."""
        _ = voice
        return self.voice


@dataclass(frozen=True, slots=True)
class Parts:
    """What calls think, speak and hear with."""

    minds: AllMinds
    voices: OneVoice
    ear: Ear
    activity: VoiceActivity
    turn: TurnModel | None
    models: Sequence[OfferedModel]
    standings: Mapping[str, Readiness]


def assemble(choices: Choices, outside: Outside) -> Parts:
    """The parts."""
    chosen.check(choices)
    languages = list(chosen.languages(choices))
    ear, voice, turn = chosen.ear(choices, outside), chosen.voice(choices, outside), chosen.turn(choices, outside)
    minds, models = _minds(choices, languages, outside)
    return Parts(
        minds=minds,
        voices=OneVoice(_made(voice, outside)),
        ear=_made(ear, outside),
        activity=_made(chosen.activity(choices), outside),
        turn=_made(turn, outside) if turn is not None else None,
        models=models,
        standings={
            "mind": _mind_standing(languages),
            "ear": _standing(ear, _DEAF, chosen.lacking(choices, "ear", choices.ear, outside)),
            "voice": _standing(voice, _DUMB, chosen.lacking(choices, "voice", choices.voice, outside)),
        },
    )


def _made(part: Chosen, outside: Outside) -> Any:
    return part.provider.make(part.options, outside)


def _minds(choices: Choices, languages: Sequence[Chosen], outside: Outside) -> tuple[AllMinds, Sequence[OfferedModel]]:
    by_model: dict[str, Language] = {}
    models: list[OfferedModel] = []
    fallback: Language | None = None
    for language in languages:
        made: Language = _made(language, outside)
        if language.name == SCRIPTED:
            fallback = made
        for name in language.models():
            if name not in by_model:
                by_model[name] = made
                models.append(_offered(name, language, made))
    if choices.fallback_model is not None:
        fallback = by_model[choices.fallback_model]
    assert fallback is not None, "the scripted mind is always there"
    return AllMinds(by_model, fallback), models


def _offered(name: str, language: Chosen, mind: Language) -> OfferedModel:
    options = language.options
    context_tokens, answer_tokens = getattr(options, "context_tokens", 0), getattr(options, "answer_tokens", 0)
    return OfferedModel(name, language.name, context_tokens, answer_tokens, mind.abilities)


def _mind_standing(languages: Sequence[Chosen]) -> Readiness:
    if any(language.name not in BUILT_IN for language in languages):
        return Readiness(True)
    return Readiness(False, "No language model is configured: the scripted stand-in answers.")


_DEAF = "Callers are heard speaking, but not understood; text calls work."
_DUMB = "Callers see the replies as text and hear a soft hum."


def _standing(part: Chosen, otherwise: str, lacks: str) -> Readiness:
    """A part that is there, or what its absence means and what it lacks."""
    return Readiness(False, f"{otherwise} {lacks}".rstrip()) if part.name == STAND_IN else Readiness(True)
