"""The measurement of spoken calls measures what it says: where sound begins and ends, its judgement, its tables."""

from array import array
from pathlib import Path
from typing import Any

import pytest
from bench import _figures
from bench.voice import figures, publishing
from bench.voice.hearing import Clip, _row
from bench.voice.sentences import LINES
from bench.voice.talking import AUDIBLE, FRAME_BYTES, _compute_ms, _utterance
from bench.voice.verdicts import EXPECTATIONS, verdicts
from tests.voice.sound import heard_words, word_errors

from vivavoce.cli._waterfall import SpokenTurn

SPREAD = {"n": 30, "p50": 300.0, "p90": 400.0, "p95": 500.0, "p99": 600.0, "max": 700.0, "mean": 320.0}
RATE_HZ = 16_000


def call(**changes: Any) -> dict[str, Any]:
    row = {
        "calls": 1,
        "cores": 2,
        "turns": 30,
        "missed": 0,
        "early": 0,
        "disturbed_ms": [],
        "discarded": [],
        "voice_to_voice_ms": SPREAD,
        "compute_ms": SPREAD,
        "stages_ms": {"words": 250.0},
        "cpu_percent": 12.5,
        "memory_mb": 600.0,
        "valid": True,
    }
    return row | changes


def ear(name: str, cpu_ms: float, wrong: float) -> dict[str, Any]:
    return {
        "ear": name,
        "cpu_ms": SPREAD | {"p50": cpu_ms},
        "seconds": 4.0,
        "wrong_percent": dict.fromkeys(LINES, wrong),
    }


def run(**changes: Any) -> dict[str, Any]:
    return {
        "one": call(),
        "crowd": call(calls=12, cores=1),
        "stack": {"load_seconds": 2.0, "memory_mb": 600.0},
        "ears": [ear("whisper-base", 240.0, 1.0)],
        "peers": {"ears": [ear("faster-whisper", 1030.0, 1.0)], "voice": None},
        "voices": [
            {
                "voice": "hibari: Lark",
                "first_ms": SPREAD | {"p50": 30.0},
                "real_time_factor": 0.007,
                "cpu_factor": 0.007,
            }
        ],
        "machine": {"cores": 2, "processor": "A processor"},
        "measured": {name: {"at": "2026-01-02 03:04 UTC", "commit": "abc"} for name in publishing.PARTS},
        "extent": {"one_turns": 30},
    } | changes


def unmet(results: dict[str, Any]) -> list[str]:
    return [verdict.what for verdict in verdicts(results) if not verdict.met]


def test_a_run_that_is_as_expected_meets_everything_but_what_was_not_measured() -> None:
    assert unmet(run()) == [
        "whisper-base: wrong words, people, %",
        "whisper-base: wrong words, people, telephone, %",
    ]


@pytest.mark.parametrize("expected", EXPECTATIONS, ids=lambda each: each.told)
def test_each_limit_is_a_limit(expected: Any) -> None:
    results = run()
    row = dict(results[expected.part])
    value: Any = expected.most + 1
    for name in reversed(expected.path[1:]):
        value = SPREAD | {name: value}
    results[expected.part] = row | {expected.path[0]: value}
    assert expected.told in unmet(results)


def test_a_run_that_others_disturbed_meets_nothing_of_its_calls() -> None:
    results = run(one=call(valid=False))
    disturbed = unmet(results)
    assert "300 (not valid)" in [verdict.found for verdict in verdicts(results)]
    assert [each.told for each in EXPECTATIONS if each.part == "one"] == disturbed[:5]


def test_an_ear_that_is_no_quicker_than_the_peer_is_told() -> None:
    beside = "whisper-base beside faster-whisper: processor time"
    assert beside in unmet(run(ears=[ear("whisper-base", 700.0, 1.0)]))


def test_compute_counts_from_when_the_silence_was_noticed() -> None:
    noticed = SpokenTurn(2, "hello", 4.0, (("silence noticed", 0.25), ("words", 0.5), ("first sound", 0.55)))
    unnoticed = SpokenTurn(4, "hello", 9.0, (("first sound", 0.55),))
    assert _compute_ms([noticed, unnoticed]) == [pytest.approx(300.0)]


def test_a_question_ends_with_its_last_sound() -> None:
    sound, silence = array("h", [AUDIBLE + 1] * RATE_HZ), array("h", [AUDIBLE] * (RATE_HZ // 2))
    question = _utterance((sound + silence).tobytes())
    assert question.sound_ends_at == pytest.approx(1.0)
    assert len(question.frames) == (len(sound) + len(silence)) * 2 / FRAME_BYTES


def test_wrong_words_are_counted_in_each_line() -> None:
    heard = [
        {"line": "clear", "said": "go forward ten meters", "text": "Go forward 10 meters.", "seconds": 1.0},
        {"line": "telephone", "said": "go forward ten meters", "text": "Go for ten meters, then.", "seconds": 1.0},
    ]
    row = _row("an ear", [each | {"cpu_ms": 200.0, "wall_ms": 210.0} for each in heard])
    assert row["wrong_percent"] == {"clear": 0.0, "telephone": 50.0}
    assert row["cpu_ms"]["n"] == 1
    assert word_errors("Mr. Dashwood is cold-hearted", "mister dashwood is cold hearted") == 0
    assert heard_words("Call 5, or 55.") == ["call", "five", "or", "55"]


def test_a_clip_knows_how_long_it_is() -> None:
    assert Clip("clear", "hello", bytes(RATE_HZ * 2)).seconds == 1.0


def test_the_section_of_the_docs_shows_every_part() -> None:
    results = run()
    text = figures.section(results, verdicts(results))
    assert (
        "A processor, 2 cores.\n\n- stack, voices, ears, peers, one, crowd: 2026-01-02 03:04 UTC, version `abc`" in text
    )
    for told in (
        "| ms | 1 call, 2 cores | 12 calls, 1 core |",
        "| voice to voice p50 / p90 / p95 | 300 / 400 / 500 |",
        "| faster-whisper | 1030 |",
        "| hibari: Lark | 30 |",
    ):
        assert told in text


def test_a_section_is_published_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "figures.md"
    monkeypatch.setattr(_figures, "PAGE", page)
    _figures.publish("voice", r"old \1")
    _figures.publish("calls", "others")
    _figures.publish("voice", r"new \g<0>")
    text = page.read_text()
    assert text.startswith("# Figures")
    assert r"new \g<0>" in text
    assert "old" not in text
    assert text.index("new") < text.index("others")
