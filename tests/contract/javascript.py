"""The official JavaScript packages: where they are, and their SDK as an oracle for responses."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

NODE_MODULES = "VIVAVOCE_TEST_NODE_MODULES"


def node_modules() -> Path:
    """The pinned packages; `./dev test` brings them."""
    folder = os.environ.get(NODE_MODULES)
    assert folder, f"{NODE_MODULES} is not set: run these tests through ./dev test, which installs the pinned packages."
    return Path(folder)


def node() -> str:
    """The node that goes with them."""
    found = shutil.which("node")
    assert found, "There is no node on PATH: run these tests through ./dev test, which brings one."
    return found


class Verdict(NamedTuple):
    """What the JavaScript SDK says of a response; it does not know the operations newer than it."""

    known: bool
    problems: list[str]


class JavaScriptReader:
    """A node process that reads responses as the SDK does."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("read_responses.cjs")
        self._process = subprocess.Popen(
            [node(), str(script), str(node_modules())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def read(self, method: str, path: str, body: Any) -> Verdict:
        """Read one response."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"method": method, "path": path, "body": body}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Verdict(answer["known"], answer["problems"])

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
