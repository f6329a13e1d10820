"""The start page at `/` of a server without a dashboard: signs a browser in, and says where to go on."""

from starlette.requests import Request
from starlette.responses import Response

from vivavoce.api.assets import asset_reply, packaged
from vivavoce.api.auth import public
from vivavoce.api.routing import Router
from vivavoce.base.errors import NotFound

_PACKAGE = "vivavoce.api.start_page"
_FILES = frozenset({"page.css", "page.js"})
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_WHY = "Somebody who is not signed in has to find the door."

router = Router(include_in_schema=False)


async def get_page(request: Request) -> Response:
    """The page. The link's token is in its address, so it is never passed on as a referrer."""
    headers = {"content-security-policy": _PAGE_POLICY, "referrer-policy": "no-referrer"}
    return asset_reply(request, packaged(_PACKAGE, "index.html"), headers)


@router.get("/start/{name}")
@public(_WHY)
async def get_file(request: Request, name: str) -> Response:
    """One of the page's files."""
    if name not in _FILES:
        raise NotFound.of("file", name)
    return asset_reply(request, packaged(_PACKAGE, name))
