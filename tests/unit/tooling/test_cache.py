"""The cache of `./dev`: built once, never half, also when two ask at the same time."""

import os
import threading
from pathlib import Path

import pytest
from tooling.cache import MARKER, UNUSED_SECONDS, built, cache_folder, digest
from tooling.steps import StepError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIVAVOCE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_build_happens_once() -> None:
    builds: list[Path] = []

    def build(folder: Path) -> None:
        builds.append(folder)
        (folder / "thing").write_text("made")

    first, second = built("kind", "key", build), built("kind", "key", build)
    assert first == second
    assert len(builds) == 1
    assert (first / "thing").read_text() == "made"


def test_an_interrupted_build_is_made_anew() -> None:
    def interrupted(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        built("kind", "key", interrupted)
    folder = built("kind", "key", lambda folder: (folder / "whole").touch())
    assert (folder / "whole").exists()
    assert not (folder / "half").exists()


def test_a_build_that_died_is_made_anew() -> None:
    folder = built("kind", "key", lambda folder: (folder / "python").touch())
    (folder / "python").unlink()
    again = built(
        "kind", "key", lambda folder: (folder / "python").touch(), alive=lambda folder: (folder / "python").exists()
    )
    assert (again / "python").exists()


def test_two_that_ask_at_once_share_one_build() -> None:
    builds: list[Path] = []
    started, go_on = threading.Event(), threading.Event()

    def build(folder: Path) -> None:
        builds.append(folder)
        started.set()
        go_on.wait()

    both = [threading.Thread(target=built, args=("kind", "key", build)) for _ in range(2)]
    both[0].start()
    started.wait()
    both[1].start()
    go_on.set()
    for thread in both:
        thread.join()
    assert len(builds) == 1


def test_a_build_unused_for_a_month_goes_when_another_comes() -> None:
    old = built("kind", "old", lambda _folder: None)
    long_ago = (old / MARKER).stat().st_mtime - UNUSED_SECONDS - 60
    os.utime(old / MARKER, (long_ago, long_ago))
    recent = built("kind", "recent", lambda _folder: None)
    assert not old.exists()
    assert recent.exists()


def test_ingredients_do_not_run_into_each_other() -> None:
    assert digest("ab", "c") != digest("a", "bc")


def test_without_a_named_cache_it_is_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIVAVOCE_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "new"))
    assert cache_folder() == tmp_path / "new" / ".cache" / "vivavoce"


def test_a_home_that_cannot_be_written_to_is_replaced_by_a_private_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIVAVOCE_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", os.devnull)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = cache_folder()
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_named_cache_that_cannot_be_written_to_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVAVOCE_CACHE_DIR", f"{os.devnull}/cache")
    with pytest.raises(StepError, match="VIVAVOCE_CACHE_DIR=/dev/null/cache"):
        cache_folder()
