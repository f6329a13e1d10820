"""What the settings say about providers, and whether that makes sense.

    tables       role -> name -> options; `kind` names the provider's module where the table's own name does not
    ear, voice   the name of a table or of a provider, or `auto`: the first table there is, else what this machine can
                 do by itself, else the stand-in
    turn         the same, but nothing stands in: silence alone decides then
    embedding    the same; hashed words stand in
    moderation   the same; a list of words stands in
    voice_ids    voice id -> id of a voice here
    model_rules  pattern of models' names -> model that answers for them

`voice` is who speaks by default; the other configured voices, and what this machine can do by itself, are there too.

Only the modules that are named are imported, so that settings can be checked by every command.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from typing import Any

from vivavoce.base.frozen import frozen
from vivavoce.providers import registry
from vivavoce.providers.registry import Options, Outside, Provider, ProviderProblem, Role

AUTO = "auto"
SCRIPTED = "scripted"
DETERMINISTIC = "deterministic"
LOCAL = "local"
BUILT_IN = ("custom_llm", LOCAL, DETERMINISTIC, SCRIPTED)
"""Minds that need no setting; the first that has a model here stands in for what nobody offers."""
STAND_IN = "stand_in"
NONE = "none"
HASHED = "hashed"
LOUDNESS = "loudness"
MULTILINGUAL = "use_multilingual"
WORD_LIST = "word_list"
FOUND = "openai_chat"
"""What servers that are found speak."""
ALSO_VOICES = ("kokoro",)
"""Voices that are there beside the others if their model is here; nobody waits for them ahead of time."""
BY_ITSELF: Mapping[str, str] = {
    "ear": "whisper",
    "voice": "hibari",
    "turn": "smart_turn",
    "embedding": "minilm",
    "moderation": WORD_LIST,
}
"""What needs no key and no network, if its model is here."""

Tables = Mapping[str, Mapping[str, Mapping[str, Any]]]


@frozen
class Choices:
    """What the settings say."""

    tables: Tables = field(default_factory=dict[str, Mapping[str, Mapping[str, Any]]])
    ear: str = AUTO
    ear_backups: Sequence[str] = ()
    """Who hears when that ear breaks, in this order."""
    voice: str = AUTO
    voice_backups: Sequence[str] = ()
    """Who speaks when a voice breaks, in this order."""
    activity: str = "silero"
    turn: str = AUTO
    voice_ids: Mapping[str, str] = field(default_factory=dict[str, str])
    embedding: str = AUTO
    moderation: str = AUTO
    fallback_model: str | None = None
    backup_models: Sequence[str] = ()
    model_rules: Mapping[str, str] = field(default_factory=dict[str, str])
    discover_minds: Sequence[str] = ()
    hedge_after_seconds: float | None = None


@frozen
class Chosen:
    """A provider by its name here, with its options, checked."""

    name: str
    provider: Provider[Any]
    options: Options

    def models(self) -> Sequence[str]:
        """The models it offers, if it is a mind."""
        return getattr(self.options, "models", ())

    def family(self) -> Sequence[str]:
        """Patterns of its vendor's models, if it is a vendor's."""
        return getattr(self.options, "family", ())

    def answers_to(self, model: str) -> bool:
        """Whether it has this model."""
        return model in self.models() or any(fnmatchcase(model, pattern) for pattern in self.family())


def check(choices: Choices) -> None:
    """Refuse, with a `ProviderProblem`, what cannot be assembled."""
    for role, tables in choices.tables.items():
        if role not in registry.ROLES:
            raise ProviderProblem(f"there is no kind of provider {role!r}; there are {', '.join(registry.ROLES)}")
        for name, given in tables.items():
            registry.options_of(role, name, given)
    _check_named(choices, "ear", choices.ear)
    _check_named(choices, "voice", choices.voice)
    for name in choices.ear_backups:
        _chosen(choices, "ear", name)
    for name in choices.voice_backups:
        _chosen(choices, "voice", name)
    _check_named(choices, "turn", choices.turn)
    if choices.embedding != AUTO:
        _chosen(choices, "embedding", choices.embedding)
    if choices.moderation != AUTO:
        _chosen(choices, "moderation", choices.moderation)
    _chosen(choices, "activity", choices.activity)
    minds = list(languages(choices))
    offered = [model for mind in minds for model in mind.models()]
    backups: Sequence[str] = () if list(choices.backup_models) == [AUTO] else choices.backup_models
    for model in filter(None, [choices.fallback_model, *backups]):
        if not any(mind.answers_to(model) for mind in minds):
            raise ProviderProblem(f"no provider offers the model {model!r}; there are {', '.join(offered)}")


def _check_named(choices: Choices, role: Role, wanted: str) -> None:
    if wanted not in (AUTO, NONE):
        _chosen(choices, role, wanted)


def languages(choices: Choices) -> Iterator[Chosen]:
    """The configured minds, and after them what needs no setting: agents' own servers, the small model of this
    machine, the deterministic mind and the scripted one."""
    tables = choices.tables.get("language", {})
    for name in [*tables, *(name for name in BUILT_IN if name not in tables)]:
        yield _chosen(choices, "language", name)


def minds(choices: Choices, outside: Outside) -> Sequence[Chosen]:
    """Those of them that this machine has what they need for."""
    return [each for each in languages(choices) if not _lacks(each, outside)]


def lacking_minds(choices: Choices, outside: Outside) -> str:
    """What is missing for minds that the settings name."""
    named = choices.tables.get("language", {})
    return " ".join(lacks for name in named if (lacks := _lacks(_chosen(choices, "language", name), outside)))


def ear(choices: Choices, outside: Outside) -> Chosen:
    """The ear."""
    return _resolved(choices, "ear", choices.ear, outside) or _chosen(choices, "ear", STAND_IN)


def ears(choices: Choices, outside: Outside) -> Sequence[Chosen]:
    """The ear, and those behind it, as far as they can be had here. What only stands in does so for all of them."""
    first = ear(choices, outside)
    behind = [_chosen(choices, "ear", name) for name in dict.fromkeys(choices.ear_backups) if name != first.name]
    here = [each for each in behind if not _lacks(each, outside)]
    return here if here and first.name == STAND_IN else [first, *here]


def voice(choices: Choices, outside: Outside) -> Chosen:
    """The voice."""
    return _resolved(choices, "voice", choices.voice, outside) or _chosen(choices, "voice", STAND_IN)


def voices(choices: Choices, outside: Outside) -> Sequence[Chosen]:
    """Every voice provider: the default one, the other configured ones, what needs no configuration."""
    first = voice(choices, outside)
    names = dict.fromkeys([*choices.tables.get("voice", {}), *choices.voice_backups, BY_ITSELF["voice"], *ALSO_VOICES])
    more = [_chosen(choices, "voice", name) for name in names if name != first.name]
    return [first, *(each for each in more if not _lacks(each, outside))]


def turn(choices: Choices, outside: Outside) -> Chosen | None:
    """The judge of turns, if there is one."""
    return _resolved(choices, "turn", choices.turn, outside)


def embedding(choices: Choices, outside: Outside) -> Chosen:
    """Meaning: what was asked for, else what this machine has a model for."""
    wanted = _resolved(choices, "embedding", choices.embedding, outside)
    if wanted is None and choices.embedding == AUTO:
        wanted = _resolved(choices, "embedding", MULTILINGUAL, outside)
    return wanted or _chosen(choices, "embedding", HASHED)


def embedding_kind(choices: Choices) -> str:
    """The kind of embedder that the settings name; nothing where they leave it open."""
    tables = choices.tables.get("embedding", {})
    name = next(iter(tables), "") if choices.embedding == AUTO else choices.embedding
    return str(tables.get(name, {}).get("kind", name))


def moderation(choices: Choices, outside: Outside) -> Chosen:
    """Moderation."""
    return _resolved(choices, "moderation", choices.moderation, outside) or _chosen(choices, "moderation", WORD_LIST)


def activity(choices: Choices, outside: Outside) -> Chosen:
    """Voice activity. Loudness needs nothing."""
    return _resolved(choices, "activity", choices.activity, outside) or _chosen(choices, "activity", LOUDNESS)


def of(choices: Choices, role: Role, name: str) -> Chosen:
    """A provider by its name here, or by its own; a `ProviderProblem` if there is none."""
    return _chosen(choices, role, name)


def lacks(one: Chosen, outside: Outside) -> str:
    """What one of them cannot do without and this machine does not have, in a sentence; else nothing."""
    return _lacks(one, outside)


def _resolved(choices: Choices, role: Role, wanted: str, outside: Outside) -> Chosen | None:
    """What was asked for, or what can be had without asking. None if it lacks something here."""
    if wanted == NONE:
        return None
    chosen = _wanted(choices, role, wanted)
    return None if _lacks(chosen, outside) else chosen


def lacking(choices: Choices, role: Role, wanted: str, outside: Outside) -> str:
    """What is missing for what was asked for, or for what would be had without asking."""
    if wanted == NONE:
        return ""
    return _lacks(_wanted(choices, role, wanted), outside)


def _lacks(chosen: Chosen, outside: Outside) -> str:
    unusable = outside.unusable.get((chosen.provider.role, chosen.name), "")
    return chosen.provider.lacks(chosen.options, outside) or unusable


def missing_models(choices: Choices, outside: Outside) -> Sequence[str]:
    """The local models that would be used and that are not on this machine, those that calls by voice need first."""
    asked: Mapping[Role, str] = {
        "turn": choices.turn,
        "ear": choices.ear,
        "voice": choices.voice,
        "embedding": choices.embedding,
    }
    wanted = [_wanted(choices, role, name) for role, name in asked.items() if name != NONE]
    wanted += [_chosen(choices, "ear", name) for name in choices.ear_backups]
    wanted += [_chosen(choices, "voice", name) for name in choices.voice_backups]
    named = [_chosen(choices, "language", name) for name in choices.tables.get("language", {})]
    wanted += [each for each in named if _lacks(each, outside)]
    needed = [model for each in wanted for model in each.provider.needs(each.options)]
    return [model for model in dict.fromkeys(needed) if outside.model_place(model) is None]


def _wanted(choices: Choices, role: Role, wanted: str) -> Chosen:
    name = next(iter(choices.tables.get(role, {})), BY_ITSELF[role]) if wanted == AUTO else wanted
    return _chosen(choices, role, name)


def _chosen(choices: Choices, role: Role, name: str) -> Chosen:
    return Chosen(name, *registry.options_of(role, name, choices.tables.get(role, {}).get(name, {})))
