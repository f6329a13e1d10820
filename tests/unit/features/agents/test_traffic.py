"""Which branch a conversation runs on."""

from collections import Counter

import pytest

from vivavoce.base.errors import Invalid
from vivavoce.features.agents.traffic import check_sum, draw


def test_a_conversation_always_gets_the_same_branch():
    """Written down once: a change of the draw would move running experiments to other branches."""
    traffic = {"b_a": 50.0, "b_b": 50.0}
    drawn = [draw(traffic, f"conv_{number}") for number in range(8)]
    assert drawn == [draw(dict(reversed(traffic.items())), f"conv_{number}") for number in range(8)]
    assert drawn == ["b_b", "b_a", "b_b", "b_a", "b_b", "b_a", "b_a", "b_b"]


def test_branches_get_their_share():
    counts = Counter(draw({"a": 70.0, "b": 25.0, "c": 5.0, "d": 0.0}, f"conv_{number}") for number in range(20_000))
    assert counts["a"] == pytest.approx(14_000, rel=0.03)
    assert counts["b"] == pytest.approx(5_000, rel=0.06)
    assert counts["c"] == pytest.approx(1_000, rel=0.15)
    assert "d" not in counts


def test_all_of_it_to_one_and_none_to_nobody():
    assert draw({"a": 100.0, "b": 0.0}, "conv_1") == "a"
    assert draw({"a": 0.0}, "conv_1") is None
    assert draw({}, "conv_1") is None


def test_the_sum_is_a_hundred():
    check_sum({"a": 33.3, "b": 33.3, "c": 33.4}, ("body",))
    check_sum({"a": 100 / 3, "b": 100 / 3, "c": 100 / 3}, ("body",))
    for traffic in ({"a": 99.0}, {"a": 60.0, "b": 60.0}, {}):
        with pytest.raises(Invalid, match="not to 100"):
            check_sum(traffic, ("body",))
