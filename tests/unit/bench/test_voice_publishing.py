"""What the page of figures shows: valid parts only, the newest, each with the run it is from."""

from typing import Any

import pytest
from bench.voice import figures
from bench.voice.publishing import PARTS, kept, page
from bench.voice.verdicts import verdicts
from tests.unit.bench.test_voice import call, run

OLD, NEW = {"at": "2026-01-01 01:01 UTC", "commit": "old"}, {"at": "2026-01-02 02:02 UTC", "commit": "new"}


def measured(origin: dict[str, str], *names: str, **changes: Any) -> dict[str, Any]:
    """A run that measured these parts, or all."""
    whole = run(**changes)
    left_out = [name for name in PARTS if names and name not in names]
    return {name: value for name, value in whole.items() if name not in left_out} | {
        "measured": dict.fromkeys(names or PARTS, origin)
    }


def origins(run: dict[str, Any], *earlier: dict[str, Any]) -> dict[str, str]:
    made = page(run, earlier)
    assert not made.lacking
    return {name: origin["commit"] for name, origin in made.results["measured"].items()}


def test_a_whole_run_is_a_page() -> None:
    assert origins(measured(NEW), measured(OLD)) == dict.fromkeys(PARTS, "new")


def test_a_row_that_was_not_valid_is_published_by_the_run_that_measures_it_anew() -> None:
    spoiled = measured(OLD, crowd=call(calls=12, cores=1, valid=False))
    assert page(spoiled, []).lacking == ["crowd"]
    found = origins(measured(NEW, "crowd"), spoiled)
    assert found == dict.fromkeys(PARTS, "old") | {"crowd": "new"}


def test_a_row_that_is_not_valid_gives_way_to_an_earlier_one_that_is_and_is_named_so() -> None:
    spoiled = measured(NEW, one=call(valid=False))
    assert origins(spoiled, measured(OLD)) == dict.fromkeys(PARTS, "new") | {"one": "old"}


def test_parts_that_are_compared_come_from_one_run() -> None:
    ears = measured(NEW, "voices", "ears")
    assert set(origins(ears, measured(OLD)).values()) == {"old"}
    assert origins(measured(NEW, "voices", "ears"), measured(OLD, "stack", "one", "crowd"))["ears"] == "new"


@pytest.mark.parametrize("other", [{"extent": {"one_turns": 5}}, {"machine": {"cores": 8, "processor": "Another"}}])
def test_runs_of_another_extent_or_machine_are_not_mixed_in(other: dict[str, Any]) -> None:
    assert page(measured(NEW, "crowd"), [measured(OLD, **other)]).lacking == ["stack", "voices", "ears", "one"]


def test_a_run_from_before_parts_had_their_origin_is_not_taken() -> None:
    ancient = measured(OLD)
    del ancient["measured"]
    assert "one" in page(measured(NEW, "crowd"), [ancient]).lacking


def test_the_page_names_each_run() -> None:
    results = page(measured(NEW, "crowd"), [measured(OLD)]).results
    text = figures.section(results, verdicts(results))
    assert "- stack, voices, ears, peers, one: 2026-01-01 01:01 UTC, version `old`\n" in text
    assert "- crowd: 2026-01-02 02:02 UTC, version `new`\n" in text


def test_kept_runs_are_the_newest_first(tmp_path: Any) -> None:
    for day, name in ((1, "voice"), (3, "voice"), (2, "voice"), (4, "voice_activity")):
        (tmp_path / f"bench-{name}-2026010{day}T000000Z.json").write_text(f'{{"day": {day}}}')
    assert [each["day"] for each in kept(tmp_path)] == [3, 2, 1]
