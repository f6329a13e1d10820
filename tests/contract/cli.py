"""The official command line client: its program, and the OpenAPI document that it prints."""

import json
import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.contract.javascript import node_modules


def program() -> Path:
    """The program itself; npm installs the one for this machine."""
    found = sorted(node_modules().glob("@elevenlabs/cli-*/elevenlabs*"))
    assert found, "The official CLI is not among the pinned packages for this machine."
    return found[0]


def run_cli(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with a home of its own and nothing of this machine's settings."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "NO_COLOR": "1", **environment}
    return subprocess.run(
        [program(), *arguments], cwd=folder, env=variables, capture_output=True, text=True, timeout=60, check=False
    )


@cache
def openapi() -> Any:
    """The vendor's OpenAPI document."""
    printed = subprocess.run([program(), "--spec-raw"], capture_output=True, text=True, check=True)
    return json.loads(printed.stdout)


@cache
def published_names() -> frozenset[str]:
    """Every name of a property in that document."""
    return frozenset(name for schema in openapi()["components"]["schemas"].values() for name in _properties(schema))


def _properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else ()
        for inner in schema.values():
            yield from _properties(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _properties(inner)
