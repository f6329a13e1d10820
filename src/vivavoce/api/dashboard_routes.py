"""The dashboard and the talk page: one document for every address that people see, and the files they are made of.

The page decides in the browser what an address shows, so each address of a page answers the same document. Its scripts
and styles carry their hash in their name and never change, so a browser keeps them for good; they are packed when they
are built. Nothing but this server may be asked for anything: the policy says so to the browser.

The talk page is a page of its own, smaller, for people who have no login: `/talk/{agent_id}`, and the address that
links to the contract's own page have. Which agent is meant, its script finds in the address.

Whoever mistypes an address in a browser gets the page too, which says so and leads back; programs get the API's 404.

Without built files (a source tree that was never built) `/` is the start page, and nobody can talk in a browser.
"""

from functools import cache
from http import HTTPStatus
from importlib.resources import files

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from vivavoce.api import start_routes
from vivavoce.api.assets import asset_reply, built_reply, packaged
from vivavoce.api.auth import public
from vivavoce.api.errors import answer_http
from vivavoce.api.routing import Router
from vivavoce.base.errors import NotFound

_PACKAGE = "vivavoce.web"
_STATIC = "static"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FOR_GOOD = "public, max-age=31536000, immutable"
_WHY = "Somebody who is not signed in has to find the door."
_WHY_FILES = "The scripts of a page that anybody may open; they hold nothing of anybody."
_PAGES = (
    "/agents",
    "/agents/{agent}",
    "/conversations",
    "/conversations/{conversation}",
    "/settings",
    "/settings/{section}",
)
_TALK_PAGES = ("/talk/{agent}", "/app/talk-to")
_WHY_TALK = "Whoever was given the address of an agent may open its page; whether they may talk is the agent's to say."

router = Router(include_in_schema=False)


@router.get("/")
@public(_WHY)
async def get_page(request: Request) -> Response:
    """The page. A login link's token is in its address, so it is never passed on as a referrer."""
    if not is_built():
        return await start_routes.get_page(request)
    return _page(request, "index.html")


@public(_WHY_TALK)
async def get_talk_page(request: Request) -> Response:
    """The page on which anybody talks to an agent. What its address holds is for nobody else."""
    if not is_built():
        raise NotFound("This server was started without its pages. Build them: ./dev build.", status="page_not_found")
    return _page(request, "talk.html", {"permissions-policy": "microphone=(self), camera=(), geolocation=()"})


async def answer_nowhere(connection: HTTPConnection, error: Exception) -> Response:
    """An address that nothing has: people are told by the page, programs by the API."""
    if not (isinstance(connection, Request) and _is_a_person(connection) and is_built()):
        return await answer_http(connection, error)
    reply = _page(connection, "index.html")
    if reply.status_code == HTTPStatus.OK:
        reply.status_code = HTTPStatus.NOT_FOUND
    return reply


def _is_a_person(request: Request) -> bool:
    is_reading = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    return is_reading and not request.url.path.startswith("/v1/")


def _page(request: Request, name: str, more: dict[str, str] | None = None) -> Response:
    headers = {"content-security-policy": _PAGE_POLICY, "referrer-policy": "no-referrer", **(more or {})}
    return asset_reply(request, packaged(_PACKAGE, f"{_STATIC}/{name}"), headers)


@router.get("/assets/{name}")
@public(_WHY_FILES)
async def get_asset(request: Request, name: str) -> Response:
    """A script, a style or a picture."""
    return built_reply(request, _PACKAGE, f"{_STATIC}/assets", name, {"cache-control": _FOR_GOOD})


@cache
def is_built() -> bool:
    """Whether there is a dashboard to show."""
    return files(_PACKAGE).joinpath(_STATIC, "index.html").is_file()


for _number, _path in enumerate(_PAGES):
    router.get(_path, name=f"page_{_number}")(get_page)
for _number, _path in enumerate(_TALK_PAGES):
    router.get(_path, name=f"talk_{_number}")(get_talk_page)
