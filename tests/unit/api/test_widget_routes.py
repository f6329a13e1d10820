"""The widget's routes: the script for pages of any origin, its files for good, and the page of the preview."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from vivavoce.api import widget_routes
from vivavoce.api.assets import names_in

pytestmark = pytest.mark.anyio

SCRIPT = b"customElements.define('elevenlabs-convai', class extends HTMLElement {});"
SHOP = {"origin": "https://shop.example"}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with a built widget, where the routes look for it."""
    name = f"widget_of_{tmp_path.name}"
    folder = tmp_path / name / "static" / "widget"
    (folder / "embed").mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    (folder / "widget.js").write_bytes(SCRIPT)
    (folder / "widget.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "embed" / "noise-abc.png").write_bytes(b"\x89PNG")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(widget_routes, "_PACKAGE", name)
    names_in.cache_clear()
    yield folder
    names_in.cache_clear()


@pytest.mark.parametrize("path", ["/widget.js", "/convai-widget/index.js", "/@elevenlabs/convai-widget-embed"])
async def test_the_script_is_for_pages_of_any_origin_and_asked_for_again(client, built: Path, path: str) -> None:
    reply = await client.get(path, headers={**SHOP, "accept-encoding": "gzip"})
    assert (reply.status_code, reply.content, reply.headers["content-encoding"]) == (200, SCRIPT, "gzip")
    assert reply.headers["content-type"].startswith("text/javascript")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert reply.headers["cache-control"].startswith("public, max-age=300")
    known = {"if-none-match": reply.headers["etag"], "accept-encoding": "gzip"}
    again = await client.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert plain.headers["etag"] != reply.headers["etag"], "packed and plain are not the same bytes"


async def test_what_it_loads_is_kept_for_good(client, built: Path) -> None:
    reply = await client.get("/embed/noise-abc.png", headers=SHOP)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    assert "immutable" in reply.headers["cache-control"]
    assert reply.headers["access-control-allow-origin"] == "*", "a canvas takes pictures of other origins only so"


@pytest.mark.parametrize("path", ["/embed/widget.js", "/embed/..%2fwidget.js", "/embed/x", "/widget/preview/other.js"])
async def test_only_what_is_there_is_a_file(client, built: Path, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_the_preview_stands_in_frames_of_our_own_only(client) -> None:
    reply = await client.get("/widget/preview")
    policy = reply.headers["content-security-policy"]
    assert reply.status_code == 200
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    for name in ("preview.js", "preview.css"):
        assert (await client.get(f"/widget/preview/{name}")).status_code == 200
