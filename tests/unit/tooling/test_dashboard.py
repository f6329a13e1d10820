"""The dashboard is built when its sources changed, and only then."""

from pathlib import Path

import pytest
from tooling import dashboard
from tooling.node import stamp_of


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "web"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.tsx").write_text("one")
    monkeypatch.setattr(dashboard, "DASHBOARD", folder)
    monkeypatch.setattr(dashboard, "BUILT", tmp_path / "static")
    return folder


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stamps that something was built with."""
    made: list[str] = []

    def build(environment: Path, stamp: str) -> None:
        made.append(stamp)
        dashboard.BUILT.mkdir(exist_ok=True)
        (dashboard.BUILT / dashboard.STAMP).write_text(stamp)

    monkeypatch.setattr(dashboard, "_build", build)
    monkeypatch.setattr(dashboard, "link_modules", lambda environment: environment)
    return made


def test_the_same_sources_are_built_once(sources: Path, builds: list[str], tmp_path: Path) -> None:
    dashboard.build_if_changed(tmp_path)
    dashboard.build_if_changed(tmp_path)
    assert len(builds) == 1


@pytest.mark.parametrize("change", ["content", "name", "new"])
def test_any_change_of_the_sources_is_built(sources: Path, builds: list[str], tmp_path: Path, change: str) -> None:
    dashboard.build_if_changed(tmp_path)
    main = sources / "src" / "main.tsx"
    if change == "content":
        main.write_text("two")
    elif change == "name":
        main.rename(sources / "src" / "other.tsx")
    else:
        (sources / "index.html").touch()
    dashboard.build_if_changed(tmp_path)
    assert len(builds) == 2


def test_installed_packages_are_no_sources(sources: Path, builds: list[str], tmp_path: Path) -> None:
    dashboard.build_if_changed(tmp_path)
    (sources / "node_modules").mkdir()
    (sources / "node_modules" / "react.js").touch()
    dashboard.build_if_changed(tmp_path)
    assert len(builds) == 1


def test_packages_are_linked_and_somebodys_own_are_left_alone(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = tmp_path / "cache" / "node_modules"
    monkeypatch.setattr(dashboard, "dashboard_modules", lambda environment: modules)
    link = sources / "node_modules"
    assert dashboard.link_modules(tmp_path) == modules
    assert link.readlink() == modules
    link.unlink()
    link.mkdir()
    assert dashboard.link_modules(tmp_path) == link
    assert not link.is_symlink()


def test_the_stamp_needs_no_packages_and_minds_no_link_to_some_that_are_gone(tmp_path: Path) -> None:
    (tmp_path / "main.ts").write_text("1")
    before = stamp_of(tmp_path)
    (tmp_path / "node_modules").symlink_to(tmp_path / "gone")
    assert stamp_of(tmp_path) == before
