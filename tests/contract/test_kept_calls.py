"""`vivavoce replay --kept`, as somebody runs it after an update: beside a server, on its folder."""

import re
import subprocess
import sys

import httpx
from tests.contract.calling import QUESTION, CallServer

from vivavoce.engine.journal import decode

RUN_SECONDS = 60


def kept(server: CallServer, conversation_id: str, name: str) -> str:
    wish = {"conversation_id": conversation_id, "name": name, "keeps_words": True}
    answer = httpx.post(
        f"{server.address}/v1/vivavoce/kept-calls", json=wish, headers={"xi-api-key": server.key}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["kept_call_id"]


def replayed(server: CallServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vivavoce", "replay", *arguments, "--data-dir", str(server.folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=RUN_SECONDS)


def line_of(output: str, name: str) -> str:
    """What is said of a kept call; other tests may have kept others."""
    return next(line for line in output.splitlines() if f"  {name}: " in line)


def test_the_command_says_of_every_kept_call_whether_it_is_decided_alike(call_server: CallServer) -> None:
    conversation_id = call_server.chatted(call_server.agent(), QUESTION)
    kept(call_server, conversation_id, "as it was")
    changed = kept(call_server, conversation_id, "of another engine")
    [recording] = call_server.folder.rglob(f"{changed}.jsonl")
    text = recording.read_text("utf-8")
    number = next(at for at, line in enumerate(text.splitlines()) if QUESTION in line)
    lines = text.splitlines()
    recording.write_text("\n".join([*lines[:number], lines[number].replace("what", "who"), *lines[number + 1 :], ""]))

    done = replayed(call_server, "--kept")
    count = len(decode(text).entries)
    assert (
        line_of(done.stdout, "as it was") == f"ok  as it was: All {count} events are decided as they were in the call."
    )
    assert re.match(r"!!  of another engine: Event \d+ at ", line_of(done.stdout, "of another engine"))
    assert done.returncode == 1, "a build that asks for it stops there"
    assert "Traceback" not in done.stderr

    alone = replayed(call_server, changed)
    assert "!! In the call something else was done here." in alone.stdout
