"""Servers of models on this machine, found by asking where they usually listen.

Ollama, llama.cpp, LM Studio and vLLM speak chat completions and list their models under `/models`. Whoever answers
there in that form is offered by itself, model by model, and is gone again when it does not answer any more. Nothing
waits for it: it is looked for beside everything else, again and again. An address that a provider of the settings has
already is left to that one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Never
from urllib.parse import urlsplit

import orjson

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json, is_array, is_object
from vivavoce.ports.language import Language
from vivavoce.ports.outbound import LinePatience, LineRequest, Outbound, OutboundFailed, Patience, Request

_log = logging.getLogger(__name__)

_NAMES: Mapping[int, str] = {11434: "ollama", 8080: "llama_cpp", 1234: "lm_studio", 8000: "vllm"}
_PATIENCE = Patience(connect_seconds=2.0, silence_seconds=3.0, total_seconds=10.0, largest_bytes=1024 * 1024)
_DOOR_PATIENCE = LinePatience(connect_seconds=2.0)
_NO_MINDS = ("embed", "rerank", "whisper", "bge-", "-tts", "moderation")
"""What stands in the names of models that do not talk."""
_LOOKS_EVERY_SECONDS = 10.0
_MOST_MODELS = 50
_THIS = "127.0.0.1"


@frozen
class FoundServer:
    """A server that answers."""

    name: str
    base_url: str
    models: tuple[str, ...]
    mind: Language


async def _rest() -> None:
    await asyncio.sleep(_LOOKS_EVERY_SECONDS)


@dataclass(slots=True)
class Discovery:
    """Looks for servers in `places`. `speak` makes the provider for an address and its models."""

    outbound: Outbound
    places: Sequence[str]
    speak: Callable[[str, tuple[str, ...]], Language]
    rest: Callable[[], Awaitable[None]] = _rest
    found: Mapping[str, FoundServer] = field(default_factory=dict[str, FoundServer])
    """By address, in the order of the places."""

    async def keep_looking(self) -> Never:
        """Look now, and again now and then."""
        while True:
            try:
                await self.look()
            except Exception:
                # Whatever listens there must not end the looking.
                _log.exception("Looking for servers of models failed.")
            await self.rest()

    async def look(self) -> None:
        """Ask every place once."""
        listed = await asyncio.gather(*(self._models_at(place) for place in self.places))
        before = self.found
        self.found = {
            place: self._known(place, models) for place, models in zip(self.places, listed, strict=True) if models
        }
        for place in before.keys() - self.found.keys():
            _log.info("The model server %s does not answer any more.", before[place].name)
        for place in self.found.keys() - before.keys():
            server = self.found[place]
            _log.info("Found a model server: %s at %s with %s.", server.name, place, ", ".join(server.models))

    def _known(self, place: str, models: tuple[str, ...]) -> FoundServer:
        known = self.found.get(place)
        if known is not None and known.models == models:
            return known
        return FoundServer(name_of(place), place, models, self.speak(place, models))

    async def _models_at(self, place: str) -> tuple[str, ...]:
        request = Request("GET", f"{place}/models", {"accept": "application/json"}, patience=_PATIENCE)
        try:
            # Mostly nobody is there. A bare line notices that without everything that a request needs.
            async with self.outbound.connect(LineRequest(_door(place), patience=_DOOR_PATIENCE)):
                pass
            async with self.outbound.send(request) as reply:
                return _talking(orjson.loads(await reply.read())) if reply.status == 200 else ()
        except (OutboundFailed, orjson.JSONDecodeError):
            return ()


def _door(place: str) -> str:
    url = urlsplit(place)
    host = url.hostname or ""
    return f"tcp://{f'[{host}]' if ':' in host else host}:{url.port or origin_of(place)[1]}"


def _talking(listed: Json) -> tuple[str, ...]:
    """The models of a list that can talk. Other servers than models' have other lists."""
    data = listed.get("data") if is_object(listed) else None
    entries = data if is_array(data) else []
    names = [str(entry["id"]) for entry in entries if is_object(entry) and isinstance(entry.get("id"), str)]
    talking = [name for name in names if not any(part in name.lower() for part in _NO_MINDS)]
    return tuple(dict.fromkeys(talking))[:_MOST_MODELS]


def name_of(place: str) -> str:
    """What a server is called: by who usually listens there, else by its address."""
    url = urlsplit(place)
    return _NAMES.get(url.port or 0) or url.netloc


def origin_of(base_url: str) -> tuple[str, int]:
    """Which server an address leads to, however this machine is written."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    return _THIS if host in {"localhost", "::1"} else host, url.port or (443 if url.scheme == "https" else 80)
