"""A headless Chromium that calls: where it is, what it is started with, and the page with the official client."""

import functools
import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.contract.javascript import node, node_modules

_CONTRACT = Path(__file__).parents[1] / "contract"


def chromium_or_skip() -> str:
    """The browser; `./dev test` finds or installs one."""
    found = os.environ.get("VIVAVOCE_CHROMIUM")
    if not found:
        assert os.environ.get("CI") != "true", "There is no Chromium: run these tests through ./dev test."
        pytest.skip("no Chromium; ./dev test says how to get one")
    return found


class _Quietly(http.server.SimpleHTTPRequestHandler):
    """Serves files without saying so."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def page_with_client(site: Path) -> Iterator[str]:
    """The address of a page with the official client's own bundle, on a port of its own: for the browser another site
    than the server.
    """
    bundle = node_modules() / "@elevenlabs" / "client" / "dist" / "lib.iife.js"
    sources = {"index.html": _CONTRACT / "page.html", "diary.js": _CONTRACT / "diary.js", "client.js": bundle}
    for name, source in sources.items():
        (site / name).write_bytes(source.read_bytes())
    (site / "favicon.ico").touch()
    handler = functools.partial(_Quietly, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def call_from_browser(script: Path, chromium: str, page: str, microphone: Path | str, call: object) -> Any:
    """What a call came to, as the script tells it."""
    command = [node(), script, node_modules(), chromium, page, microphone, json.dumps(call)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
