"""JSON schemas as grammars: a model that is held to one can write nothing else.

The grammars are llama.cpp's (GBNF). Properties come in the order of the schema, all of them, so that a small model need
not decide what to leave out; what it does not know it may write as null where the schema or the caller allows that.
What a schema says beyond types, choices and nesting (patterns, limits, references) is checked by whoever reads the
answer.
"""

import json
from collections.abc import Mapping, Sequence

from vivavoce.base.json import Json, is_array, is_object

_DEEPEST = 8
_MOST_RULES = 400
_BASE: Mapping[str, str] = {
    "string": '"\\"" ([^"\\\\\\x00-\\x1f] | "\\\\" ["\\\\/bfnrt])* "\\""',
    "integer": '"-"? ("0" | [1-9] [0-9]*)',
    "number": '"-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)?',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "value": "string | number | boolean | null",
    "date": '"\\"" [0-9] [0-9] [0-9] [0-9] "-" [0-1] [0-9] "-" [0-3] [0-9] "\\""',
}


def of_schema(schema: Mapping[str, Json], *, may_be_null: bool = False) -> str:
    """The grammar of a schema. With `may_be_null` every property may be null, whatever the schema says."""
    return _Rules(may_be_null).text(schema)


class _Rules:
    def __init__(self, may_be_null: bool) -> None:
        self._may_be_null = may_be_null
        self._rules: dict[str, str] = {}

    def text(self, schema: Mapping[str, Json]) -> str:
        """All of it, from the root."""
        root = self._rule(schema, 0)
        named = {"root": root, **self._rules}
        return "\n".join(f"{name} ::= {rule}" for name, rule in named.items()) + "\n"

    def _rule(self, schema: Mapping[str, Json], depth: int) -> str:
        """What a value of this schema may look like."""
        if depth > _DEEPEST or len(self._rules) > _MOST_RULES:
            return self._base("value")
        choices = schema.get("enum")
        if is_array(choices) and choices:
            return " | ".join(_literal(choice) for choice in choices)
        if "const" in schema:
            return _literal(schema["const"])
        for key in ("anyOf", "oneOf"):
            if is_array(ways := schema.get(key)):
                rules = [self._named(each, depth) for each in ways if is_object(each)]
                return " | ".join(dict.fromkeys(rules)) or self._base("value")
        kinds = schema.get("type", "object" if "properties" in schema else None)
        listed = [str(kind) for kind in kinds] if is_array(kinds) else [str(kinds)]
        return " | ".join(dict.fromkeys(self._kind(kind, schema, depth) for kind in listed))

    def _kind(self, kind: str, schema: Mapping[str, Json], depth: int) -> str:
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            items = schema.get("items")
            each = self._named(items if is_object(items) else {}, depth)
            return f'"[" ({each} (", " {each})*)? "]"'
        if kind == "string" and schema.get("format") == "date":
            return self._base("date")
        return self._base(kind if kind in _BASE else "value")

    def _object(self, schema: Mapping[str, Json], depth: int) -> str:
        properties = schema.get("properties")
        known = [(name, each) for name, each in properties.items() if is_object(each)] if is_object(properties) else []
        if not known:
            return '"{}"'
        return '"{" ' + ' ", " '.join(self._property(name, each, depth) for name, each in known) + ' "}"'

    def _property(self, name: str, schema: Mapping[str, Json], depth: int) -> str:
        value = self._named(schema, depth)
        if self._may_be_null:
            value = f"({value} | {self._base('null')})"
        return f'{_literal(name)} ": " {value}'

    def _named(self, schema: Mapping[str, Json], depth: int) -> str:
        """A rule of its own for it, by its name."""
        rule = self._rule(schema, depth + 1)
        if rule in _BASE:
            return rule
        found = next((name for name, known in self._rules.items() if known == rule), None)
        if found is None:
            found = f"r{len(self._rules)}"
            self._rules[found] = rule
        return found

    def _base(self, name: str) -> str:
        self._rules[name] = _BASE[name]
        if name == "value":
            for part in ("string", "number", "boolean", "null"):
                self._rules[part] = _BASE[part]
        return name


def _literal(value: Json) -> str:
    """A value, written just so."""
    text = json.dumps(value, ensure_ascii=False)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def described(properties: Sequence[tuple[str, Mapping[str, Json]]]) -> str:
    """The properties, for the prompt: one per line, with what is said of them."""
    return "\n".join(f"- {name}: {_about(each)}" for name, each in properties)


def _about(schema: Mapping[str, Json]) -> str:
    kind = schema.get("type", "")
    kinds = [str(each) for each in kind if each != "null"] if is_array(kind) else [str(kind)]
    choices = schema.get("enum")
    one_of = f", one of {', '.join(json.dumps(each) for each in choices)}" if is_array(choices) else ""
    return f"{schema.get('description') or '/'.join(kinds)}{one_of}"
