"""Where the browser of the browser tests comes from."""

import os
from pathlib import Path

import pytest
from tooling.chromium import chromium
from tooling.steps import StepError


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("VIVAVOCE_CHROMIUM", raising=False)
    monkeypatch.setattr("tooling.chromium.MACOS_PLACES", ())
    return tmp_path


def browser(folder: Path, name: str) -> Path:
    path = folder / name
    path.touch(mode=0o755)
    return path


def test_it_is_found_on_the_path(nothing_installed: Path) -> None:
    there = browser(nothing_installed, "chromium-browser")
    assert chromium() == there


def test_the_named_one_goes_first(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser(nothing_installed, "chromium")
    named = browser(nothing_installed, "my-own")
    monkeypatch.setenv("VIVAVOCE_CHROMIUM", str(named))
    assert chromium() == named


def test_a_named_one_that_cannot_run_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVAVOCE_CHROMIUM", os.devnull)
    with pytest.raises(StepError, match="VIVAVOCE_CHROMIUM=/dev/null"):
        chromium()


def test_missing_is_a_loud_skip(capsys: pytest.CaptureFixture[str]) -> None:
    assert chromium() is None
    assert "SKIPPING the browser tests" in capsys.readouterr().err


def test_missing_is_a_failure_where_everything_must_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(StepError, match="no Chromium"):
        chromium()
