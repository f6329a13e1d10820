"""The page of events says what the server really sends and takes."""

import re
from pathlib import Path
from typing import get_args

import pytest

from vivavoce.base.errors import Malformed
from vivavoce.engine.commands import ClientEvent
from vivavoce.live.links import wire

PAGE = (Path(__file__).parents[4] / "docs/reference/events.md").read_text("utf-8")
BY_THE_SHELL = {"conversation_initiation_metadata", "ping", "audio", "client_tool_call", "vad_score"}


def listed(section: str) -> set[str]:
    part = PAGE.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) - {"type"}


def test_every_event_that_is_sent_is_listed():
    assert listed("From the server") == {event.wire_name for event in get_args(ClientEvent)} | BY_THE_SHELL


def test_every_event_that_is_listed_is_understood():
    fields = '"text": "x", "event_id": 1, "score": null, "tool_call_id": "x"'
    for kind in listed("From the client"):
        assert wire.decoded(f'{{"type": "{kind}", {fields}}}') is not None, kind


def test_a_type_that_there_is_not_would_be_noticed():
    with pytest.raises(Malformed):
        wire.decoded('{"type": "user_sings"}')
