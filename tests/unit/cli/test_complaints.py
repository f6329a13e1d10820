"""What commands say about what cannot be: a sentence that names it, never a traceback."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vivavoce import cli
from vivavoce.cli.keys import _plain  # pyright: ignore[reportPrivateUsage]


@pytest.fixture(autouse=True)
def _same_umask() -> Iterator[None]:
    """Commands that keep data make their files private; in this process that ends with the test."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


def complaint_of(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setattr("sys.argv", ["vivavoce", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code == 1, said
    return said.err + said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["openapi", "--output", "{}/none/x.json"], "cannot be written: No such file or directory"),
        (["openapi", "--output", "{}"], "cannot be written: Is a directory"),
        (["get", "//[x", "--data-dir", "{}/none"], "There is no installation"),
        (["keys", "create", "", "--data-dir", "{}"], "1 to 200 printable characters"),
        (["keys", "create", "two\nlines", "--data-dir", "{}"], "1 to 200 printable characters"),
        (["keys", "create", "x" * 201, "--data-dir", "{}"], "1 to 200 printable characters"),
        (["keys", "create", "x", "--permission", "nonsense", "--data-dir", "{}"], "There are: all, audio_isolation, "),
        (["serve", "--data-dir", "{}/" + "x" * 300], "File name too long). Give it to this user or name another"),
        (["serve", "--tls-cert", "x" * 300, "--tls-key", "k", "--data-dir", "{}"], "tls_cert: "),
        (["simulate", "Ada", "--script", "{}/none"], "none cannot be read: No such file or directory."),
        (["restore", "{}", "--data-dir", "{}/d"], "cannot be read: Is a directory"),
        (["backup", "{}/b", "--data-dir", "{}/none"], "There is no installation"),
    ],
)
def test_a_command_that_cannot_says_why(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = complaint_of(capsys, monkeypatch, *(each.format(tmp_path) for each in arguments))
    assert words in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DATABASE_URL", "not a url", "`database_url` must begin with"),
        ("DATABASE_URL", "postgresql://u:hush@127.0.0.1:99999/x", "No such port"),
        ("HOST", "nowhere.invalid", "is no address of this machine"),
    ],
)
def test_the_doctor_names_a_setting_that_cannot_work(
    variable: str,
    value: str,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIVAVOCE_ALLOW_PLAIN_HTTP", "true")
    monkeypatch.setenv(f"VIVAVOCE_{variable}", value)
    said = complaint_of(capsys, monkeypatch, "doctor", "--data-dir", str(tmp_path))
    assert words in said
    assert "hush" not in said


def test_a_name_in_a_list_neither_breaks_the_table_nor_commands_the_terminal() -> None:
    assert _plain("a\nb\x1b[31m") == "a?b?[31m"
    assert len(_plain("x" * 5000)) <= 80
