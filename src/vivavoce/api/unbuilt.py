"""The operations of the contract that this server does not have yet, said honestly.

Each answers 501 with a body that says so, whoever asks and whatever is sent, and changes nothing. A client sees at
once that its call is fine and the server is not: 404 would send people looking for a typo, and an empty success is
taken for one. `unbuilt.json` lists them, and may only shrink: building an operation deletes its line. Tests hold the
list against the contract, against what is really registered, and against its own past. `instead` says what to do now,
where there is something; pages of any origin may read that.

They are no part of our OpenAPI document, which says what this server does.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.requests import Request

from vivavoce.api.auth import from_browsers, public
from vivavoce.api.routing import Router
from vivavoce.base.errors import NotBuilt

LIST = "unbuilt.json"


def unbuilt_operations() -> list[tuple[str, str]]:
    """Method and path of every operation that is not built."""
    return [(method, path) for method, path in _listed()["operations"]]


def instead_of(path: str) -> str:
    """What to do instead of an operation: as it is listed for its path, or for the nearest one above."""
    listed: dict[str, str] = _listed()["instead"]
    while path and path not in listed:
        path = path.rpartition("/")[0]
    return listed.get(path, "")


@cache
def _listed() -> dict[str, Any]:
    listed: dict[str, Any] = json.loads(files("vivavoce.api").joinpath(LIST).read_text())
    return listed


def unbuilt_router() -> Router:
    """An honest answer for each of them; handed to the server last, so that whatever is built wins."""
    router = Router(include_in_schema=False)
    methods: dict[str, list[str]] = {}
    for method, path in unbuilt_operations():
        methods.setdefault(path, []).append(method)
    for path, of_path in methods.items():
        router.add_api_route(path, _say_so, methods=of_path)
    return router


@public("It says the same to everybody, and does nothing.")
@from_browsers
async def _say_so(request: Request) -> None:
    path = request.scope["route"].path
    instead = instead_of(path) or (
        "A newer release may have it; docs/reference/compatibility.md lists what is missing today."
    )
    raise NotBuilt(
        f"{request.method} {path} is part of the contract, and this server does not have it yet. Nothing was changed. "
        f"{instead}"
    )
