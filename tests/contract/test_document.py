"""The wire models of the agent document against the vendor's OpenAPI document: names, defaults, limits.

Where we differ on purpose, the reason stands here.
"""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo
from tests.contract import differing as differing_documents
from tests.contract import strict
from tests.contract.cli import openapi
from tests.contract.surface import operations

from vivavoce.api.faults import problems
from vivavoce.api.schema import OneOf, Wire
from vivavoce.features.agents.document.body import AgentCreate, Document
from vivavoce.features.agents.document.defaults import with_defaults

ON_PURPOSE = {
    "description": "a system tool in its own slot describes itself; sent without one it gets an empty one",
    "feedback": "our own words for a guardrail's feedback",
    "items": "the same default, said with fewer fields",
    "name": "a system tool's slot names the tool",
    "params": "a system tool's slot knows its parameters; old tools are open",
    "prompt": "an expression names a schema or, as older clients do, a prompt",
    "property_kind": "follows from the type",
    "transfer_destination": "older clients name a phone number only",
    "transfers": "a transfer tool may be turned on before it has somewhere to go",
    "value_schema": "an expression names a schema or, as older clients do, a prompt",
}

LIMITS = {
    Ge: "minimum",
    Gt: "exclusiveMinimum",
    Le: "maximum",
    Lt: "exclusiveMaximum",
}

ROOTS = {
    "conversation_config": "ConversationalConfigAPIModel-Input",
    "platform_settings": "AgentPlatformSettingsRequestModel",
    "workflow": "AgentWorkflowRequestModel",
}


@pytest.mark.parametrize("section", ROOTS)
def test_a_section_says_what_the_contract_says(section):
    model = Document.model_fields[section].annotation
    assert isinstance(model, type)
    assert sorted(set(differences(named(ROOTS[section]), model, section, set()))) == []


@pytest.mark.parametrize("words", ["of today", "of tomorrow"])
def test_a_document_in_which_everything_differs_is_good_and_can_be_read(words, javascript, monkeypatch):
    if words == "of tomorrow":
        monkeypatch.setattr(differing_documents, "known_words", lambda info: [])
    sent = differing_documents.differing(Document)
    assert problems(AgentCreate, sent) == []
    about = {"agent_id": "agent_1", "name": "Ada", "tags": [], "version_id": "v", "branch_id": "b", "procedures": {}}
    times = {"created_at_unix_secs": 1, "updated_at_unix_secs": 1}
    read = {**with_defaults(sent), **about, "metadata": times, "phone_numbers": [], "whatsapp_accounts": []}
    operation = operations()["GET", "/v1/convai/agents/{}"]
    assert strict.defects(operation.response_type(), read) == []
    assert javascript.read(operation.method, operation.path, read).problems == []


def named(name: str) -> Any:
    """A schema by its name; a few are referred to by a name that they do not have."""
    schemas = openapi()["components"]["schemas"]
    return schemas.get(name) or schemas[name.removesuffix("-Input")]


def resolved(schema: Any) -> Any:
    """What a reference leads to."""
    return named(schema["$ref"].rpartition("/")[2]) if "$ref" in schema else schema


def differences(schema: Any, model: type[Wire], place: str, seen: set[tuple[str, type[Wire]]]) -> Iterator[str]:
    """Where a model says something else than a schema."""
    key = (schema.get("title", ""), model)
    if key in seen:
        return
    seen.add(key)
    model.model_rebuild()
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    for name, part in schema.get("properties", {}).items():
        here = f"{place}.{name}"
        if name in ON_PURPOSE:
            continue
        if name not in fields:
            yield f"{here} is absent"
            continue
        info = fields[name]
        yield from of_field(part, info, name in schema.get("required", ()), here)
        yield from below(part, info, here, seen)


def of_field(schema: Any, info: FieldInfo, required: bool, here: str) -> Iterator[str]:
    """What is wrong with a field itself."""
    if required != info.is_required() and "const" not in schema and "default" not in schema:
        yield f"{here} is {'not ' if required else ''}required"
    if not info.is_required() and schema.get("default", info.default) != info.default and info.default_factory is None:
        yield f"{here} is {info.default!r}, not {schema['default']!r}"
    ours, theirs = set(limits_of(info)), set(published_limits(schema))
    if ours != theirs:
        yield f"{here} has limits {ours}, not {theirs}"


def limits_of(info: FieldInfo) -> Iterator[tuple[str, Any]]:
    for part in info.metadata:
        for kind, name in LIMITS.items():
            if isinstance(part, kind):
                yield name, next(iter(vars(part).values()), None) if hasattr(part, "__dict__") else value_of(part)
        if isinstance(part, MinLen) and part.min_length:
            yield "least", part.min_length
        if isinstance(part, MaxLen):
            yield "most", part.max_length


def value_of(limit: Any) -> Any:
    return next(getattr(limit, name) for name in ("ge", "gt", "le", "lt") if hasattr(limit, name))


def published_limits(schema: Any) -> Iterator[tuple[str, Any]]:
    variants = [each for each in schema.get("anyOf", ()) if each.get("type") not in (None, "null")]
    said = variants[0] if len(variants) == 1 else schema
    for name in LIMITS.values():
        if name in said:
            yield name, said[name]
    for name in ("minLength", "minItems", "minProperties"):
        if said.get(name):
            yield "least", said[name]
    for name in ("maxLength", "maxItems"):
        if name in said:
            yield "most", said[name]


def below(schema: Any, info: FieldInfo, here: str, seen: set[Any]) -> Iterator[str]:
    """Differences inside a field."""
    hint: Any = Annotated[(info.annotation, *info.metadata, None)]
    for inner, model in pairs(schema, hint):
        yield from differences(inner, model, here, seen)


def pairs(schema: Any, hint: Any) -> Iterator[tuple[Any, type[Wire]]]:
    """Schemas and the models that stand for them."""
    schema = resolved(schema)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated and (union := next((each for each in args[1:] if isinstance(each, OneOf)), None)):
        yield from pairs_of_union(schema, union)
    elif origin is Annotated:
        yield from pairs(schema, args[0])
    elif origin in (Union, UnionType):
        yield from pairs_of_optional(schema, [each for each in args if each is not NoneType])
    elif origin is list and "items" in schema:
        yield from pairs(schema["items"], args[0])
    elif origin is dict and isinstance(schema.get("additionalProperties"), dict):
        yield from pairs(schema["additionalProperties"], args[1])
    elif isinstance(hint, type) and issubclass(hint, Wire) and "properties" in schema:
        yield schema, hint


def pairs_of_optional(schema: Any, hints: list[Any]) -> Iterator[tuple[Any, type[Wire]]]:
    variants = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    if len(hints) == 1 and len(variants) == 1:
        yield from pairs(variants[0], hints[0])


def pairs_of_union(schema: Any, union: OneOf) -> Iterator[tuple[Any, type[Wire]]]:
    variants = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    mapping = variants[0].get("discriminator", {}).get("mapping", {})
    for tag, reference in mapping.items():
        assert tag in union.models or tag == "llm", tag
        if tag in union.models and "properties" in (inner := resolved({"$ref": reference})):
            yield inner, union.models[tag]
