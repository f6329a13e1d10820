"""Files of our own pages, served from the package: read once, kept, and named by a tag.

A browser may keep them too, for as long as their tag is the same.
"""

import hashlib
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from vivavoce.base.errors import NotFound
from vivavoce.base.frozen import frozen

MEDIA_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".gz": "application/gzip",
}


@frozen
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


@cache
def names_in(package: str, folder: str) -> frozenset[str]:
    """The files that a build left in a folder of a package; none where nothing was built."""
    place = files(package).joinpath(folder)
    return frozenset(each.name for each in place.iterdir() if each.is_file()) if place.is_dir() else frozenset()


def built_reply(request: Request, package: str, folder: str, name: str, headers: dict[str, str]) -> Response:
    """A file that a build left there, packed where the browser takes it so; `NotFound` for any other name."""
    names = names_in(package, folder)
    if name not in names:
        raise NotFound.of("file", name)
    asset, packed = packaged(package, f"{folder}/{name}"), f"{name}.gz"
    if packed in names and "gzip" in request.headers.get("accept-encoding", ""):
        asset = Asset(packaged(package, f"{folder}/{packed}").content, asset.media_type, f'{asset.tag[:-1]}-gz"')
        headers = {**headers, "content-encoding": "gzip", "vary": "accept-encoding"}
    return asset_reply(request, asset, headers)


def asset_reply(request: Request, asset: Asset, headers: dict[str, str] | None = None) -> Response:
    """The file, or that the browser has it already."""
    both = {"etag": asset.tag, "cache-control": "no-cache", **(headers or {})}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(status_code=304, headers=both)
    return Response(asset.content, media_type=asset.media_type, headers=both)
