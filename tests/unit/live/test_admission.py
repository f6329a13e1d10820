"""Admission as arithmetic: how busy the process is, and how long its calls have been here, against what comes in."""

import math

from vivavoce.live.admission import RESERVE_SECONDS, RUSH_CALLS, Admission

NOW = 1000.0
SETTLED = 60.0
BUSIEST = 0.85


def settled(calls: int) -> list[float]:
    return [SETTLED] * calls


def test_what_settled_calls_cost_is_what_the_next_one_will() -> None:
    admission = Admission(BUSIEST)
    assert abs(admission.expected_busy(0.5, settled(100)) - 0.505) < 1e-6
    assert admission.has_room(NOW, 0.84, settled(100))
    assert not admission.has_room(NOW, 0.845, settled(100))


def test_a_process_that_is_busy_with_other_things_does_not_make_its_calls_dearer() -> None:
    assert abs(Admission(BUSIEST).expected_busy(0.6, settled(12)) - 0.61) < 1e-6


def test_who_has_just_come_counts_in_full_and_who_is_greeted_with_what_is_to_come() -> None:
    just_come = Admission(BUSIEST).expected_busy(0.4, [*settled(50), *[0.0] * 10])
    greeted = Admission(BUSIEST).expected_busy(0.4, [*settled(50), *[3.0] * 10])
    long_here = Admission(BUSIEST).expected_busy(0.4, settled(60))
    assert abs(just_come - (0.4 + 11 * 0.4 / 50)) < 1e-4
    assert long_here < greeted < just_come


def test_a_rush_comes_in_while_there_is_much_room_and_never_when_half_is_taken() -> None:
    newcomers = [0.5] * RUSH_CALLS
    assert Admission(BUSIEST).has_room(NOW, 0.1, newcomers)
    assert not Admission(BUSIEST).has_room(NOW, 0.4, [*settled(60), *newcomers])
    assert Admission(BUSIEST).has_room(NOW, 0.4, [*settled(60), *newcomers[1:]])


def test_while_callers_are_turned_away_a_reserve_is_kept() -> None:
    admission = Admission(BUSIEST)
    assert admission.has_room(NOW, 0.8, settled(100))
    admission.turned_away_at = NOW
    assert not admission.has_room(NOW + 1, 0.8, settled(100))
    assert admission.has_room(NOW + 1, 0.7, settled(100))
    assert admission.has_room(NOW + RESERVE_SECONDS, 0.8, settled(100))


def ramp(calls: int, per_second: float, cost: float) -> int:
    """How many are in when so many have asked, one after the other. The clock is moved by hand.

    A call costs two thirds while it is greeted, and busyness follows within about a second, as the loop's does.
    """
    admission, busy, now, came_at = Admission(BUSIEST), 0.0, 0.0, list[float]()
    for _ in range(calls):
        now += 1 / per_second
        ages = [now - at for at in came_at]
        busy += (1 - math.exp(-1 / per_second)) * (sum(cost if age > 4 else cost * 2 / 3 for age in ages) - busy)
        if admission.has_room(now, busy, ages):
            came_at.append(now)
        else:
            admission.turned_away_at = now
    return len(came_at)


def test_a_hundred_calls_that_fit_come_in_one_after_the_other() -> None:
    assert ramp(100, per_second=10, cost=0.008) == 100


def test_no_more_come_in_than_there_is_room_for_once_they_all_speak() -> None:
    assert 0.7 < 0.008 * ramp(300, per_second=10, cost=0.008) < 0.93
    assert 0.7 < 0.008 * ramp(600, per_second=20, cost=0.008) < 0.85


def test_a_rush_is_spread_so_that_not_all_speak_at_once() -> None:
    assert ramp(100, per_second=20, cost=0.008) < 90
