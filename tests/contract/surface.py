"""The contract's operations, read from the pinned official Python SDK.

Every `raw_client.py` of the package holds one method for each HTTP operation. Its source says method and path; its
return annotation says what a success looks like. Sources are parsed, nothing is called; a response type is looked up
when somebody asks for it, because importing all of the package takes ten seconds.
"""

import ast
import importlib
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "elevenlabs"

# What an agents client calls outside of /v1/convai; the rest of the package is about media production.
ACCOUNT = ("workspace", "workspaces", "webhooks", "service_accounts", "user", "usage", "tokens")
SPEECH = (
    "voices",
    "samples",
    "models",
    "text_to_speech",
    "speech_to_text",
    "pronunciation_dictionaries",
    "speech_engine",
    "text_to_dialogue",
    "history",
    "audio_effects",
)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One HTTP operation of the contract."""

    method: str
    path: str
    module: str
    client: str
    function: str

    @property
    def name(self) -> str:
        """As people write it: `GET /v1/convai/agents/{agent_id}`."""
        return f"{self.method} {self.path}"

    @property
    def key(self) -> Key:
        """The same for every spelling of the parameters' names."""
        return self.method, normal(self.path)

    @property
    def tier(self) -> str:
        """core, account, speech, or other (out of scope)."""
        group = self.module.split(".")[1]
        if self.path.startswith("/v1/convai/"):
            return "core"
        return "account" if group in ACCOUNT else "speech" if group in SPEECH else "other"

    @property
    def sdk_name(self) -> str:
        """Where the SDK has it: `conversational_ai.agents.get`."""
        return ".".join([*self.module.split(".")[1:-1], self.function])

    def response_type(self) -> object:
        """The SDK's type of a success; `bytes` for streams, None for nothing."""
        return _response_type(self.module, self.client, self.function)


def normal(path: str) -> str:
    """A path whose parameters have no names."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def contract_version() -> str:
    """Which contract this is."""
    return f"{PACKAGE} {version(PACKAGE)}"


@cache
def operations() -> dict[Key, Operation]:
    """Every operation in scope, by method and path."""
    found = [operation for operation in _all_operations() if operation.tier != "other"]
    return {operation.key: operation for operation in sorted(found, key=lambda each: (each.path, each.method))}


def core_operations() -> list[Operation]:
    """Everything below /v1/convai."""
    return [operation for operation in operations().values() if operation.tier == "core"]


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a concrete request belongs to; literal segments win over parameters."""
    segments = path.strip("/").split("/")
    fitting = [each for each in operations().values() if each.method == method and _fits(each.path, segments)]
    return min(fitting, key=lambda each: each.path.count("{"), default=None)


def _fits(template: str, segments: list[str]) -> bool:
    wanted = template.strip("/").split("/")
    return len(wanted) == len(segments) and all(
        bool(segment) if want.startswith("{") else want == segment
        for want, segment in zip(wanted, segments, strict=True)
    )


def _all_operations() -> Iterator[Operation]:
    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    for file in sorted(root.rglob("raw_client.py")):
        module = ".".join([PACKAGE, *file.relative_to(root).with_suffix("").parts])
        yield from _operations_of(module, ast.parse(file.read_text()))


def _operations_of(module: str, tree: ast.Module) -> Iterator[Operation]:
    for client in tree.body:
        if not isinstance(client, ast.ClassDef) or client.name.startswith("Async"):
            continue
        for function in client.body:
            if isinstance(function, ast.FunctionDef) and (request := _request_in(function)):
                yield Operation(*request, module, client.name, function.name)


def _request_in(function: ast.FunctionDef) -> Key | None:
    """Method and path of the first call of `httpx_client.request` or `.stream` in a function."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in ("request", "stream") and ast.unparse(node.func.value).endswith("httpx_client"):
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            return ast.literal_eval(keywords["method"]), _path_of(node.args[0])
    return None


def _path_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return "/" + str(node.value).lstrip("/")
    assert isinstance(node, ast.JoinedStr)
    return "/" + "".join(_part_of(part) for part in node.values).lstrip("/")


def _part_of(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    names = [each.id for each in ast.walk(part) if isinstance(each, ast.Name) and each.id != "jsonable_encoder"]
    return "{" + names[0] + "}"


@cache
def _response_type(module: str, client: str, function: str) -> object:
    method = getattr(getattr(importlib.import_module(module), client), function)
    wrapped = typing.get_type_hints(method)["return"]
    while typing.get_origin(wrapped) is not None and "Iterator" in str(typing.get_origin(wrapped)):
        wrapped = typing.get_args(wrapped)[0]
    answer = typing.get_args(wrapped)[0]
    if "Iterator" in str(typing.get_origin(answer)):
        return bytes
    return None if answer is type(None) else answer
