"""A running server with the example feature, shared by the tests of a module, and a client of it."""

import io

import pytest
from tests.unit.api.example import make_server, served

from vivavoce.api.logs import configure_logs


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="package", autouse=True)
def quiet_logs():
    """Logs as in production, read by nobody."""
    configure_logs(stream=io.StringIO())


@pytest.fixture(scope="module")
async def client():
    async with served(make_server()) as client:
        client.headers["xi-api-key"] = "key_a"
        yield client
