"""Errors as the contract shows them, whoever raised them.

    422                {"detail": [{"loc": ["body", "name"], "msg": "Field required", "type": "missing"}]}
    everything else    {"detail": {"status": "agent_not_found", "message": "There is no ...", "request_id": "..."}}

Rules
- Every error has a JSON body: an official client takes an error with an empty body for a success without a value.
- Every answer carries `x-request-id`; the same id stands in the log.
- A 422 never echoes what was sent, because that may be a secret: of pydantic's errors only loc, msg and type go out.
- What nobody foresaw is logged whole, and answered with a calm 500 that says nothing of the inside.
- `Retry-After` says when trying again makes sense: on 429 and 503, and on a 409 that will pass by itself.
"""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from vivavoce.api.passage import passage_of
from vivavoce.api.replies import json_reply
from vivavoce.base.errors import Invalid, Problem, TooMany, Unavailable

_SHOWN_ERRORS = 50
_SHOWN_LENGTH = 300

_STATUS_WORDS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    412: "outdated",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "internal_error",
    501: "not_built",
    503: "unavailable",
}

# What Starlette and FastAPI say on their own is a status line; these say what to do.
_MESSAGES = {
    400: "The body could not be read. Check its Content-Type and that it is complete.",
    404: "There is nothing at this path. Check its spelling and the version in it.",
    405: "This path does not take that method. The Allow header names those it takes.",
}

INTERNAL = "Something went wrong on our side. It is logged under this request id."


def error_reply(code: int, status: str, message: str, request_id: str) -> Response:
    """Any error but a 422."""
    detail = {"status": status, "message": message, "request_id": request_id}
    return json_reply({"detail": detail}, code)


def invalid_reply(details: Sequence[Mapping[str, Any]]) -> Response:
    """A 422."""
    return json_reply({"detail": details}, HTTPStatus.UNPROCESSABLE_ENTITY)


def install_error_handlers(server: FastAPI) -> None:
    """Give every error that leaves a route its shape."""
    server.add_exception_handler(Problem, _answer_problem)
    server.add_exception_handler(HTTPException, answer_http)
    server.add_exception_handler(RequestValidationError, _answer_validation)
    server.add_exception_handler(WebSocketRequestValidationError, _answer_validation)


def problem_reply(problem: Problem, request_id: str) -> Response:
    """What a `Problem` looks like on the wire."""
    if isinstance(problem, Invalid):
        return invalid_reply([{"loc": list(problem.loc), "msg": problem.message, "type": problem.type}])
    reply = error_reply(problem.code, problem.status, problem.message, request_id)
    seconds = _retry_after(problem)
    if seconds is not None:
        reply.headers["retry-after"] = str(seconds)
    if problem.code == HTTPStatus.UNAUTHORIZED:
        reply.headers["www-authenticate"] = "Bearer"
    return reply


def _retry_after(problem: Problem) -> int | None:
    match problem:
        case TooMany(retry_after_seconds=float() | int() as seconds):
            return max(1, math.ceil(seconds))
        case Unavailable(retry_after_seconds=seconds):
            return max(1, math.ceil(seconds or 1))
        case InProgress():
            return 1
        case _:
            return None


class InProgress(Problem):
    """The same request is being worked on right now; its answer will be ready in a moment."""

    code = 409
    status = "request_in_progress"


async def _answer_problem(connection: HTTPConnection, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem_reply(problem, passage_of(connection).request_id)


async def answer_http(connection: HTTPConnection, error: Exception) -> Response:
    """What the framework refuses by itself, in the shape of all errors."""
    assert isinstance(error, HTTPException)
    code = error.status_code
    status = _STATUS_WORDS.get(code, "error")
    said = error.detail if error.detail != HTTPStatus(code).phrase else ""
    message = _MESSAGES.get(code) or said or HTTPStatus(code).description or HTTPStatus(code).phrase
    reply = error_reply(code, status, message, passage_of(connection).request_id)
    reply.headers.update(error.headers or {})
    return reply


async def _answer_validation(_: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError | WebSocketRequestValidationError)
    return invalid_reply([_shown(each) for each in error.errors()[:_SHOWN_ERRORS]])


def _shown(error: Mapping[str, Any]) -> dict[str, Any]:
    loc = [part[:_SHOWN_LENGTH] if isinstance(part, str) else part for part in error["loc"]]
    return {"loc": loc, "msg": _message(error)[:_SHOWN_LENGTH], "type": error["type"]}


def _message(error: Mapping[str, Any]) -> str:
    """pydantic's sentence; for JSON that cannot be read also why and where."""
    if error["type"] == "json_invalid" and (reason := error.get("ctx", {}).get("error")):
        return f"This is not JSON that can be read: {reason} (at byte {error['loc'][-1]})."
    return str(error["msg"])
