"""A running server with the example feature, and a client of it."""

import pytest
from tests.unit.api.example import make_server, served


@pytest.fixture
async def client():
    async with served(make_server()) as client:
        client.headers["xi-api-key"] = "key_a"
        yield client
