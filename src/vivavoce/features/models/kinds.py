"""The kinds of providers there are, each with its options as a form shows them, and the lines for the settings file.

A provider is one file with its options model; the reference page, the form in the dashboard and the lines that come
out of it are made from that model, so nothing here knows a vendor.

Providers are configured in the settings and nowhere else (docs/decisions says why). The form checks what was typed the
way the server would at its start, can try it, and shows the lines to put into the file. A key is never in them: it goes
from the page to the trial, and to nobody else.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, cast

from pydantic_core import PydanticUndefined

from vivavoce.base.errors import Invalid
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.providers import registry
from vivavoce.providers.registry import ROLES, Options, Provider, ProviderProblem, Role
from vivavoce.providers.roster import is_secret

Shape = Literal["text", "secret", "number", "whole", "flag", "choice", "list", "table", "json"]

KEY_GOES_HERE = "put it here"
"""In the place of what is secret."""

_SHAPES: Mapping[str, Shape] = {"number": "number", "integer": "whole", "boolean": "flag", "array": "list"}
_STAND_INS = frozenset({"stand_in", "scripted", "deterministic", "custom_llm", "hashed", "loudness"})
"""What needs no settings, or is for tests."""


@frozen
class FormField:
    """One option as a field of a form."""

    name: str
    shape: Shape
    meaning: str
    is_required: bool
    default: Json
    choices: Sequence[str] = ()
    least: float | None = None
    most: float | None = None


@frozen
class Kind:
    """A provider that could be configured."""

    role: Role
    name: str
    summary: str
    can_be_tried_first: bool
    """Whether it can be tried before it stands in the settings."""
    needs: Sequence[str]
    fields: Sequence[FormField]


@cache
def kinds() -> Sequence[Kind]:
    """All of them, role by role."""
    return [
        _kind(role, name, registry.find(role, name))
        for role in ROLES
        for name in registry.names(role)
        if name not in _STAND_INS
    ]


def _kind(role: Role, name: str, provider: Provider[Any]) -> Kind:
    return Kind(role, name, provider.summary, not provider.connects_itself, (), list(_fields(provider.options)))


def _fields(options: type[Options]) -> Iterator[FormField]:
    described: Mapping[str, Body] = options.model_json_schema()["properties"] if options.model_fields else {}
    for name, option in options.model_fields.items():
        schema = _plain(described[name])
        default = option.get_default(call_default_factory=True, validated_data={})
        shape = _shape(schema, secret=is_secret(option))
        yield FormField(
            name=name,
            shape=shape,
            meaning=option.description or "",
            is_required=option.is_required(),
            default=None if default is PydanticUndefined or shape == "secret" else _jsonable(default),
            choices=[str(each) for each in schema.get("enum", ())],
            least=schema.get("minimum", schema.get("exclusiveMinimum")),
            most=schema.get("maximum"),
        )


def _plain(schema: Body) -> Body:
    """The schema of a value that may also be null, without the null."""
    variants = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return {**schema, **variants[0]} if variants else schema


def _shape(schema: Body, *, secret: bool) -> Shape:
    if schema.get("type") == "object":
        of_text = cast(Any, schema.get("additionalProperties") or {})
        plain = isinstance(of_text, dict) and cast(Body, of_text).get("type") == "string"
        return "table" if plain and not secret else "json"
    if secret:
        return "secret"
    return "choice" if "enum" in schema else _SHAPES.get(str(schema.get("type")), "text")


def _jsonable(value: Any) -> Json:
    return json.loads(json.dumps(value, default=lambda each: list(each) if not isinstance(each, str) else str(each)))


# The lines


def checked(role: Role, name: str, given: Body) -> tuple[Provider[Any], Options]:
    """The options as the settings would read them; `Invalid` says which of them is wrong, and never what was typed."""
    try:
        return registry.options_of(role, name, given)
    except ProviderProblem as problem:
        raise Invalid(("body", "options"), problem.message) from None


def lines(role: Role, name: str, given: Body) -> str:
    """A table for the settings file. What is secret is left to be filled in there."""
    provider, _ = checked(role, name, given)
    fields = provider.options.model_fields
    table = [f"[providers.{role}.{_key(name)}]"]
    for option, value in given.items():
        secret = option != "kind" and is_secret(fields[option])
        if value is not None:
            table.append(f"{option} = {_toml(_left_out(value) if secret else value)}")
    return "\n".join(table) + "\n"


def _left_out(value: Json) -> Json:
    return dict.fromkeys(cast(Body, value), KEY_GOES_HERE) if isinstance(value, dict) else KEY_GOES_HERE


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _toml(name)


def _toml(value: Json) -> str:
    """A value on one line. JSON's strings are TOML's, but for one character."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            inner = ", ".join(f"{_key(name)} = {_toml(each)}" for name, each in cast(Body, value).items())
            return f"{{ {inner} }}" if inner else "{}"
        case list():
            return f"[{', '.join(map(_toml, cast(list[Json], value)))}]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return repr(value)
