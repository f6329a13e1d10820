"""A whole server as a user starts it: `vivavoce serve` in a process of its own, on a free port."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

SECONDS = 60


@dataclass
class Served:
    """A running server and what it printed."""

    process: asyncio.subprocess.Process
    banner: str

    @property
    def address(self) -> str:
        """Where it listens."""
        return self._found(r'base_url="([^"]+)"')

    @property
    def api_key(self) -> str:
        """The key it showed, which it does once."""
        return self._found(r"API key +(\S+)")

    @property
    def login_token(self) -> str:
        """The token of its login link."""
        return self._found(r"\?login=(\S+)")

    def _found(self, pattern: str) -> str:
        found = re.search(pattern, self.banner)
        assert found is not None, self.banner
        return found[1]

    def client(self, api_key: str | None = None) -> httpx.AsyncClient:
        """A client with a key."""
        return httpx.AsyncClient(
            base_url=self.address, headers={"xi-api-key": api_key or self.api_key}, timeout=SECONDS
        )

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit status."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(SECONDS):
            await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode


async def start(data_dir: Path, *flags: str, **environment: str) -> asyncio.subprocess.Process:
    """Start a server; it is not ready yet."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vivavoce", "serve", "--data-dir", str(data_dir), "--port", "0"),
        *flags,
        env={**_without_settings(), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run a command to its end: exit status, what it printed, what it complained."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vivavoce"),
        *arguments,
        env={**_without_settings(), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SECONDS):
        out, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), complaint.decode()


@asynccontextmanager
async def served(data_dir: Path, *flags: str, **environment: str) -> AsyncGenerator[Served]:
    """A server that is ready, until the block ends."""
    process = await start(data_dir, *flags, **environment)
    server = Served(process, await _banner(process))
    try:
        yield server
    finally:
        await server.stop()


async def _banner(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    lines: list[str] = []
    async with asyncio.timeout(SECONDS):
        while line := (await process.stdout.readline()).decode():
            lines.append(line)
            if "API docs" in line:
                return "".join(lines)
        raise AssertionError((await process.stderr.read()).decode())


def _without_settings() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIVAVOCE_")}
    # What happens to listen on the developer's machine is no part of a test.
    kept["VIVAVOCE_DISCOVER_MINDS"] = "none"
    kept["VIVAVOCE_FETCH_MODELS"] = "none"  # a test that wants models says so
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in ("src", kept.get("PYTHONPATH", "")) if path)}
