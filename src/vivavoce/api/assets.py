"""Files of our own pages, served from the package: read once, kept, and named by a tag.

A browser may keep them too, for as long as their tag is the same.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".gz": "application/gzip",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    media_type: str
    tag: str


def asset_of(content: bytes, media_type: str) -> Asset:
    """Content with its tag."""
    return Asset(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


@cache
def packaged(package: str, name: str) -> Asset:
    """A file beside a package's modules. `name` is one of ours, never a client's."""
    ending = name[name.rfind(".") :] if "." in name else ".txt"
    return asset_of(files(package).joinpath(name).read_bytes(), MEDIA_TYPES[ending])


def asset_reply(request: Request, asset: Asset, headers: dict[str, str] | None = None) -> Response:
    """The file, or that the browser has it already."""
    both = {"etag": asset.tag, "cache-control": "no-cache", **(headers or {})}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(status_code=304, headers=both)
    return Response(asset.content, media_type=asset.media_type, headers=both)
