"""Tools, from their configuration to what the mind and the engine see of them.

The mind is shown what it has to fill in and nothing else: constants, dynamic variables, values that the system
provides and parameters that are left out are taken from the schema here, and put back by the shell that makes the
request. The parts of a webhook's address and query stand beside the fields of its body, as the contract sends them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, cast

from vivavoce.base.json import Body, Json
from vivavoce.engine.plan import EndCall, LanguageDetection, SkipTurn, SystemTool, ToolSpec
from vivavoce.engine.variables import placeholders

Kind = Literal["webhook", "client", "mcp", "code", "integration"]

_KINDS: Mapping[str, Kind] = {
    "webhook": "webhook",
    "client": "client",
    "mcp": "mcp",
    "api_integration_webhook": "integration",
    "code": "code",
}

_EXECUTIONS: Mapping[str, Literal["immediate", "after_speech", "async"]] = {
    "immediate": "immediate",
    "post_tool_speech": "after_speech",
    "async": "async",
}

_OURS = frozenset(
    {
        "dynamic_variable",
        "constant_value",
        "is_system_provided",
        "is_omitted",
        "allowed_values",
        "allowed_values_dynamic_variable",
        "required_constraints",
        "value_type",
    }
)


def system_tools(prompt: Body) -> tuple[SystemTool, ...]:
    """The built-in tools that are switched on, in their slots or, as older clients write them, among the tools."""
    slots: dict[str, Body] = {name: slot for name, slot in prompt["built_in_tools"].items() if isinstance(slot, dict)}
    for tool in prompt["tools"]:
        if tool.get("type") == "system":
            params: Body = tool["params"]
            slots.setdefault(str(params.get("system_tool_type")), tool)
    return tuple(tool for name, slot in slots.items() if (tool := _system_tool(name, slot)))


def _system_tool(name: str, slot: Body) -> SystemTool | None:
    description = slot.get("description") or ""
    match name:
        case "end_call":
            return EndCall(description=description)
        case "skip_turn":
            return SkipTurn(description=description)
        case "language_detection":
            at_start = (slot.get("params") or {}).get("only_at_conversation_start") is True
            return LanguageDetection(description=description, only_at_conversation_start=at_start)
        case _:
            # The engine has no such tool yet; the document keeps it.
            return None


def tools(prompt: Body, records: Mapping[str, Body]) -> tuple[ToolSpec, ...]:
    """The tools that the mind may call: those of the workspace by id, then those written in place.

    A name belongs to the first tool that has it, for a model cannot tell two apart.
    """
    found: dict[str, ToolSpec] = {}
    for spec in _specs(prompt, records):
        found.setdefault(spec.name, spec)
    return tuple(found.values())


def _specs(prompt: Body, records: Mapping[str, Body]) -> Iterator[ToolSpec]:
    for tool_id in prompt["tool_ids"]:
        if tool_id in records and (spec := tool_spec(records[tool_id], tool_id)):
            yield spec
    for config in prompt["tools"]:
        if spec := tool_spec(config):
            yield spec


def tool_spec(config: Body, tool_id: str | None = None) -> ToolSpec | None:
    """One tool; None for a kind that the mind does not call."""
    kind = _KINDS.get(str(config.get("type")))
    if kind is None:
        return None
    return ToolSpec(
        name=config["name"],
        tool_id=tool_id,
        kind=kind,
        description=config.get("description") or "",
        parameters=_parameters(config),
        config=config,
        execution=_EXECUTIONS.get(str(config.get("execution_mode")), "immediate"),
        timeout_seconds=float(config.get("response_timeout_secs") or 20),
        expects_response=kind != "client" or config.get("expects_response") is True,
        forces_pre_tool_speech=config.get("pre_tool_speech") == "force" or config.get("force_pre_tool_speech") is True,
        disables_interruptions=config.get("interruption_mode", "allow") != "allow"
        or config.get("disable_interruptions") is True,
        variables=tuple(dict.fromkeys(_variables(config))),
    )


def _parameters(config: Body) -> Body:
    if config.get("mcp_input_schema"):
        return cast(Body, config["mcp_input_schema"])
    api: Body = config.get("api_schema") or {}
    in_path: Body = api.get("path_params_schema") or {}
    parts: list[Body | None] = [
        {"properties": in_path, "required": list(in_path)},
        api.get("query_params_schema"),
        api.get("request_body_schema"),
        config.get("parameters"),
    ]
    properties: Body = {}
    required: list[str] = []
    for part in parts:
        schema = _schema(part) if part else {}
        properties |= schema.get("properties", {})
        required += schema.get("required", [])
    return {"type": "object", "properties": properties, "required": list(dict.fromkeys(required))}


def _schema(schema: Body) -> Body:
    """A JSON schema of what the mind fills in."""
    plain = {key: value for key, value in schema.items() if key not in _OURS and value not in (None, "")}
    if isinstance(schema.get("properties"), dict):
        asked: Body = {name: part for name, part in schema["properties"].items() if not _is_given(part)}
        plain["properties"] = {name: _schema(part) for name, part in asked.items()}
        plain["required"] = [name for name in schema.get("required") or () if name in asked]
    if isinstance(schema.get("items"), dict):
        plain["items"] = _schema(schema["items"])
    return plain


def _is_given(part: Body) -> bool:
    """Whether somebody else than the mind fills a parameter in."""
    constant = part.get("constant_value")
    return bool(part.get("dynamic_variable") or part.get("is_system_provided") or part.get("is_omitted")) or (
        constant is not None and constant != ""
    )


def _variables(value: Json) -> Iterator[str]:
    """The dynamic variables that a tool's request is made from."""
    match value:
        case str():
            yield from placeholders(value)
        case list():
            yield from _in_all(cast("list[Json]", value))
        case dict():
            body = cast(Body, value)
            for key in ("dynamic_variable", "variable_name", "allowed_values_dynamic_variable"):
                name = body.get(key)
                if isinstance(name, str) and name:
                    yield name
            # What a response is assigned to is written, not read.
            yield from _in_all(inner for key, inner in body.items() if key not in ("assignments", "description"))
        case _:
            return


def _in_all(values: Iterable[Json]) -> Iterator[str]:
    for value in values:
        yield from _variables(value)
