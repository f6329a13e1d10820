"""What the browser tests share: the browser, and one server for all of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.calling import CallServer, call_server

BUILT = Path(__file__).parents[2] / "src" / "vivavoce" / "web" / "static"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser; `./dev test` finds or installs one."""
    found = os.environ.get("VIVAVOCE_CHROMIUM")
    if not found:
        assert os.environ.get("CI") != "true", "There is no Chromium: run these tests through ./dev test."
        pytest.skip("no Chromium; ./dev test says how to get one")
    return found


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CallServer]:
    assert (BUILT / "index.html").exists(), "The dashboard is not built: ./dev build"
    with call_server(tmp_path_factory.mktemp("dashboard")) as server:
        yield server
