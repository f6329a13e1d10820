"""Older spellings of the agent document, turned into what the contract says now.

Projects, templates and tutorials outlive the contract they were written for. What can be understood is accepted and
stored in today's words, because that is what today's clients read back:

- evaluation criteria and allowed hosts written as plain strings,
- workflow nodes under the names they had at first,
- transfers that name only a phone number,
- `categories` for `tags`,
- path parameters of a tool as a list of named objects.
"""

import re
from collections.abc import Callable, Mapping

from vivavoce.base.json import Body, Json, is_array, is_object

Change = Callable[[Json], Json]

NODE_TYPES = {"dispatch_tool": "tool", "agent_transfer": "standalone_agent", "transfer_to_number": "phone_number"}


def in_todays_words(body: Mapping[str, Json]) -> Body:
    """The same document as the contract spells it today; what was sent is not changed."""
    new: Json = dict(body)
    if "categories" in new:
        categories = new.pop("categories")
        new.setdefault("tags", categories)
    for path, change in _CHANGES:
        new = _changed(new, path, change)
    return new


def _changed(value: Json, path: tuple[str, ...], change: Change) -> Json:
    """`value` with `change` made at every place that `path` names; `*` is every item of a list or a map."""
    if not path:
        return change(value)
    step, *rest = path
    if step == "*":
        return _items_changed(value, tuple(rest), change)
    if not is_object(value) or step not in value:
        return value
    part = value[step]
    new = _changed(part, tuple(rest), change)
    return value if new is part else {**value, step: new}


def _items_changed(value: Json, rest: tuple[str, ...], change: Change) -> Json:
    if is_array(value):
        return [_changed(item, rest, change) for item in value]
    if is_object(value):
        return {key: _changed(item, rest, change) for key, item in value.items()}
    return value


def _criterion(criterion: Json) -> Json:
    if not isinstance(criterion, str):
        return criterion
    slug = re.sub(r"[^a-z0-9]+", "_", criterion.lower()).strip("_") or "criterion"
    return {"id": slug, "name": criterion, "type": "prompt", "conversation_goal_prompt": criterion}


def _host(host: Json) -> Json:
    if not isinstance(host, str):
        return host
    return {"hostname": re.sub(r"^\w+://", "", host).rstrip("/")}


def _node(node: Json) -> Json:
    if not is_object(node) or not isinstance(node.get("type"), str):
        return node
    return _transfer({**node, "type": NODE_TYPES.get(node["type"], node["type"])})


def _transfer(transfer: Json) -> Json:
    if not is_object(transfer) or transfer.get("transfer_destination") or not transfer.get("phone_number"):
        return transfer
    return {**transfer, "transfer_destination": {"type": "phone", "phone_number": transfer["phone_number"]}}


def _path_parameters(schema: Json) -> Json:
    if not is_array(schema) or not all(is_object(parameter) and "id" in parameter for parameter in schema):
        return schema
    return {parameter["id"]: {name: said for name, said in parameter.items() if name != "id"} for parameter in schema}


_PLATFORM = "platform_settings"
_PROMPT = ("conversation_config", "agent", "prompt")
_CHANGES: tuple[tuple[tuple[str, ...], Change], ...] = (
    ((_PLATFORM, "evaluation", "criteria", "*"), _criterion),
    ((_PLATFORM, "auth", "allowlist", "*"), _host),
    ((_PLATFORM, "widget", "markdown_link_allowed_hosts", "*"), _host),
    (("workflow", "nodes", "*"), _node),
    ((*_PROMPT, "built_in_tools", "transfer_to_number", "params", "transfers", "*"), _transfer),
    ((*_PROMPT, "tools", "*", "params", "transfers", "*"), _transfer),
    ((*_PROMPT, "tools", "*", "api_schema", "path_params_schema"), _path_parameters),
)
