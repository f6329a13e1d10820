"""The API's description for people and for programs: `/docs` and `/openapi.json`. Everything comes from this server.

The page's files are read once and kept; the browser may keep them too, for as long as their tag is the same.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import Request
from starlette.responses import Response

from vivavoce.api.auth import from_browsers, public
from vivavoce.api.openapi import committed_document
from vivavoce.api.routing import Router
from vivavoce.base.errors import NotFound

_MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
    "favicon-32x32.png": "image/png",
    "LICENSE": "text/plain",
    "NOTICE": "text/plain",
    "swagger-ui-bundle.js.LICENSE.txt": "text/plain",
}

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_WHY = "What the API looks like is no secret."

router = Router(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    media_type: str
    tag: str


@router.get("/openapi.json")
@public(_WHY)
@from_browsers
async def get_document(request: Request) -> Response:
    """The OpenAPI document."""
    return _reply(request, _document())


@router.get("/docs")
@public(_WHY)
async def get_page(request: Request) -> Response:
    """The page."""
    return _reply(request, _file("index.html", "text/html"), {"content-security-policy": _PAGE_POLICY})


@router.get("/docs/{name}")
@public(_WHY)
async def get_file(request: Request, name: str) -> Response:
    """One of the page's files."""
    media_type = _MEDIA_TYPES.get(name)
    if media_type is None:
        raise NotFound.of("file", name)
    return _reply(request, _file(name, media_type))


def _reply(request: Request, file: _File, headers: dict[str, str] | None = None) -> Response:
    both = {"etag": file.tag, "cache-control": "no-cache", **(headers or {})}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=both)
    return Response(file.content, media_type=file.media_type, headers=both)


@cache
def _file(name: str, media_type: str) -> _File:
    return _tagged(files("vivavoce.api.reference_page").joinpath(name).read_bytes(), media_type)


@cache
def _document() -> _File:
    return _tagged(committed_document(), "application/json")


def _tagged(content: bytes, media_type: str) -> _File:
    return _File(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
