"""The widget: the script that other people's pages include, the files it loads, and the page that previews it.

Any page may load the script, so it is told to every origin, and a page that is isolated from others may have it too.
Its address stays the same while its content changes with the server, so browsers ask again after some minutes; what it
loads carries its hash in its name and is kept for good.

The preview stands in a frame of the dashboard, which sends it the settings to show. Its policy is the one that the
documentation recommends to pages with the widget, so it is tried out every day.
"""

from starlette.requests import Request
from starlette.responses import Response

from vivavoce.api.assets import asset_reply, built_reply, packaged
from vivavoce.api.auth import from_browsers, public
from vivavoce.api.routing import Router
from vivavoce.base.errors import NotFound

_PACKAGE = "vivavoce.web"
_STATIC = "static/widget"
_SCRIPT = "widget.js"
_OLDER_PATHS = ("/convai-widget/index.js", "/@elevenlabs/convai-widget-embed")
"""Where pages that were written for the hosted service find it when only the host in their snippet is changed."""

_FOR_ALL = {"cross-origin-resource-policy": "cross-origin"}
_FOR_MINUTES = {"cache-control": "public, max-age=300, stale-while-revalidate=86400", **_FOR_ALL}
_FOR_GOOD = {"cache-control": "public, max-age=31536000, immutable", **_FOR_ALL}
_WHY = "A page includes it before anybody is known; it holds nothing of anybody."

_PREVIEW = "vivavoce.api.widget_page"
_PREVIEW_FILES = frozenset({"preview.js", "preview.css"})
_PREVIEW_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob: https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

router = Router(include_in_schema=False)


@router.get(f"/{_SCRIPT}")
@public(_WHY)
@from_browsers
async def get_script(request: Request) -> Response:
    """The script that makes the element."""
    return built_reply(request, _PACKAGE, _STATIC, _SCRIPT, dict(_FOR_MINUTES))


@router.get("/embed/{name}")
@public(_WHY)
@from_browsers
async def get_file(request: Request, name: str) -> Response:
    """What the script loads: audio worklets, flags, the orb's texture; and the licences of all of it."""
    return built_reply(request, _PACKAGE, f"{_STATIC}/embed", name, dict(_FOR_GOOD))


@router.get("/widget/preview")
@public("It shows nothing but what the page around it sends.")
async def get_preview(request: Request) -> Response:
    """The page in which the dashboard shows a widget that is not published yet."""
    return asset_reply(request, packaged(_PREVIEW, "preview.html"), {"content-security-policy": _PREVIEW_POLICY})


@router.get("/widget/preview/{name}")
@public("The preview's own script and style.")
async def get_preview_file(request: Request, name: str) -> Response:
    """One of the preview's files."""
    if name not in _PREVIEW_FILES:
        raise NotFound.of("file", name)
    return asset_reply(request, packaged(_PREVIEW, name))


for _number, _path in enumerate(_OLDER_PATHS):
    router.get(_path, name=f"script_{_number}")(get_script)
