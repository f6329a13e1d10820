"""What was answered with 2xx survives `kill -9` in the middle of a burst of writes, on both databases.

Writers create and change agents without a pause. When enough was answered, everything is killed; a new server on the
same data is then asked for each thing that was answered. On PostgreSQL the database's own processes are killed too,
while the server goes on: what it cannot do then is refused, and it recovers by itself.
"""

import http.client
import json
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.postgres import PostgresServer, running
from tests.support.servers import RunningServer, serving

WRITERS = 8
ENOUGH = 150
GIVE_UP_SECONDS = 120


@dataclass
class Burst:
    """Writers against one server, until it is gone. `answered` maps an agent's id to its last answered name."""

    server: RunningServer
    answered: dict[str, str] = field(default_factory=dict[str, str])
    refused: set[int] = field(default_factory=set[int])
    _count: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def run(self, *interruptions: Callable[[], object]) -> None:
        """Lets the writers write, and interrupts them each time that enough more was answered."""
        writers = [threading.Thread(target=self._write, args=(number,), daemon=True) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for number, interruption in enumerate(interruptions):
            with self._changed:
                enough = self._changed.wait_for(lambda: self._count >= ENOUGH * (number + 1), GIVE_UP_SECONDS)  # noqa: B023
            assert enough, f"only {self._count} writes were answered; refused with {self.refused}"
            interruption()
        for writer in writers:
            writer.join(GIVE_UP_SECONDS)
            assert not writer.is_alive(), "a writer still waits for a server that is gone"

    def _write(self, writer: int) -> None:
        connection, number = connected(self.server), 0
        try:
            while True:
                number += 1
                name = f"writer {writer} agent {number}"
                if made := self._ask(connection, "POST", "/v1/convai/agents/create", name):
                    self._note(made["agent_id"], name)
                    self._change(connection, made["agent_id"], f"{name} changed")
        except (OSError, http.client.HTTPException):
            return  # the server is gone

    def _change(self, connection: http.client.HTTPConnection, id: str, name: str) -> None:
        # Until the change is answered, either name may be found afterwards.
        before, self.answered[id] = self.answered[id], f"{self.answered[id]}|{name}"
        if self._ask(connection, "PATCH", f"/v1/convai/agents/{id}", name):
            self._note(id, name)
        else:
            # Refused is not undone: the connection to the database may have broken after the commit.
            self.answered[id] = f"{before}|{name}"

    def _ask(self, connection: http.client.HTTPConnection, method: str, path: str, name: str) -> Any:
        status, body = ask(connection, self.server, method, path, {"name": name, "conversation_config": {}})
        if 200 <= status < 300:
            return body
        self.refused.add(status)
        return None

    def _note(self, id: str, name: str) -> None:
        self.answered[id] = name
        with self._changed:
            self._count += 1
            self._changed.notify_all()


def connected(server: RunningServer) -> http.client.HTTPConnection:
    place = urlsplit(server.address)
    return http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)


def ask(
    connection: http.client.HTTPConnection, server: RunningServer, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    content = None if body is None else json.dumps(body)
    headers = {"xi-api-key": server.key, "content-type": "application/json"}
    connection.request(method, path, content, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or b"null")


def assert_nothing_was_lost(server: RunningServer, answered: dict[str, str]) -> None:
    connection = connected(server)
    for id, names in answered.items():
        status, agent = ask(connection, server, "GET", f"/v1/convai/agents/{id}")
        assert status == 200, f"{id} was answered and is lost: {agent}"
        assert agent["name"] in names.split("|"), f"{id} was answered as {names!r} and is now {agent['name']!r}"


def burst_and_restart(folder: Path, url: str, *interruptions: Callable[[], object]) -> Burst:
    with serving(folder, url) as server:
        burst = Burst(server)
        burst.run(*interruptions, server.kill)
    with serving(folder, url) as server:
        assert_nothing_was_lost(server, burst.answered)
    return burst


def test_a_killed_server_loses_nothing_on_sqlite(tmp_path: Path) -> None:
    burst = burst_and_restart(tmp_path, f"sqlite:///{tmp_path}/vivavoce.db")
    assert burst.refused == set()


def test_a_killed_server_and_a_killed_postgresql_lose_nothing(tmp_path: Path) -> None:
    with running() as postgres:
        postgres.execute("CREATE DATABASE vivavoce")
        burst = burst_and_restart(tmp_path, postgres.url("vivavoce"), lambda: kill_backends(postgres))
    assert burst.refused <= {503}


def kill_backends(postgres: PostgresServer) -> None:
    """Kills the database's side of every connection; PostgreSQL then restarts and recovers from its log."""
    pids = postgres.execute("SELECT pid FROM pg_stat_activity WHERE datname = 'vivavoce'").split()
    assert pids, "nobody is connected"
    for pid in pids:
        with suppress(ProcessLookupError):  # PostgreSQL ends the rest itself once it misses the first
            os.kill(int(pid), signal.SIGKILL)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_asked_to_stop_answers_what_it_began(tmp_path: Path, signal_number: int) -> None:
    with serving(tmp_path, f"sqlite:///{tmp_path}/vivavoce.db") as server:
        burst = Burst(server)
        burst.run(lambda: server.process.send_signal(signal_number))
        assert server.process.wait(60) == 0
    with serving(tmp_path, f"sqlite:///{tmp_path}/vivavoce.db") as server:
        assert_nothing_was_lost(server, burst.answered)
