"""A real server, and official clients that are watched while they talk to it.

    @pytest.mark.covers("POST /v1/convai/secrets", "GET /v1/convai/secrets")
    def test_a_secret_is_kept(contract): ...

Such a test runs once as it is, and once for each operation that it covers with that operation replaced by a canned
answer of the right type: then it has to fail.
"""

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from tests.contract.calling import CallServer, call_server
from tests.contract.client import Contract
from tests.contract.javascript import JavaScriptReader
from tests.contract.judge import defects
from tests.contract.report import COVERED, DEFECT, STUBBED
from tests.contract.running import RunningServer, running_server
from tests.contract.surface import Key, normal


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with an empty data folder, on a port of its own."""
    with running_server(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture(scope="session", name="call_server")
def scripted_call_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CallServer]:
    """A whole server whose ear, mind and voice follow a script, for all real-time tests."""
    with call_server(tmp_path_factory.mktemp("calls")) as server:
        yield server


@pytest.fixture(scope="session")
def javascript() -> Iterator[JavaScriptReader]:
    """The JavaScript SDK as a reader of responses."""
    reader = JavaScriptReader()
    yield reader
    reader.close()


@pytest.fixture
def stubbed(request: pytest.FixtureRequest) -> Key | None:
    """The operation that is replaced in this run of a test, if any."""
    key: Key | None = getattr(request, "param", None)
    return key


@pytest.fixture
def contract(
    request: pytest.FixtureRequest, running: RunningServer, javascript: JavaScriptReader, stubbed: Key | None
) -> Iterator[Contract]:
    """The official Python client and a plain one; what the server answers them is judged afterwards."""
    with Contract(running, stubbed) as client:
        yield client
        if stubbed is None:
            names = client.sent_names()
            found = [each for answer in client.answers for each in defects(answer, javascript, names)]
            request.node.user_properties.extend((DEFECT, each) for each in found)
            assert not found, "\n".join(found)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    covered = [_key(name) for mark in metafunc.definition.iter_markers("covers") for name in mark.args]
    if covered:
        names = ["real", *(f"stubbed {method} {path}" for method, path in covered)]
        metafunc.parametrize("stubbed", [None, *covered], ids=names, indirect=True)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, None]:
    """Turns the result of a run with a canned answer around: it has to fail."""
    outcome = yield
    marks = [name for mark in pyfuncitem.iter_markers("covers") for name in mark.args]
    params: dict[str, Any] = getattr(getattr(pyfuncitem, "callspec", None), "params", {})
    key: Key | None = params.get("stubbed")
    if key is None:
        pyfuncitem.user_properties.extend((COVERED, name) for name in marks)
        return
    pyfuncitem.user_properties.extend((STUBBED, name) for name in marks if _key(name) == key)
    if outcome.excinfo is None:
        outcome.force_exception(
            AssertionError(f"The test passes although {' '.join(key)} is a stub: it proves nothing.")
        )
    else:
        outcome.force_result(True)


def _key(name: str) -> Key:
    method, path = name.split(" ")
    return method, normal(path)
