"""The socket that supervisors watch and steer a call through: `/v1/convai/conversations/{id}/monitor`.

    out   what the client was told of late, then what it is told: its own frames, of the kinds in `monitoring_events`
    in    {"command_type": "end_call", "parameters": {...}}; what cannot be done is answered with an `error`

It is refused with an HTTP status before it opens, for whoever comes here has a key and reads those.
"""

import asyncio
from typing import Annotated

import orjson
from fastapi import Depends
from starlette.websockets import WebSocket

from vivavoce.api.auth import ConvaiWriter
from vivavoce.api.routing import Router
from vivavoce.api.services import provided
from vivavoce.api.sockets import ServedSocket
from vivavoce.base.errors import Malformed, Problem
from vivavoce.base.json import Json, is_object
from vivavoce.engine.commands import Trouble
from vivavoce.features.conversations.routes_live import close_code
from vivavoce.features.conversations.watching import Watched, Watching
from vivavoce.live.links import wire
from vivavoce.live.links.websocket import WAITING_BYTES

router = Router(tags=["Conversations"])

NORMAL = 1000
LARGEST_COMMAND_BYTES = 64 * 1024


@router.websocket("/v1/convai/conversations/{conversation_id}/monitor")
async def monitor(
    websocket: WebSocket,
    conversation_id: str,
    caller: ConvaiWriter,
    watching: Annotated[Watching, Depends(provided(Watching))],
) -> None:
    """Watch a call, and steer it."""
    async with watching.of(caller, conversation_id) as watched:
        await websocket.accept()
        socket = ServedSocket(websocket)
        tasks = {asyncio.create_task(each) for each in (_tell(socket, watched), _obey(socket, watched), watched.lost())}
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await socket.close(NORMAL, "The call has ended.")


async def _tell(socket: ServedSocket, watched: Watched) -> None:
    """What is told, to the end of the call, or until the watcher does not read it."""
    for event in watched.newest:
        socket.send(orjson.dumps(event))
    async for event in watched.events():
        if socket.waiting_bytes > WAITING_BYTES:
            return
        socket.send(orjson.dumps(event))


async def _obey(socket: ServedSocket, watched: Watched) -> None:
    while (frame := await socket.receive()) is not None:
        try:
            command, parameters = _command_in(frame)
            await watched.command(command, parameters)
        except Problem as problem:
            socket.send(wire.encoded(Trouble(close_code(problem), problem.status, problem.message)))


def _command_in(frame: str | bytes) -> tuple[str, dict[str, Json]]:
    if len(frame) > LARGEST_COMMAND_BYTES:
        raise Malformed(f"A command may have {LARGEST_COMMAND_BYTES:,} bytes at most.", status="message_too_large")
    try:
        message: Json = orjson.loads(frame)
    except orjson.JSONDecodeError:
        message = None
    match message:
        case {"command_type": str(command)}:
            parameters: Json = message.get("parameters")
            return command, parameters if is_object(parameters) else {}
        case _:
            raise Malformed('A command looks like {"command_type": "end_call"}.', status="invalid_message")
