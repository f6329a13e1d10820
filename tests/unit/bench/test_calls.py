"""The measurement of calls measures what it says: its clocks, its reading of replies, its judgement."""

from array import array
from typing import Any

import pytest
from bench.calls import frames, scenario
from bench.calls.caller import Caller, Voice
from bench.calls.generator import Load, Rest
from bench.calls.plan import WHOLE, Run, held
from bench.calls.playout import Comparison, Playout, compared
from bench.calls.sounds import sound
from bench.calls.tally import Tally, distribution, percentile
from bench.calls.verdicts import verdicts

SECOND = scenario.SAMPLE_RATE_HZ * scenario.SAMPLE_BYTES
REPLY = array("h", (place * 7919 % 32749 for place in range(3 * scenario.SAMPLE_RATE_HZ))).tobytes()


# The path of fixed delays


def test_with_short_frames_the_path_is_the_sum_of_its_delays() -> None:
    assert scenario.SPOKEN_PATH_MS == 200 + 80 + 100
    assert scenario.path_ms(20, 4.4) == 580
    assert scenario.path_ms(25, 14.4) == 580


def test_silence_inside_a_long_frame_is_not_waited_for_again() -> None:
    assert scenario.path_ms(250, 214.4) == scenario.SPOKEN_PATH_MS
    assert scenario.path_ms(250, 100) == 250 + scenario.SPOKEN_PATH_MS


def test_a_clip_is_filled_up_to_whole_frames() -> None:
    question = sound("utterance", 250)
    assert len(question.frames) == 7
    assert question.trailing_silence_ms == pytest.approx(7 * 250 - 1535.6, abs=0.1)


# The loudspeaker


def test_a_gap_is_an_underrun_and_a_flush_is_not() -> None:
    heard = Playout()
    heard.begin()
    assert heard.add(0.1, 1.0) == 0
    assert heard.add(0.1, 1.05) == 0
    assert heard.add(0.1, 1.25) == pytest.approx(0.05)
    heard.flush(1.3)
    assert heard.add(0.1, 2.0) == 0


def test_a_flush_takes_back_what_was_not_heard() -> None:
    heard = Playout()
    heard.begin(keeping=True)
    heard.add(1.0, 5.0, REPLY[:SECOND])
    heard.flush(5.25)
    assert heard.until == 5.25
    assert heard.heard_seconds == pytest.approx(0.25)
    assert heard.parts() == [REPLY[: SECOND // 4]]


@pytest.mark.parametrize(
    ("second_part", "expected"),
    [
        (SECOND, Comparison()),
        (SECOND - 3200, Comparison(repeated_ms=100)),
        (SECOND + 3200, Comparison(skipped_ms=100)),
    ],
)
def test_a_resumed_reply_is_held_against_the_undisturbed_one(second_part: int, expected: Comparison) -> None:
    assert compared([REPLY[:SECOND], REPLY[second_part:]], REPLY) == expected


def test_a_reply_that_ends_early_was_skipped_and_other_audio_is_not_the_same() -> None:
    assert compared([REPLY[:SECOND]], REPLY) == Comparison(skipped_ms=2000)
    assert not compared([REPLY[:SECOND], bytes(2 * SECOND)], REPLY).is_same


# The caller


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        pass


def caller(tally: Tally) -> Caller:
    made = Caller("localhost", "/", Voice.of("turns", 20), tally, lambda _: None)
    made.connection_made(Wire())  # type: ignore[arg-type]
    return made


def served(payload: bytes, opcode: int = frames.TEXT) -> bytes:
    """A frame as a server sends it: not masked."""
    assert len(payload) < 126
    return bytes((0x80 | opcode, len(payload))) + payload


ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
AUDIO = served(b'{"type":"audio","audio_event":{"audio_base_64":"AAAAAAAA","event_id":1}}')


def test_a_refusal_says_why_and_a_line_that_only_ends_is_not_clear() -> None:
    tally = Tally()
    caller(tally).data_received(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
    caller(tally).data_received(ACCEPTED + served(b"\x03\xf5busy", frames.CLOSE))
    caller(tally).connection_lost(None)
    assert tally.counts == {"refused": 2, "unclear": 1}
    assert set(tally.reasons) == {"HTTP 503", "1013 busy", "no reason given"}
    assert len(tally.refused_ms) == 2


def test_a_call_that_was_answered_and_then_ended_is_lost() -> None:
    tally = Tally()
    answered = caller(tally)
    answered.data_received(ACCEPTED + AUDIO)
    answered.connection_lost(None)
    assert tally.counts == {"admitted": 1, "lost": 1}


def test_audio_with_an_id_that_was_closed_is_noticed() -> None:
    tally = Tally()
    interrupted = caller(tally)
    interruption = served(b'{"type":"interruption","interruption_event":{"event_id":1}}')
    interrupted.data_received(ACCEPTED + AUDIO + interruption + AUDIO)
    assert tally.counts["stale_ids"] == 1


def test_frames_are_read_however_they_are_cut() -> None:
    stream = served(b"one") + served(b"two")
    buffer = bytearray()
    found: list[bytes] = []
    for byte in stream:
        buffer.append(byte)
        found += [payload for _, payload in frames.taken(buffer)]
    assert found == [b"one", b"two"]


# The figures


def test_percentiles_lie_between_their_neighbours() -> None:
    assert percentile([1.0, 2.0, 3.0], 50) == 2
    assert percentile([0.0, 10.0], 99) == pytest.approx(9.9)
    assert distribution([])["p99"] is None


def test_the_load_survives_the_way_to_the_other_process() -> None:
    load = Load(1, "/", 2, rest=Rest("key", 5, gets=("/a",)))
    assert Load.read(load.text()) == load


def row(name: str = "ladder", side: str = "ours", calls: int = 50, **given: Any) -> dict[str, Any]:
    """A row in which everything went well."""
    told = Tally().told()
    good = {name: {"p50": 5.0, "p99": 50.0} for name in ("added_ms", "silence_ms", "above_voice_ms")}
    return {
        **told,
        "name": name,
        "side": side,
        "profile": "fast",
        "calls": calls,
        "alive": calls,
        "replies": 100,
        "chunk_ms": 20,
        "underrun_ms": {"n": 0},
        "valid": True,
        "cpu_percent": 0.5,
        "memory_mb": 0.3,
        "first_call_ms": 100.0,
        **good,
        **given,
    }


def test_a_server_holds_a_load_if_nobody_was_missed_and_the_callers_kept_time() -> None:
    assert held(row()) == 50
    assert held(row(alive=48, refused=2)) == 48
    assert not held(row(missed_turns=1))
    assert not held(row(valid=False))
    assert not held(row(added_ms={"p50": 10.0, "p99": 300.0}))
    assert not held(row(alive=49))


def test_a_ladder_is_climbed_until_it_breaks_and_the_overload_is_twice_what_was_held() -> None:
    def measure(plan: Any) -> dict[str, Any]:
        return row(plan.name, plan.side, plan.load.calls, missed_turns=int(plan.load.calls > 100))

    found = list(Run(WHOLE, "ours", measure).rows())
    assert [each["calls"] for each in found if each["name"] == "ladder"] == [1, 10, 25, 50, 100, 150]
    assert found[-1]["name"] == "overload"
    assert found[-1]["calls"] == 200


def verdict_on(what: str, rows: list[dict[str, Any]]) -> str:
    return next(each.told() for each in verdicts(rows, WHOLE) if each.what.startswith(what))


def test_a_slow_machine_is_judged_by_the_ratio_to_the_peer() -> None:
    slow = row(cpu_percent=1.5)
    assert verdict_on("processor", [slow]) == "FAIL"
    assert verdict_on("processor", [slow, row(side="livekit", cpu_percent=3.0)]) == "PASS (ratio)"
    assert verdict_on("processor", [slow, row(side="floor", cpu_percent=1.4)]) == "PASS (ratio)"
    assert verdict_on("processor", [slow, row(side="livekit", cpu_percent=3.0, missed_turns=9)]) == "FAIL"
    assert verdict_on("processor", [row()]) == "PASS"
    assert verdict_on("processor", [row(valid=False)]) == "FAIL"


def test_a_peer_that_holds_fewer_calls_is_compared_where_both_held() -> None:
    slow = [row(calls=25, cpu_percent=1.0), row(cpu_percent=1.5)]
    broken = row(side="livekit", cpu_percent=9.0, missed_turns=9)
    assert verdict_on("processor", [*slow, row(side="livekit", calls=25, cpu_percent=2.0), broken]) == "PASS (ratio)"
    assert verdict_on("processor", [*slow, row(side="livekit", calls=25, cpu_percent=1.4), broken]) == "FAIL"
    assert verdict_on("processor", [slow[0], row(side="livekit", calls=25, cpu_percent=2.0)]) == "FAIL"
    more_than_the_main_number = [row(calls=100, cpu_percent=0.9), row(side="livekit", calls=100, cpu_percent=9.0)]
    assert verdict_on("processor", [slow[1], *more_than_the_main_number]) == "FAIL"


def test_capacity_is_twice_the_peers_in_the_same_run() -> None:
    ours, peer = [row(calls=50), row(calls=100)], row(side="livekit", calls=50)
    assert verdict_on("calls per core", [*ours, peer]) == "PASS"
    assert verdict_on("calls per core", [*ours, row(side="livekit", calls=100)]) == "FAIL"
    assert verdict_on("calls per core", [row(calls=50)]) == "FAIL"


def test_a_cough_that_never_paused_anything_proves_nothing() -> None:
    assert verdict_on("cough", [row("cough", disturbed=10, paused=9)]) == "PASS"
    assert verdict_on("cough", [row("cough", disturbed=10, paused=0)]) == "FAIL"
    assert verdict_on("cough", [row("cough", disturbed=10, paused=9, torn=1)]) == "FAIL"
