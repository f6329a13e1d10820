"""The dashboard's routes: the page at every address of it, its files for good, and the plain page without them."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from vivavoce.api import dashboard_routes
from vivavoce.api.assets import names_in

pytestmark = pytest.mark.anyio

SCRIPT = b"console.log('hello');"
PAGE = b"<!doctype html><title>The built page</title>"
TALK = b"<!doctype html><title>The talk page</title>"


def _forget() -> None:
    dashboard_routes.is_built.cache_clear()
    names_in.cache_clear()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of nothing yet, where the routes look for built files."""
    name = f"pages_of_{tmp_path.name}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(dashboard_routes, "_PACKAGE", name)
    _forget()
    yield tmp_path / name
    _forget()


@pytest.fixture
def built(package: Path) -> Path:
    static = package / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_bytes(PAGE)
    (static / "talk.html").write_bytes(TALK)
    (static / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (static / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (static / "assets" / "mark-def.svg").write_bytes(b"<svg/>")
    (package / "secret.txt").write_text("not yours")
    return static


@pytest.mark.parametrize("path", ["/", "/agents", "/agents/agent_1", "/conversations/conv_1", "/settings/keys"])
async def test_every_address_of_a_page_shows_the_page(client, built: Path, path: str) -> None:
    reply = await client.get(path)
    assert (reply.status_code, reply.content) == (200, PAGE)
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/talk/agent_1", "/app/talk-to?agent_id=agent_1&var_name=Ada"])
async def test_the_talk_page_is_open_to_everybody(client, built: Path, path: str) -> None:
    reply = await client.get(path)
    assert (reply.status_code, reply.content) == (200, TALK)
    assert reply.headers["referrer-policy"] == "no-referrer", "the address may hold a token"
    assert reply.headers["permissions-policy"].startswith("microphone=(self)")


@pytest.mark.parametrize("path", ["/", "/talk/agent_1"])
async def test_the_policy_lets_nothing_in_from_elsewhere(client, built: Path, path: str) -> None:
    policy = (await client.get(path)).headers["content-security-policy"]
    sources = {word for part in policy.split(";") for word in part.split()[1:]}
    assert sources == {"'none'", "'self'", "data:", "blob:"}
    assert "script-src 'self';" in policy
    assert policy.startswith("default-src 'none'")


async def test_a_file_is_kept_for_good_and_comes_packed(client, built: Path) -> None:
    reply = await client.get("/assets/index-abc.js", headers={"accept-encoding": "gzip"})
    assert reply.content == SCRIPT
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["vary"] == "accept-encoding"
    assert "immutable" in reply.headers["cache-control"]
    assert reply.headers["content-type"].startswith("text/javascript")


async def test_who_cannot_unpack_gets_it_plain(client, built: Path) -> None:
    reply = await client.get("/assets/index-abc.js", headers={"accept-encoding": "identity"})
    assert reply.content == SCRIPT
    assert "content-encoding" not in reply.headers
    picture = await client.get("/assets/mark-def.svg", headers={"accept-encoding": "gzip"})
    assert picture.headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize("name", ["nothing.js", "..%2fsecret.txt", "..%2f..%2fsecret.txt", "%2e%2e", "index.html"])
async def test_only_what_was_built_is_a_file(client, built: Path, name: str) -> None:
    assert (await client.get(f"/assets/{name}")).status_code == 404


async def test_without_built_files_there_is_a_plain_page(client, package: Path) -> None:
    for path in ("/", "/agents"):
        reply = await client.get(path)
        assert reply.status_code == 200
        assert "/start/page.js" in reply.text
    assert (await client.get("/assets/index-abc.js")).status_code == 404
    assert (await client.get("/talk/agent_1")).status_code == 404


async def test_what_is_no_page_is_not_found(client, built: Path) -> None:
    assert (await client.get("/agent")).status_code == 404
    assert (await client.get("/v1/convai/agentz")).status_code == 404


async def test_a_person_who_mistypes_an_address_is_told_by_the_page(client, built: Path) -> None:
    reply = await client.get("/agentz/there", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (reply.status_code, reply.content) == (404, PAGE)
    for program in ({"accept": "application/json"}, {}):
        assert (await client.get("/agentz/there", headers=program)).json()["detail"]["status"] == "not_found"
    of_the_api = await client.get("/v1/convai/agentz", headers={"accept": "text/html"})
    assert of_the_api.json()["detail"]["status"] == "not_found"
