"""How steps run beside each other."""

import os
import select
from pathlib import Path

import pytest
from tooling.steps import beside


def test_what_a_check_beside_others_says_is_told_when_it_is_asked(capfd: pytest.CaptureFixture[str]) -> None:
    with beside("types", ["sh", "-c", "echo wrong; exit 1"], environment=os.environ) as passed:
        assert "wrong" not in capfd.readouterr().out
        assert not passed()
    told = capfd.readouterr()
    assert told.out == "wrong\n"
    assert "types: FAILED" in told.err


def test_a_check_that_passes_says_nothing_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    with beside("types", ["sh", "-c", "echo fine"], environment=os.environ) as passed:
        assert passed()
    told = capfd.readouterr()
    assert told.out == ""
    assert "types: ok" in told.err


def test_a_check_nobody_asks_any_more_ends_with_all_that_it_started(tmp_path: Path) -> None:
    said, never = tmp_path / "said", tmp_path / "never"
    for pipe in (said, never):
        os.mkfifo(pipe)
    endless = f"(exec 3>{said}; echo up >&3; exec cat {never}) & wait"
    with beside("endless", ["sh", "-c", endless], environment=os.environ), said.open() as heard:
        assert heard.readline() == "up\n"
        os.set_blocking(heard.fileno(), False)
        left = os.dup(heard.fileno())
    assert select.select([left], [], [], 10)[0], "what it started outlived it"
    assert os.read(left, 1) == b""
    os.close(left)
