"""A small feature that uses everything the edge offers: what the tests of the edge talk to, over real HTTP."""

import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import anyio
import httpx
import uvicorn
from fastapi import Depends, File, Query, Request, UploadFile, WebSocket
from pydantic import BaseModel
from starlette.responses import Response

from vivavoce.api.auth import (
    ConvaiReader,
    ConvaiWriter,
    Visitor,
    WorkspaceAdmin,
    from_browsers,
    public,
)
from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.pages import Listing, listing, page_body
from vivavoce.api.passage import passage_of
from vivavoce.api.replies import raw_json
from vivavoce.api.routing import Router
from vivavoce.api.server import Server, create_server
from vivavoce.api.services import provided
from vivavoce.base.errors import NotFound, Unavailable
from vivavoce.base.pages import Page
from vivavoce.ports.identity import Caller, KnownCallers

router = Router()


class Boat(BaseModel):
    name: str
    masts: int = 1


@dataclass
class Harbour:
    """The service: boats by workspace."""

    boats: dict[tuple[str, str], Boat] = field(default_factory=dict)
    made: int = 0
    gate: anyio.Event | None = None
    arrived: anyio.Event = field(default_factory=anyio.Event)

    async def add(self, workspace_id: str, boat: Boat) -> str:
        if self.gate is not None:
            self.arrived.set()
            await self.gate.wait()
        self.made += 1
        self.boats[workspace_id, f"boat_{self.made}"] = boat
        return f"boat_{self.made}"

    def get(self, workspace_id: str, id: str) -> Boat:
        if (workspace_id, id) not in self.boats:
            raise NotFound.of("boat", id)
        return self.boats[workspace_id, id]


HarbourIn = Annotated[Harbour, Depends(provided(Harbour))]


@router.post("/v1/boats")
async def create_boat(boat: Boat, caller: ConvaiWriter, harbour: HarbourIn) -> dict[str, str]:
    return {"boat_id": await harbour.add(caller.workspace_id, boat)}


@router.get("/v1/boats")
async def list_boats(
    caller: ConvaiReader,
    wanted: Annotated[Listing, Depends(listing())],
    tag_ids: Annotated[list[str] | None, Query()] = None,
) -> dict[str, object]:
    query = wanted.query(facets={"tag": tag_ids or []})
    asked = {
        "page_size": query.page_size,
        "cursor": query.cursor,
        "search": query.search,
        "sort_by": query.sort_by,
        "descending": query.descending,
        "tags": list(query.facets["tag"]),
    }
    return page_body("boats", Page([], "next"), asked=asked)


@router.get("/v1/boats/{boat_id}")
async def get_boat(boat_id: str, caller: ConvaiReader, harbour: HarbourIn) -> Boat:
    return harbour.get(caller.workspace_id, boat_id)


@router.get("/v1/boats/{boat_id}/raw")
async def get_raw(boat_id: str, caller: ConvaiReader, harbour: HarbourIn) -> Response:
    return raw_json(harbour.get(caller.workspace_id, boat_id).model_dump_json().encode())


@router.delete("/v1/boats/{boat_id}")
async def delete_boat(boat_id: str, caller: WorkspaceAdmin) -> dict[str, str]:
    return {"status": "ok"}


@router.get("/v1/boats/summaries")
async def summaries(caller: ConvaiReader) -> dict[str, str]:
    return {"this": "is the literal path"}


@router.post("/v1/boats/{boat_id}/photo", max_body_size=2_000_000)
async def upload(boat_id: str, caller: ConvaiWriter, file: Annotated[UploadFile, File()]) -> dict[str, int]:
    return {"bytes": len(await file.read())}


@router.post("/v1/echo")
async def echo(request: Request, caller: ConvaiWriter, body: dict[str, object]) -> dict[str, object]:
    return body


@router.get("/v1/widget/{boat_id}")
@public("A page shows it.")
@from_browsers
async def widget(boat_id: str) -> dict[str, str]:
    return {"boat_id": boat_id}


@router.get("/v1/token")
@from_browsers
async def token(caller: Visitor) -> dict[str, str | None]:
    return {"workspace_id": caller.workspace_id if caller else None}


@router.get("/v1/seen")
@public("It tells people about themselves.")
async def seen(request: Request) -> dict[str, object]:
    passage = passage_of(request)
    return {"client": passage.client, "secure": passage.secure, "host": passage.host}


@router.get("/v1/broken")
@public("It breaks for everybody.")
async def broken() -> None:
    raise RuntimeError("the password is swordfish")


@router.get("/v1/busy")
@public("It is busy for everybody.")
async def busy() -> None:
    raise Unavailable("The database is locked.", retry_after_seconds=2.5)


@router.websocket("/v1/line/{boat_id}")
async def line(websocket: WebSocket, boat_id: str, caller: ConvaiReader) -> None:
    await websocket.accept()
    await websocket.send_text(f"{caller.workspace_id} {boat_id}")
    await websocket.close()


def caller(workspace_id: str = "ws_a", role="editor", scopes=("convai_write",), **more) -> Caller:
    return Caller(workspace_id, "user_1", role, frozenset(scopes), **more)


CALLERS = KnownCallers(
    keys={
        "key_a": caller(key_id="a"),
        "key_b": caller("ws_b", key_id="b"),
        "key_reader": caller(scopes=("convai_read",), key_id="r"),
        "key_viewer": caller(role="viewer", scopes=("all",), key_id="v"),
        "key_admin": caller(role="admin", scopes=("all",), key_id="ad"),
    },
    sessions={"session_a": caller(role="admin", scopes=("all",), session_id="s")},
)


def make_server(
    *,
    options: ServerOptions | None = None,
    health: Health | None = None,
    harbour: Harbour | None = None,
    routers: Sequence[Router] = (router,),
    **more,
) -> Server:
    return create_server(
        routers=routers,
        services={Harbour: harbour or Harbour()},
        identity=CALLERS,
        options=options or ServerOptions(),
        health=health or Health(),
        **more,
    )


@contextlib.asynccontextmanager
async def served(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server over a real socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # asyncio leaves Nagle's algorithm on for a socket made like this, which costs 40 ms per answer.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(server, log_config=None, lifespan="on", proxy_headers=False, server_header=False)
        running = uvicorn.Server(config)
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with anyio.create_task_group() as tasks, httpx.AsyncClient(base_url=base_url) as client:
            tasks.start_soon(running.serve, [listener])
            while not running.started:
                await anyio.lowlevel.checkpoint()
            try:
                yield client
            finally:
                running.should_exit = True
