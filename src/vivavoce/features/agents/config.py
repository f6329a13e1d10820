"""Bodies of the agent routes, taken apart: what belongs to the agent, what to the document, what is only a wish.

The document (`config`) of a version holds everything that was sent but the agent's own name and tags: the sections
the contract knows, and the ones it may know tomorrow. What a client merely read and sends back (ids, times, access)
is dropped, so that the answer of a GET can be sent as a PATCH.
"""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from fastapi.exceptions import RequestValidationError

from vivavoce.api.faults import problems
from vivavoce.base.errors import Invalid, quoted
from vivavoce.base.json import Body, Json, is_object, patched
from vivavoce.features.agents.document.body import UNNAMED, Document
from vivavoce.features.agents.document.graph import graph_problems

REPLACED = frozenset({"workflow", "procedures"})
"""Replaced whole by a patch, as the contract has it."""

MAPS: Sequence[Sequence[str]] = (
    ("conversation_config", "language_presets"),
    ("conversation_config", "agent", "text_behavior_overrides"),
    ("conversation_config", "agent", "prompt", "custom_llm", "request_headers"),
    ("platform_settings", "data_collection"),
    ("platform_settings", "data_collection_scopes"),
    ("platform_settings", "widget", "language_presets"),
)
"""Objects whose keys are the caller's own and whose values are never null: a null in a patch takes one of them away."""

_AGENTS_OWN = frozenset({"name", "tags"})

_WISHES = frozenset({"enable_versioning", "enable_versioning_if_not_enabled", "include_draft", "version_description"})

_READ_ONLY = frozenset(
    {
        "access_info",
        "agent_id",
        "branch_id",
        "default_hold_audio_url",
        "main_branch_id",
        "metadata",
        "phone_numbers",
        "version_id",
        "whatsapp_accounts",
    }
)

_NOT_DOCUMENT = _AGENTS_OWN | _WISHES | _READ_ONLY


def config_in(body: Mapping[str, Json]) -> Body:
    """The document in a body. A section that is null is none: its defaults are what is read."""
    return {key: value for key, value in _sections(body).items() if value is not None}


def _sections(body: Mapping[str, Json]) -> Body:
    return {key: value for key, value in body.items() if key not in _NOT_DOCUMENT}


def name_in(body: Mapping[str, Json], otherwise: str = UNNAMED) -> str:
    """The agent's name in a body, if one was sent."""
    name = body.get("name")
    return otherwise if name is None else str(name)


def tags_in(body: Mapping[str, Json], otherwise: Sequence[str] = ()) -> list[str]:
    """The agent's tags in a body, if any were sent."""
    tags = body.get("tags")
    return list(otherwise if tags is None else tags)


def changed(config: Body, body: Mapping[str, Json]) -> Body:
    """A document with a patch laid over it, checked whole: a patch may name one field of an object of many."""
    change = _sections(body)
    if not change:
        return config
    result = config_in(patched(config, change, REPLACED))
    for path in MAPS:
        result = _without_nulls(result, path)
    check_config(result)
    return result


def _without_nulls(config: Body, path: Sequence[str]) -> Body:
    """The document without what is null in one of its maps."""
    if not path:
        return {key: value for key, value in config.items() if value is not None}
    inner: Json = config.get(path[0])
    return {**config, path[0]: _without_nulls(inner, path[1:])} if is_object(inner) else config


def check_config(config: Body) -> None:
    """Refuse a document that is not one, naming every field at fault."""
    faults = problems(Document, config) or graph_problems(config.get("workflow") or {}, place=("body", "workflow"))
    if faults:
        raise RequestValidationError(faults)
    _check_timezone(config)


def _check_timezone(config: Body) -> None:
    match config:
        case {"conversation_config": {"agent": {"prompt": {"timezone": str(name)}}}} if name:
            try:
                ZoneInfo(name)
            except (KeyError, ValueError, OSError):
                place = ("body", "conversation_config", "agent", "prompt", "timezone")
                message = f"There is no time zone {quoted(name)}. Use an IANA name such as Europe/Berlin."
                raise Invalid(place, message, type="timezone") from None
        case _:
            pass
