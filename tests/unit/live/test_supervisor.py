"""The calls of a process: who comes in, what they hold, how they leave. In virtual time, with the double of leases."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from tests.unit.live.calls import Scene, text_plan
from tests.unit.live.sockets import organs_of

from vivavoce.base.errors import Conflict, Problem, TooMany, Unavailable
from vivavoce.base.ids import ENTROPY_BYTES, make_id
from vivavoce.engine.commands import Ending
from vivavoce.engine.events import LineDropped, Typed
from vivavoce.live.lag import Lag
from vivavoce.live.runner import Call
from vivavoce.live.supervisor import LOST, STOPPED, CallOptions, Calls
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.leases import MemoryLeases, Slot
from vivavoce.ports.link import LoggedLink
from vivavoce.ports.records import KeptRecord

AGENT = Slot("agent:agent_1", 2)


class LoopClock:
    """Wall time that goes with the virtual loop."""

    def __init__(self) -> None:
        self._counter = 0

    def now(self) -> int:
        return 1_800_000_000_000_000 + round(asyncio.get_running_loop().time() * 1_000_000)

    def entropy(self, count: int) -> bytes:
        self._counter += 1
        return self._counter.to_bytes(count, "big")

    def new_id(self, prefix: str) -> str:
        return make_id(prefix, self.now(), self.entropy(ENTROPY_BYTES))


@dataclass
class House:
    """A process with its calls."""

    leases: MemoryLeases = field(default_factory=lambda: MemoryLeases(LoopClock()))
    options: CallOptions = field(default_factory=CallOptions)
    endings: list[Ending] = field(default_factory=list[Ending])
    tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    def __post_init__(self) -> None:
        self.lag = Lag(occupied_seconds=lambda: 0.0)
        self.calls = Calls(leases=self.leases, owner="process_1", lag=self.lag, options=self.options)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["House"]:
        async with self.calls.running():
            yield self
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    def begins(self, number: int, *, slots: tuple[Slot, ...] = (), deaf: bool = False) -> None:
        """Somebody calls and stays; a deaf call cannot be hung up on."""
        self.tasks.append(asyncio.create_task(self._call(number, slots, deaf)))

    async def _call(self, number: int, slots: tuple[Slot, ...], deaf: bool) -> None:
        plan = replace(text_plan(), conversation_id=f"conv_{number}")
        async with self.calls.place("ws_1", plan.conversation_id, slots):
            call = Call(plan, "ws_1", LoggedLink(), organs_of(Scene(plan=plan)), KeptRecord(plan))
            with self.calls.hold(call):
                if deaf:
                    await asyncio.Event().wait()
                self.endings.append(await call.run())

    async def is_refused(self, number: int, *slots: Slot) -> Problem:
        with pytest.raises(Problem) as refused:
            async with self.calls.place("ws_1", f"conv_{number}", slots):
                pass
        return refused.value


def held(script: Callable[[House], Coroutine[Any, Any, None]], **house: Any) -> House:
    """Run a script in a process."""

    async def run() -> House:
        async with House(**house).open() as open_house:
            await script(open_house)
        assert len(asyncio.all_tasks()) == 1
        return open_house

    return run_virtually(run())


def test_a_call_is_found_where_it_lives_and_nowhere_after_it_ended() -> None:
    async def script(house: House) -> None:
        house.begins(1)
        await pass_time(1)
        call = house.calls.of("conv_1")
        assert call is not None
        registration = await house.leases.lookup("ws_1", "conv_1")
        assert registration is not None
        assert registration.owner == "process_1"
        call.report(LineDropped())
        await pass_time(1)
        assert house.calls.of("conv_1") is None
        assert await house.leases.lookup("ws_1", "conv_1") is None
        assert house.calls.figures().running == 0
        assert house.calls.figures().admitted == 1

    held(script)


def test_a_limit_refuses_with_its_name_and_frees_its_places() -> None:
    async def script(house: House) -> None:
        house.begins(1, slots=(AGENT,))
        house.begins(2, slots=(AGENT,))
        await pass_time(60)
        problem = await house.is_refused(3, AGENT)
        assert isinstance(problem, TooMany)
        assert (problem.status, problem.message.split(" has ")[0]) == ("too_many_calls", "This agent")
        call = house.calls.of("conv_1")
        assert call is not None
        call.report(LineDropped())
        await pass_time(1)
        house.begins(3, slots=(AGENT,))
        await pass_time(1)
        assert house.calls.of("conv_3") is not None
        assert house.calls.figures().refused == {"too_many_calls": 1}

    held(script)


def test_a_full_machine_is_busy() -> None:
    async def script(house: House) -> None:
        house.begins(1)
        await pass_time(1)
        problem = await house.is_refused(2)
        assert isinstance(problem, Unavailable)
        assert problem.status == "busy"
        assert problem.retry_after_seconds
        assert await house.leases.lookup("ws_1", "conv_2") is None

    held(script, options=CallOptions(machine=Slot("machine:here", 1)))


def test_the_same_conversation_twice_is_a_conflict() -> None:
    async def script(house: House) -> None:
        house.begins(1)
        await pass_time(1)
        assert isinstance(await house.is_refused(1), Conflict)
        assert house.calls.of("conv_1") is not None

    held(script)


def test_a_conversation_that_lives_elsewhere_is_refused_and_takes_no_slot() -> None:
    async def script(house: House) -> None:
        await house.leases.register("ws_1", "conv_1", "process_2")
        assert isinstance(await house.is_refused(1, AGENT), Conflict)
        assert await house.leases.count(AGENT.name) == 0
        found = await house.leases.lookup("ws_1", "conv_1")
        assert found is not None
        assert found.owner == "process_2"

    held(script)


def test_a_late_process_refuses_and_says_busy() -> None:
    async def script(house: House) -> None:
        house.begins(1)
        await pass_time(1)
        house.lag.load.is_late = True
        house.lag.load.late_seconds = 1.0
        problem = await house.is_refused(2)
        assert problem.status == "busy"
        assert not house.calls.standing().takes_calls
        assert "as many calls" in house.calls.standing().message
        assert house.calls.of("conv_1") is not None
        await pass_time(10)
        assert house.calls.standing().takes_calls

    held(script)


def test_who_comes_at_once_is_admitted_as_far_as_there_is_room_for_a_rush() -> None:
    async def script(house: House) -> None:
        for number in range(200):
            house.begins(number)
        await pass_time(1)
        running = house.calls.figures().running
        assert 40 <= running <= 45
        assert house.calls.figures().refused == {"busy": 200 - running}
        # They turn out to cost nothing here, so more may come.
        await pass_time(5)
        house.begins(1000)
        await pass_time(1)
        assert house.calls.figures().running == running + 1

    held(script)


def test_heartbeats_keep_what_is_held() -> None:
    async def script(house: House) -> None:
        house.begins(1, slots=(AGENT,))
        await pass_time(120)
        assert await house.leases.lookup("ws_1", "conv_1") is not None
        assert await house.leases.count(AGENT.name) == 1

    held(script)


@pytest.mark.parametrize("what", ["registration", "slot"])
def test_what_lapsed_is_ended_with_its_reason(what: str) -> None:
    async def script(house: House) -> None:
        house.begins(1, slots=(AGENT,))
        house.begins(2, slots=(AGENT,))
        await pass_time(1)
        if what == "registration":
            await house.leases.unregister("ws_1", "conv_1", "process_1")
        else:
            await house.leases.release(next(iter(house.leases._leases)))
        await pass_time(10)
        assert [(ending.cause, ending.reason) for ending in house.endings] == [("hang_up_asked", LOST)]
        assert house.calls.of("conv_2") is not None

    held(script)


def test_a_database_that_is_away_for_a_moment_ends_nothing() -> None:
    class Flaky(MemoryLeases):
        fails = 0

        async def heartbeat(self, owner: str, *, ttl_seconds: float = 15.0) -> Any:
            if self.fails:
                self.fails -= 1
                raise Unavailable("The database is away.")
            return await super().heartbeat(owner, ttl_seconds=ttl_seconds)

    leases = Flaky(LoopClock())

    async def script(house: House) -> None:
        house.begins(1)
        await pass_time(6)
        leases.fails = 1
        await pass_time(60)
        assert house.endings == []
        assert house.calls.of("conv_1") is not None

    held(script, leases=leases)


def test_draining_lets_calls_finish_and_refuses_new_ones() -> None:
    async def script(house: House) -> None:
        house.begins(1)
        await pass_time(1)
        draining = asyncio.create_task(house.calls.drain(30))
        await pass_time(1)
        problem = await house.is_refused(2)
        assert (problem.code, problem.status) == (503, "draining")
        assert house.calls.standing().message == STOPPED + " Try again."
        call = house.calls.of("conv_1")
        assert call is not None
        call.report(Typed("Goodbye."))
        await pass_time(2)
        call.report(LineDropped())
        before = asyncio.get_running_loop().time()
        await draining
        assert asyncio.get_running_loop().time() - before < 1
        assert [ending.cause for ending in house.endings] == ["caller_hung_up"]

    held(script)


def test_a_call_that_goes_on_is_ended_when_the_time_is_up() -> None:
    async def script(house: House) -> None:
        house.begins(1)
        await pass_time(1)
        await house.calls.drain(30)
        assert [ending.cause for ending in house.endings] == ["drained"]
        assert 30 <= asyncio.get_running_loop().time() <= 32

    held(script)


def test_a_call_that_does_not_listen_does_not_keep_the_process() -> None:
    async def script(house: House) -> None:
        house.begins(1, deaf=True)
        await pass_time(1)
        await house.calls.drain(10)
        assert 16 <= asyncio.get_running_loop().time() <= 18

    held(script)


def test_a_call_that_was_let_in_just_before_is_drained_too() -> None:
    async def script(house: House) -> None:
        async with house.calls.place("ws_1", "conv_1"):
            draining = asyncio.create_task(house.calls.drain(10))
            await pass_time(4)
            plan = replace(text_plan(), conversation_id="conv_1")
            call = Call(plan, "ws_1", LoggedLink(), organs_of(Scene(plan=plan)), KeptRecord(plan))
            with house.calls.hold(call):
                ending = await call.run()
        assert ending.cause == "drained"
        await draining
        assert asyncio.get_running_loop().time() <= 12

    held(script)


def test_a_process_that_ends_holds_nothing_any_more() -> None:
    async def script(house: House) -> None:
        house.begins(1, slots=(AGENT,))
        await pass_time(1)

    house = held(script)
    assert house.leases._leases == {}
    assert house.leases._registrations == {}


def test_a_thousand_calls_leave_nothing() -> None:
    async def script(house: House) -> None:
        for number in range(1000):
            house.begins(number)
            await pass_time(0.1)
            call = house.calls.of(f"conv_{number}")
            assert call is not None
            call.report(LineDropped())
            await pass_time(0.1)
        assert house.calls.figures().running == 0
        assert len(house.endings) == 1000

    held(script)
