"""Models in another process: the same work, urgency and cancelling as here, over a real socket that may break."""

import asyncio
import gc
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import pytest

from vivavoce.providers.local.distant import Gone, ModelBroke, There
from vivavoce.providers.local.pool import Pool, Urgency
from vivavoce.providers.local.serving import KINDS, Counter
from vivavoce.providers.local.wire import framed, read_result, read_work, written, written_result
from vivavoce.providers.local.workplace import Here, Kind

pytestmark = pytest.mark.anyio


class Abacus:
    """A model that can be held up, and remembers what it did."""

    made = 0
    gate: ClassVar[threading.Event] = threading.Event()
    entered: ClassVar[threading.Event] = threading.Event()
    did: ClassVar[list[str]] = []

    def __init__(self, folder: Path) -> None:
        Abacus.made += 1
        if folder.name == "foreign":
            raise ImportError("no such library")


@dataclass(frozen=True, slots=True)
class Sum:
    label: str
    total: float


@dataclass(frozen=True, slots=True)
class Add:
    """Work with a result of its own shape."""

    gives: ClassVar[type[Sum]] = Sum

    pcm: bytes
    label: str = ""

    def __call__(self, model: Abacus) -> Sum:
        Abacus.did.append(self.label)
        Abacus.entered.set()
        assert Abacus.gate.wait(10)
        if self.label == "breaks":
            raise ValueError("beads everywhere")
        return Sum(self.label, float(sum(self.pcm)))


@dataclass(frozen=True, slots=True)
class Echo:
    """Work whose result is bytes."""

    pcm: bytes

    def __call__(self, model: Abacus) -> bytes:
        return self.pcm[::-1]


KIND = Kind("abacus", Abacus, Urgency.FINAL, (Add, Echo))


@pytest.fixture(autouse=True)
def fresh() -> None:
    Abacus.made = 0
    Abacus.did.clear()
    Abacus.entered.clear()
    Abacus.gate.set()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Served:
    """The process with the models, which can be made to die and to come back."""

    socket: Path
    pool: Pool
    writers: list[asyncio.StreamWriter]
    server: asyncio.Server | None = None

    async def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        counter = Counter(self.pool, [KIND])

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.writers.append(writer)
            await counter.serve(reader, writer)

        self.server = await asyncio.start_unix_server(serve, self.socket)

    async def die(self) -> None:
        assert self.server is not None
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()


@asynccontextmanager
async def served(folder: Path, *, patience_seconds: float = 10.0) -> AsyncGenerator[tuple[Served, There]]:
    pool = Pool(1)
    process = Served(folder / "models.sock", pool, [])
    await process.start()
    there = There(process.socket, patience_seconds)
    try:
        yield process, there
    finally:
        Abacus.gate.set()
        await there.close()
        await process.die()
        pool.close()


async def until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 10)


async def until_waiting(pool: Pool, count: int) -> None:
    while pool.waiting < count:  # noqa: ASYNC110 - the pool has no event for it, and needs none
        await asyncio.sleep(0)


async def test_work_is_the_same_there_as_here(tmp_path: Path) -> None:
    async with served(tmp_path) as (process, there):
        for place in (Here(process.pool), there):
            model = place.model(KIND, tmp_path)
            assert await model.run(Urgency.FINAL, Add(b"\1\2\3", "ä")) == Sum("ä", 6.0)
            assert await model.run(Urgency.AUDIO, Echo(b"abc")) == b"cba"


async def test_one_copy_serves_everybody(tmp_path: Path) -> None:
    async with served(tmp_path) as (process, there):
        other = There(process.socket)
        models = [each.model(KIND, tmp_path) for each in (there, other, there)]
        await asyncio.gather(*(model.load() for model in models))
        assert Abacus.made == 1
        await other.close()


async def test_the_most_urgent_comes_first_whoever_asks(tmp_path: Path) -> None:
    async with served(tmp_path) as (process, there):
        other = There(process.socket)
        mine, theirs = there.model(KIND, tmp_path), other.model(KIND, tmp_path)
        await theirs.load()
        Abacus.gate.clear()
        first = asyncio.create_task(mine.run(Urgency.INTERIM, Add(b"", "first")))
        await until(Abacus.entered)
        later = asyncio.create_task(mine.run(Urgency.INTERIM, Add(b"", "later")))
        await until_waiting(process.pool, 1)
        urgent = asyncio.create_task(theirs.run(Urgency.FINAL, Add(b"", "urgent")))
        await until_waiting(process.pool, 2)
        Abacus.gate.set()
        await asyncio.gather(first, later, urgent)
        assert Abacus.did == ["first", "urgent", "later"]
        await other.close()


async def test_what_is_cancelled_here_leaves_the_queue_there(tmp_path: Path) -> None:
    async with served(tmp_path) as (process, there):
        model = there.model(KIND, tmp_path)
        await model.load()
        Abacus.gate.clear()
        first = asyncio.create_task(model.run(Urgency.FINAL, Add(b"", "first")))
        await until(Abacus.entered)
        dropped = asyncio.create_task(model.run(Urgency.FINAL, Add(b"", "dropped")))
        await until_waiting(process.pool, 1)
        dropped.cancel()
        last = asyncio.create_task(model.run(Urgency.FINAL, Add(b"", "last")))
        await until_waiting(process.pool, 2)
        Abacus.gate.set()
        await asyncio.gather(first, last)
        assert Abacus.did == ["first", "last"]
        assert dropped.cancelled()


async def test_what_breaks_there_breaks_here_with_its_reason(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, there):
        with pytest.raises(ModelBroke, match="beads everywhere"):
            await there.model(KIND, tmp_path).run(Urgency.FINAL, Add(b"", "breaks"))
        with pytest.raises(ImportError, match="no such library"):
            await there.model(KIND, tmp_path / "foreign").load()
        with pytest.raises(ModelBroke, match="no kind of model"):
            await there.model(Kind("os", Abacus, Urgency.FINAL, ()), tmp_path).load()
        assert await there.model(KIND, tmp_path).run(Urgency.FINAL, Echo(b"on")) == b"no"


async def test_what_was_under_way_when_the_process_died_is_asked_again(tmp_path: Path) -> None:
    async with served(tmp_path) as (process, there):
        model = there.model(KIND, tmp_path)
        await model.load()
        Abacus.gate.clear()
        asked = asyncio.create_task(model.run(Urgency.FINAL, Add(b"\2", "again")))
        await until(Abacus.entered)
        await process.die()
        Abacus.gate.set()
        await process.start()
        assert await asked == Sum("again", 2.0)
        assert Abacus.did == ["again", "again"]


async def test_what_kills_the_process_twice_is_not_tried_a_third_time(tmp_path: Path) -> None:
    async with served(tmp_path) as (process, there):
        Abacus.gate.clear()
        asked = asyncio.create_task(there.model(KIND, tmp_path).run(Urgency.FINAL, Add(b"", "poison")))
        await until(Abacus.entered)
        await process.die()
        process.pool = Pool(1)
        Abacus.entered.clear()
        await process.start()
        await until(Abacus.entered)
        await process.die()
        with pytest.raises(Gone, match="twice"):
            await asked


async def test_whoever_stays_away_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    there = There(tmp_path / "nobody.sock", patience_seconds=0.0)
    with pytest.raises(Gone, match="does not answer"):
        await there.model(KIND, tmp_path).load()


async def test_a_process_that_talks_nonsense_is_cut_off_and_the_others_are_served(tmp_path: Path) -> None:
    async with served(tmp_path) as (process, there):
        for nonsense in (b"\xff" * 64, framed({"no": "id"})):
            reader, writer = await asyncio.open_unix_connection(process.socket)
            writer.write(nonsense)
            assert await asyncio.wait_for(reader.read(), 10) == b""
            writer.close()
        assert await there.model(KIND, tmp_path).run(Urgency.FINAL, Echo(b"on")) == b"no"


async def test_the_works_of_every_kind_survive_the_wire() -> None:
    from vivavoce.providers.local.hibari import Sound, Spell
    from vivavoce.providers.local.smart_turn import Judge
    from vivavoce.providers.local.whisper import Transcribe, Transcript

    for work in (Sound("h", 0.5), Spell("Hi — ä"), Judge(b"\0\1"), Transcribe(b"\0\1", "de", "x")):
        header, data = written(work)
        assert read_work({type(work).__name__: type(work)}, header, data) == work
    heard = Transcript("Hello.", "en", -0.2)
    assert read_result(Transcribe(b""), *written_result(heard)) == heard


async def test_a_model_that_nobody_has_any_more_leaves_the_memory(tmp_path: Path) -> None:
    pool = Pool(1)
    here = Here(pool)
    model = here.model(KIND, tmp_path)
    await model.load()
    assert here.model(KIND, tmp_path) is model
    del model
    gc.collect()
    await here.model(KIND, tmp_path).load()
    assert Abacus.made == 2
    pool.close()


async def test_the_process_with_the_models_keeps_them_while_their_folder_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    async with served(tmp_path) as (_, there):
        for _ in range(2):
            await there.model(KIND, folder).load()
            gc.collect()
        assert Abacus.made == 1
        folder.rmdir()
        await there.model(KIND, tmp_path).load()
        await there.model(KIND, folder).load()
        assert Abacus.made == 3


def test_every_kind_of_model_can_be_asked_for() -> None:
    folder = Path(str(files("vivavoce.providers.local")))
    assert [path.stem for path in sorted(folder.glob("*.py")) if "\nKIND = " in path.read_text("utf-8")] == list(KINDS)
