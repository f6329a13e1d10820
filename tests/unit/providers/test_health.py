"""When a provider is better left alone, and for how long."""

from vivavoce.providers.health import Board, Health


def test_one_failure_is_forgiven_and_more_are_rested_longer_each_time() -> None:
    health, rests = Health(), list[float]()
    for attempt in range(9):
        now = 1000.0 * attempt
        health.broke("down", now)
        rests.append(health.rests_for(now))
    assert rests == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert health.rests_for(8000.0 + 59) == 1
    assert health.rests_for(9000.0) == 0


def test_an_answer_ends_it() -> None:
    health = Health()
    for _ in range(5):
        health.broke("down", 10.0)
    health.answered(0.3)
    assert (health.rests_for(10.0), health.failures_in_a_row) == (0, 0)
    health.broke("down", 11.0)
    assert health.rests_for(11.0) == 0
    assert health.last_failure == "down"


def test_what_it_asked_for_itself_and_what_nobody_can_mend() -> None:
    limited, unpaid = Health(), Health()
    limited.broke("429", 5.0, rest_seconds=7.0)
    unpaid.broke("401", 5.0, hopeless=True)
    assert (limited.rests_for(5.0), unpaid.rests_for(5.0)) == (7.0, 60.0)


def test_its_first_word_is_a_moving_average() -> None:
    health = Health()
    health.answered(1.0)
    health.answered(2.0)
    assert health.first_word_seconds == 1.2


def test_a_board_knows_each_by_role_and_name() -> None:
    board = Board()
    board.of("language", "one").begun()
    board.of("voice", "one").begun()
    board.of("language", "one").ended()
    assert [(role, name, health.asked, health.running) for role, name, health in board] == [
        ("language", "one", 1, 0),
        ("voice", "one", 1, 1),
    ]
