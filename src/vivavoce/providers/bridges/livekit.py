"""LiveKit's plugins: what its framework can hear, speak and think with, loaded when it is first used.

    [providers.ear.livekit]
    plugin = "speechmatics"               the package livekit-plugins-speechmatics
    arguments = { api_key = "..." }       of its class STT

The framework is large (a second to import, a hundred megabytes), so nothing of it is imported unless a table names it,
and it is an extra: `pip install "vivavoce[livekit]" livekit-plugins-NAME`. It lets plugins be imported on the main
thread only, which is why that happens when the provider is warmed, before any call.

A plugin opens its own connections. The rules and limits of `net` do not hold for them; that is said in the docs.
"""

import asyncio
import inspect
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pydantic import Field

from vivavoce.ports.outbound import OutboundFailed
from vivavoce.providers.far import Vendor
from vivavoce.providers.registry import Options, Outside

_SECRET_WORDS = ("key", "token", "secret", "password", "credentials")


class LiveKitOptions(Options):
    """Which plugin, and what it is told."""

    plugin: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", description="Name of the plugin, as in livekit-plugins-NAME, with underscores."
    )
    arguments: dict[str, Any] = Field(
        default_factory=dict[str, Any], repr=False, description="Arguments of the plugin's class, such as api_key."
    )


def lacks(options: LiveKitOptions, outside: Outside) -> str:
    """The framework and the plugin, if they are not installed."""
    _ = outside
    if all(_is_here(name) for name in ("livekit.agents", f"livekit.plugins.{options.plugin}")):
        return ""
    package = options.plugin.replace("_", "-")
    return f'The plugin is not installed: pip install "vivavoce[livekit]" livekit-plugins-{package}'


def _is_here(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ModuleNotFoundError, ValueError):
        return False


@dataclass(slots=True)
class Plugin:
    """One object of a plugin's, made when it is first needed."""

    options: LiveKitOptions
    class_name: str
    _made: Any = None
    _session: Any = None
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def vendor(self) -> Vendor:
        """Whose it is."""
        arguments = self.options.arguments.items()
        secrets = [str(value) for name, value in arguments if any(word in name.lower() for word in _SECRET_WORDS)]
        return Vendor(f"The plugin {self.options.plugin}", secrets)

    async def get(self) -> Any:
        """The object."""
        async with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> Any:
        plugin = import_module(f"livekit.plugins.{self.options.plugin}")
        made_by = getattr(plugin, self.class_name)
        arguments = dict(self.options.arguments)
        if "http_session" in inspect.signature(made_by).parameters:
            # Plugins expect the framework to have one open for them.
            self._session = import_module("aiohttp").ClientSession()
            arguments["http_session"] = self._session
        return made_by(**arguments)

    async def close(self) -> None:
        """Let its connections go."""
        if self._made is not None:
            await self._made.aclose()
            self._made = None
        if self._session is not None:
            await self._session.close()
            self._session = None


def once() -> Any:
    """How the framework is told to try once: trying again is our business."""
    return import_module("livekit.agents").APIConnectOptions(max_retry=0, timeout=10.0)


def failure(vendor: Vendor, error: Exception) -> OutboundFailed:
    """What a plugin raised, as a failure of the way to its vendor."""
    status = getattr(error, "status_code", 0)
    said = vendor.discreet(str(error)) or type(error).__name__
    known = isinstance(status, int) and status > 0
    return OutboundFailed("broken", f"it failed ({said})", status if known else 0)
