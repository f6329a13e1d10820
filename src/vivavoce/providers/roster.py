"""Who is there for each role, in which order they are asked, and what the others lack.

    first      who does it now
    steps_in   who takes over when those before it break
    also       asked by name: a mind for its models, a voice for its own voices
    waits      named in the settings, or could do it by itself, and lacks something here

What calls do follows from the same choices (`choices`); this says it to people. Options are shown as they stand in the
settings but for what may be a secret: those are only named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.providers import choices as chosen
from vivavoce.providers.choices import BUILT_IN, BY_ITSELF, FOUND, HASHED, NONE, STAND_IN, WORD_LIST, Choices, Chosen
from vivavoce.providers.discovery import FoundServer
from vivavoce.providers.minds import AllMinds
from vivavoce.providers.registry import Options, Outside, Role

Place = Literal["first", "steps_in", "also", "waits"]

_STANDS_IN = frozenset({STAND_IN, HASHED, WORD_LIST})


@frozen
class Seat:
    """A provider in its role."""

    role: Role
    name: str
    kind: str
    summary: str
    place: Place
    is_configured: bool
    """Whether it has a table in the settings."""
    stands_in: bool
    """Whether it is there only because nobody else is."""
    lacks: str
    needs: Sequence[str]
    """The local models that it uses if they are here."""
    options: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """What the settings say of it, without what is secret."""
    secrets: Sequence[str] = ()
    """The options that are set and shown to nobody."""


def roster(choices: Choices, outside: Outside, minds: AllMinds) -> Sequence[Seat]:
    """Everybody, role by role."""
    return [
        *_minds(choices, outside, minds),
        *_seated(choices, outside, "ear", chosen.ears(choices, outside)),
        *_voices(choices, outside),
        *_seated(choices, outside, "turn", _some(chosen.turn(choices, outside))),
        *_seated(choices, outside, "activity", [chosen.activity(choices, outside)]),
        *_seated(choices, outside, "embedding", [chosen.embedding(choices, outside)]),
        *_seated(choices, outside, "moderation", [chosen.moderation(choices, outside)]),
    ]


def _some(one: Chosen | None) -> Sequence[Chosen]:
    return [] if one is None else [one]


def _minds(choices: Choices, outside: Outside, minds: AllMinds) -> Iterator[Seat]:
    """First is who answers for models that nobody has; the backups step in for agents that do not say otherwise."""
    backups = dict.fromkeys(minds.resolve(model).mind.provider for model in minds.rules.backups)
    places: dict[str, Place] = {**dict.fromkeys(backups, "steps_in"), minds.stand_in.mind.provider: "first"}
    configured = [_seat(choices, outside, each, "also") for each in chosen.languages(choices)]
    there = {each.name for each in configured}
    found = [_found_seat(each) for each in minds.discovery.found.values() if each.name not in there]
    seats = {each.name: each for each in [*configured, *found]}
    # As they are asked: the settings, what was found, what is built in.
    for provider in (mind.provider for mind in minds.all()):
        if (seat := seats.get(provider)) is not None:
            yield replace(seat, place=places.get(provider, "also"))
    yield from (replace(each, place="waits") for each in configured if each.lacks)


def _found_seat(server: FoundServer) -> Seat:
    return Seat(
        role="language",
        name=server.name,
        kind=FOUND,
        summary="A server of models on this machine, found by itself.",
        place="also",
        is_configured=False,
        stands_in=False,
        lacks="",
        needs=(),
        options={"base_url": server.base_url, "models": list(server.models)},
    )


def _voices(choices: Choices, outside: Outside) -> Iterator[Seat]:
    """A voice steps in if the settings say so; the others are there for those who ask for their voices."""
    first, *more = chosen.voices(choices, outside)
    backups = {name: each for name in choices.voice_backups for each in more if each.name == name}
    yield _seat(choices, outside, first, "first")
    yield from (_seat(choices, outside, each, "steps_in") for each in backups.values())
    yield from (_seat(choices, outside, each, "also") for each in more if each.name not in backups)
    yield from _waiting(choices, outside, "voice", [first, *more])


def _seated(choices: Choices, outside: Outside, role: Role, found: Sequence[Chosen]) -> Iterator[Seat]:
    for number, each in enumerate(found):
        yield _seat(choices, outside, each, "steps_in" if number else "first")
    yield from _waiting(choices, outside, role, found)


def _waiting(choices: Choices, outside: Outside, role: Role, seated: Sequence[Chosen]) -> Iterator[Seat]:
    """Who was named, or would do it by itself, and is not there."""
    there = {each.name for each in seated}
    for name in dict.fromkeys([*choices.tables.get(role, {}), *_named(choices, role)]):
        if name not in there:
            yield _seat(choices, outside, chosen.of(choices, role, name), "waits")


def _named(choices: Choices, role: Role) -> Sequence[str]:
    asked: Mapping[str, Sequence[str]] = {
        "ear": (choices.ear, *choices.ear_backups),
        "voice": (choices.voice, *choices.voice_backups),
        "turn": (choices.turn,),
        "embedding": (choices.embedding,),
        "moderation": (choices.moderation,),
    }
    words = asked.get(role, ())
    if NONE in words:
        return ()
    by_itself = [BY_ITSELF[role]] if role in BY_ITSELF else []
    return [*(word for word in words if word != chosen.AUTO), *by_itself]


def _seat(choices: Choices, outside: Outside, one: Chosen, place: Place) -> Seat:
    role = one.provider.role
    table = choices.tables.get(role, {})
    return Seat(
        role=role,
        name=one.name,
        kind=str(table.get(one.name, {}).get("kind", one.name)),
        summary=one.provider.summary,
        place=place,
        is_configured=one.name in table,
        stands_in=one.name in (BUILT_IN if role == "language" else _STANDS_IN),
        lacks=chosen.lacks(one, outside),
        needs=one.provider.needs(one.options),
        options=shown(one.options),
        secrets=hidden(one.options),
    )


def shown(options: Options) -> Mapping[str, Json]:
    """The options that were set and that anybody who may see the settings may see."""
    return {
        name: _without_credentials(getattr(options, name))
        for name, option in type(options).model_fields.items()
        if name in options.model_fields_set and not is_secret(option)
    }


def hidden(options: Options) -> Sequence[str]:
    """The options that were set and are shown to nobody."""
    fields = type(options).model_fields
    return [name for name, option in fields.items() if name in options.model_fields_set and is_secret(option)]


def is_secret(option: FieldInfo) -> bool:
    """Whether a value may be a secret: a key, headers, or fields of a body that are anybody's guess."""
    kind = str(option.annotation)
    return not option.repr or SecretStr.__name__ in kind or "Any" in kind


def _without_credentials(value: Any) -> Json:
    """A value as JSON; an address without what may stand in it to be let in."""
    if isinstance(value, str):
        return _plain_address(value) if "://" in value else value
    if isinstance(value, Mapping):
        return {str(name): _without_credentials(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_credentials(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    return value if isinstance(value, bool | int | float) or value is None else str(value)


def _plain_address(address: str) -> str:
    url = urlsplit(address)
    host = url.netloc.rpartition("@")[2]
    return f"{url.scheme}://{host}{url.path}"
