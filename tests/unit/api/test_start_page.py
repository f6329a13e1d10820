"""The start page's script: which token in its address becomes which request."""

import json
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from tests.contract.javascript import node

SCRIPT = files("vivavoce.api.start_page") / "page.js"
LIST = "GET /v1/convai/agents?page_size=100"


@pytest.mark.parametrize(
    ("search", "asked"),
    [
        ("", ["GET /v1/vivavoce/session", LIST]),
        ("?login=l1", ["now at /", 'POST /v1/vivavoce/session {"login_token":"l1"}', LIST]),
        ("?invite=i1", ["now at /", 'POST /v1/vivavoce/invites/accept {"invite_token":"i1"}', LIST]),
        ("?next=http://elsewhere", ["GET /v1/vivavoce/session", LIST]),
    ],
    ids=["nothing", "a login link", "an invite", "somewhere to go on to"],
)
def test_a_link_lets_its_holder_in_and_leads_nowhere_else(search: str, asked: list[str]) -> None:
    program = [node(), str(Path(__file__).with_name("start_page.cjs")), str(SCRIPT), search]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == asked
