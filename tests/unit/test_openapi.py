"""The OpenAPI document: what is committed is what this version serves."""

import difflib

import pytest

from vivavoce.api.openapi import committed_document
from vivavoce.app import openapi_text

_SHOWN_LINES = 60


@pytest.fixture(scope="module")
def today() -> str:
    return openapi_text()


def test_the_committed_document_is_todays(today: str):
    committed = committed_document().decode()
    if committed != today:
        changes = list(difflib.unified_diff(committed.splitlines(), today.splitlines(), "committed", "today", n=1))
        pytest.fail(
            "The API changed. If that is meant, run `./dev docs` and commit src/vivavoce/api/openapi.json.\n"
            + "\n".join(changes[:_SHOWN_LINES])
        )


@pytest.mark.unwatched
def test_the_document_is_the_same_every_time(today: str):
    assert openapi_text() == today
