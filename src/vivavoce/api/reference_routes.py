"""The API's description for people and for programs: `/docs` and `/openapi.json`. Everything comes from this server."""

from functools import cache

from fastapi import Request
from starlette.responses import Response

from vivavoce.api.assets import Asset, asset_of, asset_reply, packaged
from vivavoce.api.auth import from_browsers, public
from vivavoce.api.openapi import committed_document
from vivavoce.api.routing import Router
from vivavoce.base.errors import NotFound

_PACKAGE = "vivavoce.api.reference_page"
_FILES = frozenset(
    {
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "start.js",
        "favicon-32x32.png",
        "LICENSE",
        "NOTICE",
        "swagger-ui-bundle.js.LICENSE.txt",
    }
)
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_WHY = "What the API looks like is no secret."

router = Router(include_in_schema=False)


@router.get("/openapi.json")
@public(_WHY)
@from_browsers
async def get_document(request: Request) -> Response:
    """The OpenAPI document."""
    return asset_reply(request, _document())


@router.get("/docs")
@public(_WHY)
async def get_page(request: Request) -> Response:
    """The page."""
    return asset_reply(request, packaged(_PACKAGE, "index.html"), {"content-security-policy": _PAGE_POLICY})


@router.get("/docs/{name}")
@public(_WHY)
async def get_file(request: Request, name: str) -> Response:
    """One of the page's files."""
    if name not in _FILES:
        raise NotFound.of("file", name)
    return asset_reply(request, packaged(_PACKAGE, name))


@cache
def _document() -> Asset:
    return asset_of(committed_document(), "application/json")
