"""The socket that clients talk through: `/v1/convai/conversation`.

    accept -> who may come in -> the first frame -> the plan -> a place -> the record -> the call -> the close

A refusal is told in the contract's words: an `error` event with its `error_type`, then the close code and the reason.
Therefore the handshake is accepted first, whoever knocks. What the client sends first decides what runs, so nothing
else may come before it, and it may not take for ever.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from vivavoce.api.auth import identify, public
from vivavoce.api.passage import passage_of
from vivavoce.api.routing import Router
from vivavoce.api.services import provided
from vivavoce.api.sockets import ServedSocket
from vivavoce.base.errors import Malformed, Problem
from vivavoce.base.json import Body
from vivavoce.engine.commands import Trouble
from vivavoce.features.conversations.holding import Holding
from vivavoce.features.conversations.records import Circumstances
from vivavoce.features.conversations.starting import Admitted, Asked, Setup, Starting, setup_in
from vivavoce.live.links import wire
from vivavoce.live.links.websocket import LARGEST_MESSAGE_BYTES, as_close_reason

_log = logging.getLogger(__name__)

router = Router(tags=["Conversations"])

SUBPROTOCOL = "convai"
BEARER = "bearer."
INITIATION_SECONDS = 10.0
LONGEST_SOURCE = 100

# The contract's codes: what the client did wrong, what we cannot do, what nobody foresaw.
POLICY, OPERATIONAL, UNEXPECTED = 1008, 1002, 1011
_OF_CLIENTS = range(400, 500)
_TOO_MANY = 429
_UNAVAILABLE = 503


class Unforeseen(Problem):
    """What nobody foresaw."""


class ClientGone(Exception):
    """The client went away before anything began."""


@router.websocket("/v1/convai/conversation")
@public("Whether somebody may talk to an agent is the agent's to say; refusals are told in the protocol's own words.")
async def converse(
    websocket: WebSocket,
    starting: Annotated[Starting, Depends(provided(Starting))],
    holding: Annotated[Holding, Depends(provided(Holding))],
) -> None:
    """Hold a conversation with an agent."""
    offered = websocket.scope.get("subprotocols", [])
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    socket = ServedSocket(websocket)
    with suppress(ClientGone):
        try:
            await _converse(websocket, socket, starting, holding)
        except Problem as problem:
            await refuse(socket, problem)
        except ClientGone:
            raise
        except Exception:
            _log.exception("A call could not be begun.")
            await refuse(socket, Unforeseen("Something went wrong in the server. It is logged."))


async def _converse(websocket: WebSocket, socket: ServedSocket, starting: Starting, holding: Holding) -> None:
    admitted = await starting.admit(await _asked(websocket))
    try:
        setup, data = await _initiation(socket, allows_setup=holding.options.allow_enclave_setup)
        prepared = await starting.prepare(admitted, data, setup)
    except Problem as problem:
        await _keep_refusal(admitted, problem, starting, holding)
        raise
    await holding.hold(socket, prepared)


async def _keep_refusal(admitted: Admitted, problem: Problem, starting: Starting, holding: Holding) -> None:
    plan = starting.refused_plan(admitted)
    circumstances = Circumstances(agent_name=admitted.agent.name, authorization_method=admitted.method)
    with suppress(Problem):  # the client is told what it did, and not that nobody could write it down
        await holding.records.refuse(admitted.workspace_id, plan, circumstances, close_code(problem), problem)


async def _asked(connection: HTTPConnection) -> Asked:
    """What the address and the headers say. Parameters that nobody knows are for a newer server."""
    query = connection.query_params
    bearer = next((each[len(BEARER) :] for each in connection.scope["subprotocols"] if each.startswith(BEARER)), None)
    return Asked(
        agent_id=query.get("agent_id"),
        branch_id=query.get("branch_id") or None,
        version_id=query.get("version_id") or None,
        environment=query.get("environment") or None,
        signature=query.get("conversation_signature") or query.get("token") or bearer,
        source=query.get("source", "")[:LONGEST_SOURCE] or None,
        source_version=query.get("version", "")[:LONGEST_SOURCE] or None,
        page_origin=passage_of(connection).origin,
        caller=await identify(connection),
    )


# ---------------------------------------------------------------------------------------------------------------
# The first frame


async def _initiation(socket: ServedSocket, *, allows_setup: bool) -> tuple[Setup, Body]:
    """What the client wants of this conversation, and of this server."""
    setup = Setup()
    try:
        async with asyncio.timeout(INITIATION_SECONDS):
            message = await _first(socket)
            if isinstance(message, wire.EnclaveSetup):
                if not allows_setup:
                    raise Malformed(
                        "This server runs its own agents: enclave_setup_config is off (setting allow_enclave_setup).",
                        status="enclave_setup_not_allowed",
                    )
                setup = setup_in(message.data)
                message = await _first(socket)
    except TimeoutError:
        raise _Late(f"No conversation_initiation_client_data came within {INITIATION_SECONDS:g} seconds.") from None
    if not isinstance(message, wire.Initiation):
        raise Malformed(
            "The first message has to be conversation_initiation_client_data; nothing may come before it.",
            status="invalid_message",
        )
    return setup, message.data


async def _first(socket: ServedSocket) -> wire.Incoming | None:
    frame = await socket.receive()
    if frame is None:
        raise ClientGone
    if len(frame) > LARGEST_MESSAGE_BYTES:
        raise Malformed(f"A message may have {LARGEST_MESSAGE_BYTES:,} bytes at most.", status="message_too_large")
    return wire.decoded(frame)


class _Late(Problem):
    """The client connected and said nothing."""

    code = 408
    status = "initiation_timeout"


# ---------------------------------------------------------------------------------------------------------------
# Refusing


async def refuse(socket: ServedSocket, problem: Problem) -> None:
    """Say why not, and close."""
    code = close_code(problem)
    socket.send(wire.encoded(Trouble(code, problem.status, problem.message)))
    await socket.close(code, as_close_reason(problem.message))


def close_code(problem: Problem) -> int:
    """The contract's close code for a problem."""
    if problem.code in (_TOO_MANY, _UNAVAILABLE) or isinstance(problem, _Late):
        return OPERATIONAL
    return POLICY if problem.code in _OF_CLIENTS or problem.code == 501 else UNEXPECTED
