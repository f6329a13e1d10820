"""The bus keeps its promises in every form: the double, the hub, and PostgreSQL, between two clients."""

import asyncio
import contextlib
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.databases import FreshDatabases
from tests.support.schema import migrated

from vivavoce import storage
from vivavoce.base.errors import Conflict, NotFound, TooLarge, Unavailable
from vivavoce.ports.bus import LARGEST_BYTES, Bus, LocalBus, Lost, Message
from vivavoce.storage import bus as bus_module
from vivavoce.storage import bus_hub, bus_postgres
from vivavoce.storage.bus import hub_path, open_bus
from vivavoce.storage.bus_client import HubBus, open_hub_bus
from vivavoce.storage.bus_hub import open_hub
from vivavoce.storage.bus_postgres import open_postgres_bus

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["local", "hub", "postgresql"])
async def buses(
    request: pytest.FixtureRequest, tmp_path: Path, fresh_database: FreshDatabases
) -> AsyncIterator[tuple[Bus, Bus]]:
    """Two processes' ends of one bus."""
    async with contextlib.AsyncExitStack() as stack:
        match request.param:
            case "local":
                bus = LocalBus()
                yield bus, bus
            case "hub":
                await stack.enter_async_context(open_hub(hub_path(tmp_path)))
                here, there = [await stack.enter_async_context(open_bus("hub", tmp_path)) for _ in range(2)]
                yield here, there
            case _:
                url = migrated(fresh_database, "postgresql")
                here, there = [await stack.enter_async_context(open_bus(url, tmp_path)) for _ in range(2)]
                yield here, there


async def next_of(news: AsyncIterator[Any]) -> Any:
    async with asyncio.timeout(10):
        return await anext(news)


async def test_news_reaches_every_subscriber_in_order(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    async with here.subscribe("calls", "jobs") as ours, there.subscribe("calls") as theirs:
        await here.publish("jobs", None)
        await here.publish("calls", {"n": 1, "text": "grüße \x00"})
        await here.publish("others", "nobody hears this")
        await here.publish("calls", [2])
        assert [await next_of(ours) for _ in range(3)] == [
            Message("jobs", None),
            Message("calls", {"n": 1, "text": "grüße \x00"}),
            Message("calls", [2]),
        ]
        assert [(await next_of(theirs)).body for _ in range(2)] == [{"n": 1, "text": "grüße \x00"}, [2]]


async def test_what_ended_is_not_heard_and_the_rest_is(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    async with there.subscribe("a") as stays:
        async with there.subscribe("a"):
            pass
        await here.publish("a", 1)
        assert await next_of(stays) == Message("a", 1)


async def test_large_messages_and_channels_of_any_name_pass(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    channel = 'workspace_1/"quoted"; ' + "x" * 200
    async with there.subscribe(channel) as news:
        await here.publish(channel, "small")
        await here.publish(channel, "ä" * 400_000)
        await here.publish(channel, "small again")
        assert [len((await next_of(news)).body) for _ in range(3)] == [5, 400_000, 11]


async def test_a_message_over_the_limit_is_refused(buses: tuple[Bus, Bus]) -> None:
    here, _ = buses
    with pytest.raises(TooLarge, match="store it"):
        await here.publish("a", "x" * LARGEST_BYTES)
    with pytest.raises(TooLarge):
        await here.request("a", "x" * LARGEST_BYTES)


async def test_a_slow_reader_loses_the_oldest_and_is_told_where(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    async with there.subscribe("a", buffer=3) as slow, there.subscribe("a") as quick:
        for n in range(5):
            await here.publish("a", n)
        for _ in range(5):
            await next_of(quick)
        assert [await next_of(slow) for _ in range(4)] == [Lost(2), *(Message("a", n) for n in (2, 3, 4))]


async def test_a_question_is_answered(buses: tuple[Bus, Bus]) -> None:
    here, there = buses

    async def twice(body: Any) -> Any:
        return {"twice": body["n"] * 2}

    async with there.answer("process_1", twice):
        replies = await asyncio.gather(*(here.request("process_1", {"n": n}) for n in range(20)))
        assert [reply["twice"] for reply in replies] == [2 * n for n in range(20)]
        assert await there.request("process_1", {"n": 4}) == {"twice": 8}
        assert len((await here.request("process_1", {"n": "long" * 10_000}))["twice"]) == 80_000


async def test_nobody_answers_is_known_at_once(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    async with there.answer("process_1", nothing):
        pass
    with pytest.raises(Unavailable, match="process_1") as refused:
        await here.request("process_1", {}, timeout_seconds=3600)
    assert refused.value.status == "nobody_answers"


async def test_a_reply_that_does_not_come_is_unavailable_in_time(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    broken_off = asyncio.Event()

    async def never(_: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            broken_off.set()

    async with there.answer("process_1", never):
        with pytest.raises(Unavailable, match=r"0\.5 s"):
            await here.request("process_1", {}, timeout_seconds=0.5)
        async with asyncio.timeout(10):
            await broken_off.wait()


async def test_a_problem_travels_and_a_mistake_does_not_speak(
    buses: tuple[Bus, Bus], caplog: pytest.LogCaptureFixture
) -> None:
    here, there = buses

    async def refuses(_: Any) -> None:
        raise NotFound.of("conversation", "conv_1")

    async def breaks(_: Any) -> None:
        raise ValueError("customer content")

    async with there.answer("a", refuses), there.answer("b", breaks):
        with pytest.raises(NotFound, match="conv_1") as refused:
            await here.request("a", {})
        assert refused.value.status == "conversation_not_found"
        with pytest.raises(Unavailable, match="ValueError") as broken:
            await here.request("b", {})
        assert "customer" not in str(broken.value)


async def nothing(_: Any) -> None:
    return None


# The hub


async def test_clients_come_back_when_the_hub_does(tmp_path: Path) -> None:
    path = hub_path(tmp_path)
    async with contextlib.AsyncExitStack() as stack:
        async with open_hub(path):
            here = await stack.enter_async_context(open_hub_bus(path))
            there = await stack.enter_async_context(open_hub_bus(path))
            news = await stack.enter_async_context(there.subscribe("a"))
            await stack.enter_async_context(there.answer("process_1", nothing))
            await here.publish("a", "before")
            assert await next_of(news) == Message("a", "before")
        await here.publish("a", "while it is away")
        async with open_hub(path):
            assert await next_of(news) == Lost(None)
            await until_answered(here, "process_1")
            await here.publish("a", "after")
            assert await next_of(news) == Message("a", "after")


async def until_answered(bus: Bus, target: str) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                return await bus.request(target, {})
            except Unavailable:
                await asyncio.sleep(0)


async def test_a_question_fails_when_its_answerer_or_the_hub_goes(tmp_path: Path) -> None:
    path, asked = hub_path(tmp_path), asyncio.Event()

    async def never(_: Any) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with open_hub(path), open_hub_bus(path) as here:
        async with open_hub_bus(path) as there, there.answer("process_1", never):
            question = asyncio.create_task(here.request("process_1", {}, timeout_seconds=3600))
            await asked.wait()
            asked.clear()
        with pytest.raises(Unavailable, match="No process answers"):
            await question
        async with open_hub_bus(path) as there, there.answer("process_1", never):
            question = asyncio.create_task(here.request("process_1", {}, timeout_seconds=3600))
            await asked.wait()
            await _hang_up(here)
            with pytest.raises(Unavailable, match="went away"):
                await question


async def test_the_hub_forgets_the_question_of_a_process_that_ended(tmp_path: Path) -> None:
    path, asked = hub_path(tmp_path), asyncio.Event()

    async def never(_: Any) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with open_hub(path) as hub, open_hub_bus(path) as there, there.answer("process_1", never):
        async with open_hub_bus(path) as here:
            question = asyncio.create_task(here.request("process_1", {}, timeout_seconds=3600))
            await asked.wait()
            question.cancel()
        async with there.answer("process_2", nothing):
            await there.request("process_2", {})  # by when it is back, the hub has seen the other one leave
        assert hub._questions == {}


async def _hang_up(bus: Bus) -> None:
    assert isinstance(bus, HubBus)
    bus._writer.close()  # type: ignore[union-attr]


async def test_without_a_hub_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="vivavoce serve"):
        async with open_hub_bus(tmp_path / "bus.sock", connect_seconds=0.05):
            pass


async def test_a_killed_hubs_socket_is_replaced_and_a_running_ones_is_not(tmp_path: Path) -> None:
    path = hub_path(tmp_path)
    killed = bus_hub._private_socket(path)
    killed.close()
    assert path.is_socket()
    async with open_hub(path), open_hub_bus(path) as here:
        with pytest.raises(Conflict, match="Another server"):
            async with open_hub(path):
                pass
        await here.publish("a", 1)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


@pytest.mark.parametrize("sent", [b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\3{}}", b"GET / HTTP/1.1\r\n\r\n"])
async def test_nonsense_is_cut_off_and_the_others_stay(tmp_path: Path, sent: bytes) -> None:
    path = hub_path(tmp_path)
    async with open_hub(path), open_hub_bus(path) as here, here.subscribe("a") as news:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(sent)
        assert await reader.read() == b""
        writer.close()
        await here.publish("a", 1)
        assert await next_of(news) == Message("a", 1)


async def test_a_client_that_does_not_read_costs_the_others_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_hub, "NEWS_WAITING", 10)
    path = hub_path(tmp_path)
    async with open_hub(path), open_hub_bus(path) as here, open_hub_bus(path) as slow:
        async with slow.subscribe("a") as theirs, here.subscribe("a", buffer=1000) as ours:
            slow._writer.transport.pause_reading()  # type: ignore[union-attr]
            for n in range(100):
                await here.publish("a", [n, "x" * 100_000])
            for n in range(100):
                assert (await next_of(ours)).body[0] == n
            slow._writer.transport.resume_reading()  # type: ignore[union-attr]
            await here.publish("a", "last")
            told = [await next_of(theirs)]
            while told[-1] != Message("a", "last"):
                told.append(await next_of(theirs))
        assert Lost(None) in told
        assert len(told) < 100


def test_a_long_data_folder_gets_a_short_private_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(bus_module.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(bus_module, "_LONGEST_PATH_BYTES", len(os.fsencode(tmp_path)) + 45)
    deep = tmp_path / ("d" * 100)
    assert hub_path(tmp_path) == tmp_path / "bus.sock"
    path = hub_path(deep)
    assert path == hub_path(deep) != hub_path(deep / "other")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.parent.chmod(0o755)
    with pytest.raises(Unavailable, match="chmod 700"):
        hub_path(deep)


async def test_a_socket_with_the_longest_path_can_be_served() -> None:
    deep = Path("/tmp") / ("d" * 200)
    async with open_hub(hub_path(deep)), open_hub_bus(hub_path(deep)) as bus:
        await bus.publish("a", 1)


# PostgreSQL


async def test_a_lost_database_connection_comes_back(fresh_database: FreshDatabases) -> None:
    import asyncpg

    url = migrated(fresh_database, "postgresql")
    async with contextlib.AsyncExitStack() as stack:
        here, there = [await stack.enter_async_context(open_postgres_bus(url)) for _ in range(2)]
        news = await stack.enter_async_context(there.subscribe("a"))
        await stack.enter_async_context(there.answer("process_1", nothing))
        admin = await asyncpg.connect(url)
        await admin.execute("SELECT pg_terminate_backend($1)", there._connection.get_server_pid())
        await admin.close()
        assert await next_of(news) == Lost(None)
        assert await here.request("process_1", {}) is None
        await here.publish("a", "after")
        assert await next_of(news) == Message("a", "after")


async def test_a_line_that_hangs_does_not_hold_up_who_publishes(
    fresh_database: FreshDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_postgres, "_PUBLISH_SECONDS", 0.01)
    async with open_postgres_bus(migrated(fresh_database, "postgresql")) as here, here._one_at_a_time:
        async with asyncio.timeout(20):
            await here.publish("a", 1)


async def test_rows_of_large_messages_do_not_pile_up(fresh_database: FreshDatabases) -> None:
    import asyncpg

    url = migrated(fresh_database, "postgresql")
    admin = await asyncpg.connect(url)
    async with open_postgres_bus(url) as here:
        await here.publish("a", "x" * 10_000)
        await admin.execute("UPDATE bus_messages SET created_at = created_at - 61000000")
        await here.publish("a", "y" * 10_000)
        await here.publish("a", "small")
    [row] = await admin.fetch("SELECT body FROM bus_messages")
    assert "y" in row["body"]
    await admin.close()


async def test_a_database_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="bus_url"):
        async with open_bus("postgresql://nobody@127.0.0.1:1/none", tmp_path):
            pass
    with pytest.raises(Unavailable, match="bus_url"):
        async with open_bus("redis://127.0.0.1", tmp_path):
            pass


def test_the_hub_is_light() -> None:
    script = "import sys, vivavoce.storage.bus, vivavoce.storage.bus_hub; print(*sorted(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(Path(storage.__file__).parents[2])}
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert not {"sqlalchemy", "pydantic", "asyncpg", "obstore", "uvloop", "vivavoce.storage.database"} & set(loaded)
