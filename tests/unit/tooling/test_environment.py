"""Where packages come from: pip's settings count for uv too, and uv's own go before them."""

from pathlib import Path

import pytest
from tooling import commands, environment
from tooling.environment import package_settings
from tooling.steps import StepError


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for option, name in environment.PIP_TO_UV.items():
        monkeypatch.delenv(f"PIP_{option.upper().replace('-', '_')}", raising=False)
        monkeypatch.delenv(name, raising=False)
    for name in (*environment.UV_SAME_MEANING.values(), "UV_INDEX_STRATEGY", "UV_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    listed = tmp_path / "listed"  # what `pip config list` prints; the machine's own settings stay out of the tests
    listed.write_text("")
    monkeypatch.setattr(environment, "_listed_pip_settings", listed.read_text)
    return listed


@pytest.mark.parametrize(
    ("system", "machine", "macos", "fits"),
    [
        ("Linux", "x86_64", "", True),
        ("Linux", "aarch64", "", True),
        ("Darwin", "arm64", "14.0", True),
        ("Darwin", "arm64", "26.1", True),
        ("Darwin", "arm64", "13.7", False),
        ("Darwin", "x86_64", "15.2", False),
    ],
)
def test_a_machine_that_no_package_was_built_for_is_told_at_once(
    system: str, machine: str, macos: str, *, fits: bool
) -> None:
    complaint = environment.unsuited(system, machine, macos)
    assert (complaint is None) is fits
    assert fits or "macOS 14 or newer on Apple silicon" in str(complaint)


def test_pips_settings_are_told_to_uv(no_settings: Path) -> None:
    no_settings.write_text(
        "global.cert='/certificates.pem'\n"
        "global.extra-index-url='\\nhttps://more.example/simple\\nhttps://most.example/simple'\n"
        "global.find-links='/one /two'\n"
        "global.index-url='https://packages.example/simple'\n"
        "global.timeout='60'\n"
        ":env:.cert='/ignored.pem'\n"
    )
    found = package_settings()
    assert found["UV_DEFAULT_INDEX"] == "https://packages.example/simple"
    assert found["UV_INDEX"] == "https://more.example/simple https://most.example/simple"
    assert found["UV_FIND_LINKS"] == "/one,/two"
    assert found["SSL_CERT_FILE"] == "/certificates.pem"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_pips_variables_go_before_its_files(no_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_settings.write_text("global.index-url='https://file.example/simple'\n")
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    assert package_settings()["UV_DEFAULT_INDEX"] == "https://variable.example/simple"


def test_uvs_own_variables_are_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    monkeypatch.setenv("UV_INDEX_URL", "https://uv.example/simple")
    found = package_settings()
    assert "UV_DEFAULT_INDEX" not in found
    assert found["UV_INDEX_URL"] == "https://uv.example/simple"


def test_without_settings_uv_is_left_alone() -> None:
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_STRATEGY"} & package_settings().keys()


def test_without_a_home_uv_keeps_its_files_in_our_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setenv("VIVAVOCE_CACHE_DIR", str(tmp_path))
    assert package_settings()["UV_CACHE_DIR"] == str(tmp_path / "uv-cache")


def test_a_python_with_neither_pip_nor_venv_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVAVOCE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(environment, "_has", lambda _module: False)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    with pytest.raises(StepError, match="sudo apt-get install python3-venv"):
        environment.uv()


def test_every_requirement_is_pinned_with_hashes_and_no_host() -> None:
    for name in commands.locked_files():
        lines = name.read_text().splitlines()
        pinned = [index for index, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
        assert pinned, name
        for index in pinned:
            assert "==" in lines[index], lines[index]
            assert "--hash=sha256:" in lines[index + 1], lines[index]
        assert "://" not in "".join(lines)
