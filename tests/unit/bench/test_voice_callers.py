"""Callers of the measurement of spoken calls, in virtual time: what counts, what is set aside, what is not valid."""

import asyncio
import base64
from array import array
from collections.abc import AsyncIterator, Mapping
from itertools import repeat
from typing import Any, cast

import orjson
import pytest
import websockets
from bench.voice.talking import AUDIBLE, FRAME_SECONDS, SILENCE, Caller, Seen, _objections, _utterance

from vivavoce.live.virtual_time import pass_time, run_virtually

RATE_HZ = 16_000


def sound(seconds: float) -> bytes:
    return array("h", [AUDIBLE + 1] * round(RATE_HZ * seconds)).tobytes()


QUESTION = _utterance(sound(2.0) + bytes(RATE_HZ // 2))
LAST = round(2.0 / FRAME_SECONDS)
"""The frame with the last of its sound."""


ANSWER_SECONDS = 4.0


class Agent:
    """The other end of the line: after so many frames of a question it answers, so many seconds later.

    It falls silent when the caller goes on.
    """

    def __init__(self, answers: Mapping[int, float], stalls: Mapping[int, float]) -> None:
        self._answers = answers
        self._stalls = stalls
        self._told = asyncio.Queue[str]()
        self._frames = 0
        self._sounds_until = 0.0
        self.cut = 0
        """So often it was cut short."""
        self._answer()

    def _answer(self) -> None:
        self._sounds_until = asyncio.get_running_loop().time() + ANSWER_SECONDS
        audio = base64.b64encode(sound(ANSWER_SECONDS)).decode()
        self._tell({"type": "audio", "audio_event": {"audio_base_64": audio}})

    def _fall_silent(self) -> None:
        self._sounds_until = 0.0
        self.cut += 1
        self._tell({"type": "interruption"})

    def _tell(self, what: Mapping[str, Any]) -> None:
        self._told.put_nowait(orjson.dumps(what).decode())

    async def send(self, frame: str) -> None:
        if frame == SILENCE:
            self._frames = 0
            return
        loop = asyncio.get_running_loop()
        self._frames += 1
        if self._sounds_until > loop.time() and self._frames < LAST:
            self._fall_silent()
        if self._frames in self._answers:
            loop.call_later(self._answers[self._frames], self._answer)
        # The machine holds up the caller.
        await pass_time(self._stalls.get(self._frames, 0.0))

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            yield await self._told.get()


def asked(
    answers: Mapping[int, float], *, times: int = 2, stalls: Mapping[int, float] | None = None
) -> tuple[Seen, int]:
    """What a caller saw who asked so often, and how often the agent was cut short."""

    async def ask() -> int:
        agent = Agent(answers, stalls or {})
        caller = Caller(cast(websockets.ClientConnection, agent), seen, repeat(QUESTION))
        others = [asyncio.create_task(each) for each in (caller.speak(), caller.listen())]
        await caller.ask(times)
        for each in others:
            each.cancel()
        return agent.cut

    seen = Seen()
    return seen, run_virtually(ask())


def test_what_a_caller_waits_counts_from_the_last_sound() -> None:
    seen, _ = asked({LAST: 0.5})
    assert seen.voice_to_voice_ms == [pytest.approx(500.0, abs=1.0)] * 2
    assert (seen.early, seen.missed, seen.disturbed_ms) == (0, 0, [])


def test_an_answer_into_the_question_is_too_early_and_the_answer_to_all_of_it_is_heard_out() -> None:
    """Otherwise the caller would speak into that one, and the next question would count as answered too early, too."""
    seen, cut = asked({50: 0.1, LAST: 0.5}, times=4)
    assert (seen.early, seen.voice_to_voice_ms) == (4, [])
    assert cut == seen.early


def test_a_question_whose_caller_was_held_up_is_set_aside() -> None:
    seen, _ = asked({LAST: 0.5}, stalls={30: 0.1})
    assert seen.voice_to_voice_ms == []
    assert seen.disturbed_ms == [pytest.approx(80.0, abs=1.0)] * 2
    assert seen.late_ms == []


def test_what_comes_too_early_for_a_caller_who_was_held_up_is_nobodys_fault() -> None:
    seen, _ = asked({50: 0.1, LAST: 0.5}, stalls={49: 0.2})
    assert (seen.early, len(seen.disturbed_ms)) == (0, 2)


def test_a_question_without_an_answer_is_missed_whoever_was_held_up() -> None:
    seen, _ = asked({}, times=1, stalls={30: 0.1})
    assert (seen.missed, seen.disturbed_ms) == (1, [])


def test_being_late_by_less_than_a_frame_is_measured_and_counts() -> None:
    seen, _ = asked({LAST: 0.5}, stalls={30: 0.03})
    assert len(seen.voice_to_voice_ms) == 2
    assert max(seen.late_ms) == pytest.approx(10.0, abs=1.0)


def saw(**changes: Any) -> Seen:
    return Seen(**{"voice_to_voice_ms": [500.0] * 27, "late_ms": [1.0] * 1000, "disturbed_ms": [90.0] * 3} | changes)


@pytest.mark.parametrize(
    ("seen", "neighbours", "why"),
    [
        (saw(), 0.01, None),
        (saw(disturbed_ms=[90.0] * 4), 0.01, "callers were held up in 4 questions, by up to 90 ms"),
        (saw(late_ms=[1.0] * 1000 + [25.0] * 20), 0.01, "callers were 25 ms late"),
        (saw(), 0.2, "others used 20% of the cores"),
        (saw(voice_to_voice_ms=[], disturbed_ms=[]), 0.0, "no answer could be counted"),
    ],
)
def test_a_row_says_why_it_is_not_valid(seen: Seen, neighbours: float, why: str | None) -> None:
    assert list(_objections(seen, neighbours)) == ([why] if why else [])
