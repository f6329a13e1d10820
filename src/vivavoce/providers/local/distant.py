"""Models in another process of this machine: the workplace of a server with several workers.

- There is one connection, made at the first need and made again when it breaks. What was under way when it broke is
  asked for once more: computing has no effect but its result, so twice is as good as once. What breaks the other side
  twice is not tried a third time.
- While the other side is away (it is being started, or again), whoever needs it waits, for `PATIENCE_SECONDS` at most;
  then it fails like any model that breaks, and the call's own fall-backs take over.
- Cancelling travels along: what nobody wants any more leaves the queue there.
"""

import asyncio
import contextlib
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from vivavoce.base.frozen import frozen
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import MEMORY_SECONDS, Urgency
from vivavoce.providers.local.wire import BadFrame, Header, framed, read_frame, read_result, written
from vivavoce.providers.local.workplace import Kind

T = TypeVar("T")
R = TypeVar("R")

PATIENCE_SECONDS = 20.0
_PAUSE_SECONDS = 0.1
_TRIES = 2


class ModelBroke(Exception):
    """The model could not be loaded or computed there; the message is the other side's."""


class Gone(ModelBroke):
    """The process with the models is not there."""


@dataclass(slots=True)
class _Line:
    """A connection, and what is asked over it."""

    writer: asyncio.StreamWriter
    asked: dict[int, asyncio.Future[tuple[Header, bytes]]]


class There:
    """The process with the models, at its socket."""

    def __init__(self, socket: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._socket = socket
        self._patience_seconds = patience_seconds
        self._numbers = itertools.count(1)
        self._line: _Line | None = None
        self._connecting: asyncio.Lock = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._waiting = 0
        self._spare = 0
        self._pressure = 0.0
        self._told_at = 0.0

    def model(self, kind: Kind[T], place: Path) -> Computing[T]:
        """A model to compute with."""
        return Distant(self, kind, place)

    @property
    def waiting(self) -> int:
        """How much waited there when it last answered, while anything is asked."""
        return self._waiting if self._line is not None and self._line.asked else 0

    @property
    def spare(self) -> int:
        """How many threads there had nothing to do when it last answered, less what was asked since."""
        return max(0, self._spare - len(self._line.asked)) if self._line is not None else 0

    @property
    def pressure(self) -> float:
        """What part of the threads' time there urgent work took when it last answered; since then it fades."""
        quiet_seconds = asyncio.get_running_loop().time() - self._told_at
        return self._pressure * math.exp(-quiet_seconds / MEMORY_SECONDS)

    async def ask(self, header: Header, data: bytes = b"") -> tuple[Header, bytes]:
        """Have something done; the answer. `ModelBroke` if it cannot be."""
        for last in range(1, _TRIES + 1):
            try:
                answer, result = await self._asked(await self._connected(), header, data)
                break
            except ConnectionError:
                if last == _TRIES:
                    raise Gone("The process with the local models broke off twice.") from None
        else:
            raise AssertionError("unreachable")
        self._waiting, self._spare, self._pressure = answer["waiting"], answer["spare"], answer["pressure"]
        self._told_at = asyncio.get_running_loop().time()
        match answer.get("failed"):
            case ["import", message]:
                raise ImportError(message)
            case [_, message]:
                raise ModelBroke(message)
            case _:
                return answer, result

    async def close(self) -> None:
        """Hang up."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _asked(self, line: _Line, header: Header, data: bytes) -> tuple[Header, bytes]:
        number = next(self._numbers)
        answer = line.asked[number] = asyncio.get_running_loop().create_future()
        line.writer.write(framed({**header, "id": number}, data))
        try:
            return await answer
        except asyncio.CancelledError:
            line.writer.write(framed({"id": number, "do": "cancel"}))
            raise
        finally:
            line.asked.pop(number, None)

    async def _connected(self) -> _Line:
        async with self._connecting:
            if self._line is None:
                self._line = await self._connect()
            return self._line

    async def _connect(self) -> _Line:
        try:
            async with asyncio.timeout(self._patience_seconds):
                while True:
                    with contextlib.suppress(OSError):
                        reader, writer = await asyncio.open_unix_connection(self._socket)
                        break
                    await asyncio.sleep(_PAUSE_SECONDS)
        except TimeoutError:
            raise Gone("The process with the local models does not answer.") from None
        line = _Line(writer, {})
        self._reading = asyncio.create_task(self._read(reader, line), name="local models")
        return line

    async def _read(self, reader: asyncio.StreamReader, line: _Line) -> None:
        try:
            while frame := await read_frame(reader):
                answer = line.asked.get(frame[0]["id"])
                if answer is not None and not answer.done():
                    answer.set_result(frame)
        except BadFrame:
            pass
        finally:
            self._line = None
            line.writer.close()
            for answer in line.asked.values():
                if not answer.done():
                    answer.set_exception(ConnectionResetError())


@frozen
class Distant(Generic[T]):
    """A model there (`loaded.Computing`)."""

    there: There
    kind: Kind[T]
    place: Path

    @property
    def waiting(self) -> int:
        """How much waits there."""
        return self.there.waiting

    @property
    def spare(self) -> int:
        """How many threads there have nothing to do."""
        return self.there.spare

    @property
    def pressure(self) -> float:
        """What part of their time urgent work takes there."""
        return self.there.pressure

    async def load(self) -> None:
        """Have it ready."""
        await self.there.ask({"do": "load", **self._named})

    async def run(self, urgency: Urgency, work: Callable[[T], R]) -> R:
        """Compute something with it, when it is its turn."""
        header, data = written(work)
        answer, result = await self.there.ask({"do": "run", "urgency": int(urgency), **self._named, **header}, data)
        return cast(R, read_result(work, answer, result))

    @property
    def _named(self) -> dict[str, Any]:
        return {"kind": self.kind.name, "place": str(self.place)}
