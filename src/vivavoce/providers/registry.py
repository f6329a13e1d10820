"""The register of providers: which there are, found by their files, each imported when it is first named."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, ValidationError

from vivavoce import providers
from vivavoce.base.errors import Problem
from vivavoce.base.frozen import frozen
from vivavoce.ports.conversion import Conversion, equal_rates
from vivavoce.ports.outbound import Outbound
from vivavoce.ports.references import References
from vivavoce.providers.local.workplace import Here, Workplace

Role = Literal["language", "ear", "activity", "turn", "voice", "embedding", "moderation"]
ROLES: tuple[Role, ...] = ("language", "ear", "activity", "turn", "voice", "embedding", "moderation")

_FOLDERS: Mapping[Role, str] = {
    "language": "language",
    "ear": "speech",
    "activity": "speech",
    "turn": "speech",
    "voice": "voice",
    "embedding": "embedding",
    "moderation": "moderation",
}


class ProviderProblem(Problem):
    """A provider that is named in the settings does not exist, or its options are wrong."""

    status = "settings_invalid"


class Options(BaseModel):
    """The options of a provider. Each has its sentence; one that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


OptionsT = TypeVar("OptionsT", bound=Options)


def _no_models(_: str) -> None:
    return None


def _nothing(*_: object) -> str:
    return ""


def _no_needs(*_: object) -> Sequence[str]:
    return ()


@frozen
class Outside:
    """What a provider may use of the world."""

    configured: Outbound
    """The way to addresses that stand in the settings."""
    chosen: Outbound
    """The way to addresses that users choose: never into the machine or its networks."""
    references: References
    model_place: Callable[[str], Path | None] = _no_models
    """The folder of a local model, if it is on this machine."""
    conversion: Conversion = equal_rates
    """Between the rates of ears and voices that stand in for one another."""
    models: Workplace = field(default_factory=Here)
    """Where local models are computed."""
    embedding: str = ""
    """The kind of embedder that the settings name, for whoever has one of its own; nothing where they leave it open."""
    unusable: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """Providers, by role and name, that could not be loaded here, and the sentence that says so."""


@runtime_checkable
class Warmable(Protocol):
    """A provider with something to load. It loads by itself at the first need; being warm before that is quicker."""

    async def warm(self) -> None:
        """Load it, and use it once."""
        ...


@runtime_checkable
class Closable(Protocol):
    """A provider with threads or connections of its own."""

    async def close(self) -> None:
        """Let them go."""
        ...


@frozen
class Provider(Generic[OptionsT]):
    """What a provider's module says of it."""

    role: Role
    summary: str
    options: type[OptionsT]
    make: Callable[[OptionsT, Outside], Any]
    """The provider itself, as the port of its role wants it."""
    lacks: Callable[[OptionsT, Outside], str] = _nothing
    """What it cannot do without and this machine does not have, in a sentence with the remedy; else nothing."""
    needs: Callable[[OptionsT], Sequence[str]] = _no_needs
    """The local models that it uses if they are here."""
    connects_itself: bool = False
    """Whether it opens connections of its own, to which the rules of the way out do not apply."""


def names(role: Role) -> list[str]:
    """Every provider of this role."""
    return [name for name in _files(role) if _load(role, name).role == role]


def find(role: Role, name: str) -> Provider[Any]:
    """The provider of this name; a `ProviderProblem` lists those there are."""
    if name in _files(role) and (found := _load(role, name)).role == role:
        return found
    raise ProviderProblem(f"there is no {role} provider {name!r}; there are {', '.join(names(role))}")


def options_of(role: Role, name: str, given: Mapping[str, Any]) -> tuple[Provider[Any], Options]:
    """The provider that a table of options is for, and the options, checked. `kind` names the provider where the
    table's own name is not it."""
    provider = find(role, str(given.get("kind", name)))
    try:
        return provider, provider.options.model_validate({key: value for key, value in given.items() if key != "kind"})
    except ValidationError as error:
        complaints = "; ".join(
            ".".join(str(part) for part in each["loc"]) + ": " + each["msg"].removeprefix("Value error, ")
            for each in error.errors()
        )
        raise ProviderProblem(f"{role}.{name}.{complaints}") from None


def _files(role: Role) -> Sequence[str]:
    return _files_in(tuple(f"{path}/{_FOLDERS[role]}" for path in providers.__path__))


@cache
def _files_in(folders: tuple[str, ...]) -> Sequence[str]:
    """Looked up once: whoever asks how a server stands asks for all of them."""
    return sorted(module.name for module in pkgutil.iter_modules(folders) if not module.name.startswith("_"))


def _load(role: Role, name: str) -> Provider[Any]:
    return import_module(f"vivavoce.providers.{_FOLDERS[role]}.{name}").PROVIDER
