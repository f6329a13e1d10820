"""A serving process: the application behind uvicorn, on a port that the supervisor took.

It opens the application (which migrates and does the first run if need be), says `ready` with what a person should
be told, and serves until SIGTERM or until its supervisor is gone.
"""

import asyncio
import gc
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

from uvicorn.config import Config
from uvicorn.server import Server as Uvicorn

from vivavoce.api.frames import FramesProtocol
from vivavoce.app import Application, models_of, open_application
from vivavoce.processes.control import ControlLine, FetchingUnwanted, JobsNeeded, ModelsMissing, Ready
from vivavoce.processes.http import BoundedHttp
from vivavoce.settings import Settings

LARGEST_FRAME_BYTES = 4 * 1024 * 1024
SOCKET_PING_SECONDS = 15.0  # a peer that vanished without a word is found within two of these


class Server(Uvicorn):
    """uvicorn, telling somebody when it listens, and waiting for calls before it closes their lines."""

    def __init__(self, config: Config, started: Callable[[], None], stop_calls: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._say_started = started
        self._stop_calls = stop_calls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.started:
            self._say_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let calls come to their end while the port still answers, then close everything."""
        await self._stop_calls()
        await super().shutdown(sockets)


def uvicorn_config(application: Application, settings: Settings) -> Config:
    """How uvicorn serves us: its own logs, headers and proxies off, because the edge does these itself."""
    return Config(
        application.server,
        http=BoundedHttp,
        ws=FramesProtocol,
        # A line refuses what is over its own limit, with words; this one is for those who do not listen.
        ws_max_size=LARGEST_FRAME_BYTES,
        ws_ping_interval=SOCKET_PING_SECONDS,
        ws_ping_timeout=SOCKET_PING_SECONDS,
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level=logging.WARNING,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        ws_per_message_deflate=False,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_graceful_shutdown=round(settings.stop_timeout_seconds),
    )


async def serve(settings: Settings, listen_fd: int, control: ControlLine) -> None:
    """Serve until told to stop."""

    def jobs_needed(in_seconds: float) -> None:
        control.say(JobsNeeded(in_seconds))

    def models_missing(model_ids: Sequence[str]) -> None:
        control.say(ModelsMissing(model_ids))

    def models_unwanted() -> None:
        control.say(FetchingUnwanted())

    opening = open_application(
        settings,
        jobs_needed=jobs_needed,
        models_missing=models_missing,
        models_unwanted=models_unwanted,
        models=models_of(settings),
    )
    async with AsyncExitStack() as stack:
        application = await stack.enter_async_context(opening)
        config = uvicorn_config(application, settings)
        config.load()
        # Late, when nothing else can fail: the first key it makes is shown once, by whoever hears `Ready`.
        facts = await application.first_run()
        # Models are loaded from now on, beside the first requests.
        await stack.enter_async_context(application.taking_calls())

        def started() -> None:
            control.say(Ready(facts))
            _collect_garbage_from_now_on()
            preparing.append(asyncio.ensure_future(_prepare(application)))

        async def stop_calls() -> None:
            await application.stop_calls(settings.stop_timeout_seconds)

        preparing: list[asyncio.Future[None]] = []
        server = Server(config, started, stop_calls)
        orphaned = asyncio.ensure_future(_stop_when_orphaned(server, control))
        try:
            await server.serve(sockets=[socket.socket(fileno=listen_fd)])
        finally:
            for task in (orphaned, *preparing):
                task.cancel()


def _collect_garbage_from_now_on() -> None:
    """What there is by now stays for good, so the collector never looks at it again, and pauses stay short."""
    gc.freeze()
    gc.enable()


async def _prepare(application: Application) -> None:
    """Have there what the first requests would wait for, before there is one that would notice."""
    await application.prepare()
    gc.freeze()


async def _stop_when_orphaned(server: Uvicorn, control: ControlLine) -> None:
    await control.closed()
    server.should_exit = True
