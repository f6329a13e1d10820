"""The real server on a real socket, in a thread of this process."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from vivavoce.api.frames import FramesProtocol
from vivavoce.app import open_application
from vivavoce.settings import Settings

API_KEY = "xi_contract_tests_admin_key_0000000000000000000"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Where the server is and how to come in."""

    base_url: str
    api_key: str
    application: Any


@contextlib.contextmanager
def running_server(data_dir: Path, **more: Any) -> Iterator[RunningServer]:
    """Serve a new data folder until the block ends, with these settings on top."""
    settings = Settings.model_validate(
        {"data_dir": data_dir, "admin_api_key": API_KEY, "requests_per_minute": 0, **more}
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # asyncio leaves Nagle's algorithm on for a socket made like this, which costs 40 ms per answer.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        thread = _Serving(settings, listener)
        thread.start()
        try:
            yield RunningServer(f"http://127.0.0.1:{listener.getsockname()[1]}", API_KEY, thread.application())
        finally:
            thread.stop()


class _Serving(threading.Thread):
    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        super().__init__(daemon=True)
        self._settings = settings
        self._listener = listener
        self._serves = threading.Event()
        self._application: Any = None
        self._server: uvicorn.Server | None = None
        self._failure: BaseException | None = None

    def application(self) -> Any:
        """The application, once it serves."""
        assert self._serves.wait(timeout=60), "The server did not start within a minute."
        if self._failure:
            raise self._failure
        return self._application

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:
            self._failure = failure
        finally:
            self._serves.set()

    async def _serve(self) -> None:
        async with open_application(self._settings, bus_url="local") as application:
            await application.first_run()
            self._application = application
            self._server = _Server(application.server, self._serves)
            async with application.taking_calls():
                await self._server.serve(sockets=[self._listener])

    def stop(self) -> None:
        """Stop serving and wait for the end."""
        if self._server:
            self._server.should_exit = True
        self.join(timeout=30)


class _Server(uvicorn.Server):
    def __init__(self, app: Any, started: threading.Event) -> None:
        super().__init__(
            uvicorn.Config(
                app, ws=FramesProtocol, lifespan="off", log_config=None, proxy_headers=False, server_header=False
            )
        )
        self._say_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._say_started.set()
