"""Computes for other processes of this machine: the one that has the models.

Every connection is a process that serves calls. What it asks for waits in the same pool as what the others ask for, the
most urgent first; what it cancels, or leaves behind when it goes, is taken out of the queue.
"""

import asyncio
import logging
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Pool, Urgency, shared_pool
from vivavoce.providers.local.wire import BadFrame, Header, framed, read_frame, read_work, written_result
from vivavoce.providers.local.workplace import Here, Kind

_log = logging.getLogger(__name__)

KINDS: Sequence[str] = ("hibari", "kokoro", "llama", "minilm", "smart_turn", "use_multilingual", "whisper")
"""The modules of this folder that hold a `KIND`; nothing else is imported because somebody asks for it."""


class Counter:
    """Serves whoever connects."""

    def __init__(self, pool: Pool | None = None, kinds: Sequence[Kind[Any]] | None = None) -> None:
        self._pool = pool or shared_pool()
        self._here = Here(self._pool)
        self._kept: dict[tuple[str, Path], Computing[Any]] = {}
        self._kinds = {kind.name: kind for kind in kinds} if kinds is not None else {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        running: dict[int, asyncio.Task[None]] = {}
        try:
            while frame := await read_frame(reader):
                header, data = frame
                if header["do"] == "cancel":
                    if task := running.get(header["id"]):
                        task.cancel()
                    continue
                task = asyncio.create_task(self._answer(writer, header, data))
                running[header["id"]] = task
                task.add_done_callback(lambda _, id=header["id"]: running.pop(id, None))
        except (BadFrame, KeyError, TypeError) as error:
            _log.warning("A process that wanted something computed was cut off: %r.", error)
        finally:
            for task in list(running.values()):
                task.cancel()
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, header: Header, data: bytes) -> None:
        try:
            reply, result = await self._compute(header, data)
        except ImportError as error:
            reply, result = {"failed": ["import", str(error)]}, b""
        except Exception as error:
            _log.exception("A local model broke.")
            reply, result = {"failed": ["model", f"{type(error).__name__}: {error}"]}, b""
        pool = self._pool
        stands = {"waiting": pool.waiting, "spare": pool.spare, "pressure": round(pool.pressure, 3)}
        writer.write(framed({"id": header["id"], **stands, **reply}, result))

    async def _compute(self, header: Header, data: bytes) -> tuple[Header, bytes]:
        kind = self._kind(header["kind"])
        model = self._model(kind, Path(header["place"]))
        if header["do"] == "load":
            await model.load()
            return {"value": None}, b""
        work = read_work({each.__name__: each for each in kind.works}, header, data)
        return written_result(await model.run(Urgency(header["urgency"]), work))

    def _model(self, kind: Kind[Any], place: Path) -> Computing[Any]:
        """Kept for as long as its folder is there: those who use it come and go."""
        key = (kind.name, place)
        if key not in self._kept:
            self._kept = {each: model for each, model in self._kept.items() if each[1].exists()}
            self._kept[key] = self._here.model(kind, place)
        return self._kept[key]

    def _kind(self, name: str) -> Kind[Any]:
        if name not in self._kinds:
            if name not in KINDS:
                raise ValueError(f"there is no kind of model {name!r}")
            self._kinds[name] = import_module(f"vivavoce.providers.local.{name}").KIND
        return self._kinds[name]
