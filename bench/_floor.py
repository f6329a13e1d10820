"""The floor: bare FastAPI routes that select the same rows, with the same driver, and do nothing else.

As little as a server can do and still be one: the key is looked up by its SHA-256, one statement reads one document
or thirty, orjson answers. No workspaces' rights, request ids, limits, metrics, logs, defaults, versions, errors.

- get    sends the stored text as it lies in the database, without looking at it;
- list   reads thirty documents and answers id, name, tags and time of each;
- create parses the body and inserts one row;
- patch  reads a row, lays the change over it and updates the row.

    python -m bench._floor DATABASE_URL      prints its address when it is ready
"""

import hashlib
import secrets
import socket
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

import orjson
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from starlette.responses import Response

GET = "SELECT body FROM documents WHERE workspace_id = $1 AND kind = 'agents' AND id = $2"
LIST = (
    "SELECT id, body, created_at FROM documents WHERE workspace_id = $1 AND kind = 'agents' "
    "ORDER BY created_at DESC, id DESC LIMIT 30"
)
KEY = "SELECT workspace_id FROM api_keys WHERE key_hash = $1"
INSERT = (
    "INSERT INTO documents (workspace_id, kind, id, name, created_at, updated_at, revision, body) "
    "VALUES ($1, 'floor', $2, $3, $4, $4, 1, $5)"
)
READ = "SELECT body FROM documents WHERE workspace_id = $1 AND kind = 'floor' AND id = $2"
UPDATE = (
    "UPDATE documents SET body = $3, updated_at = $4, revision = revision + 1 "
    "WHERE workspace_id = $1 AND kind = 'floor' AND id = $2"
)


class Sqlite:
    """aiosqlite: connections to read and one to write, each statement one step."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def open(self) -> None:
        import aiosqlite

        self._writer = await aiosqlite.connect(self._path, isolation_level=None)
        self._readers = [await aiosqlite.connect(self._path, isolation_level=None) for _ in range(2)]
        for connection in (self._writer, *self._readers):
            await connection.executescript("PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;")
        self._turn = 0

    async def close(self) -> None:
        for connection in (self._writer, *self._readers):
            await connection.close()

    async def read(self, statement: str, *values: Any) -> Sequence[Any]:
        self._turn = 1 - self._turn
        return list(await self._readers[self._turn].execute_fetchall(_numbered(statement), values))

    async def write(self, statement: str, *values: Any) -> None:
        await self._writer.execute_fetchall(_numbered(statement), values)


class Postgresql:
    """asyncpg and its pool."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def open(self) -> None:
        import asyncpg

        async def keep_as_it_is(_: Any) -> None: ...

        self._pool = await asyncpg.create_pool(self._url, min_size=4, max_size=4, reset=keep_as_it_is)

    async def close(self) -> None:
        await self._pool.close()

    async def read(self, statement: str, *values: Any) -> Sequence[Any]:
        return await self._pool.fetch(statement, *values)

    async def write(self, statement: str, *values: Any) -> None:
        await self._pool.execute(statement, *values)


def _numbered(statement: str) -> str:
    return statement.replace("$", "?")


def floor(url: str) -> FastAPI:
    """The application."""
    database = Sqlite(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else Postgresql(url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await database.open()
        yield
        await database.close()

    app = FastAPI(lifespan=lifespan)

    async def workspace(xi_api_key: Annotated[str, Header()]) -> str:
        rows = await database.read(KEY, hashlib.sha256(xi_api_key.encode()).hexdigest())
        if not rows:
            raise HTTPException(401)
        return rows[0][0]

    Workspace = Annotated[str, Depends(workspace)]  # noqa: N806

    @app.get("/v1/convai/agents/{agent_id}")
    async def get(agent_id: str, workspace: Workspace) -> Response:
        rows = await database.read(GET, workspace, agent_id)
        if not rows:
            raise HTTPException(404)
        return Response(rows[0][0], media_type="application/json")

    @app.get("/v1/convai/agents")
    async def list_(workspace: Workspace) -> Response:
        agents = [_summary(*row) for row in await database.read(LIST, workspace)]
        return Response(orjson.dumps({"agents": agents}), media_type="application/json")

    @app.post("/v1/convai/agents/create")
    async def create(request: Request, workspace: Workspace) -> Response:
        body = orjson.loads(await request.body())
        id = f"floor_{secrets.token_hex(13)}"
        now = time.time_ns() // 1000
        await database.write(INSERT, workspace, id, body["name"].lower(), now, orjson.dumps(body).decode())
        return Response(orjson.dumps({"agent_id": id}), media_type="application/json")

    @app.patch("/v1/convai/agents/{agent_id}")
    async def patch(agent_id: str, request: Request, workspace: Workspace) -> Response:
        change = orjson.loads(await request.body())
        [[text]] = await database.read(READ, workspace, agent_id)
        body = orjson.dumps(orjson.loads(text) | change)
        await database.write(UPDATE, workspace, agent_id, body.decode(), time.time_ns() // 1000)
        return Response(body, media_type="application/json")

    return app


def _summary(id: str, text: str, created_at: int) -> dict[str, Any]:
    body = orjson.loads(text)
    return {"agent_id": id, "name": body["name"], "tags": body["tags"], "created_at_unix_secs": created_at // 1_000_000}


def main() -> None:
    """Serves until it is ended, with the settings that Vivavoce serves with."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        floor(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
