"""`vivavoce get PATH`: one GET request to the API, in this process, with the rights of the first admin.

For scripts on the machine itself and for a quick look: no server has to run, and no key is needed, because whoever can
read the data folder can read what is in it.
"""

import asyncio
import sys
from typing import Annotated, Any
from urllib.parse import unquote

import typer

from vivavoce.base.errors import Malformed
from vivavoce.cli._options import ConfigFile, DataDir, settings_from


def command(
    path: Annotated[
        str, typer.Argument(help="A path of the API with its query, such as /v1/convai/agents?page_size=5.")
    ],
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Send one GET request in this process and print the JSON that comes back."""
    if not path.startswith("/"):
        raise Malformed(f"{path!r} is no path of the API. Paths begin with a slash: /v1/convai/agents")
    status, body = asyncio.run(_get(path, settings_from(data_dir, config)))
    print(_pretty(body))
    if status >= 400:
        print(f"vivavoce: the answer was status {status}", file=sys.stderr)
        sys.exit(1)


async def _get(path: str, settings: Any) -> tuple[int, bytes]:
    from vivavoce.app import open_installation

    async with open_installation(settings) as (application, _):
        return await _asgi_get(application.server, path, application.local_key)


async def _asgi_get(app: Any, path: str, key: str) -> tuple[int, bytes]:
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"xi-api-key", key.encode())],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
        "state": {},
    }
    status = 0
    body = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)
        body.extend(message.get("body", b""))

    await app(scope, receive, send)
    return status, bytes(body)


def _pretty(body: bytes) -> str:
    import orjson

    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")
