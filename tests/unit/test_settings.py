"""Settings: where a value comes from, what is refused, and that the reference page says it all."""

import os
import re
from dataclasses import fields
from pathlib import Path

import pytest

import vivavoce
from vivavoce.app import server_options
from vivavoce.settings import Settings, SettingsProblem, as_environment, load, reference

SOURCES = Path(vivavoce.__file__).parent


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("VIVAVOCE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def test_defaults_are_safe(tmp_path: Path) -> None:
    settings = load()
    assert settings.host == "127.0.0.1"
    assert settings.data_dir == tmp_path / "vivavoce"
    assert settings.database == f"sqlite:///{tmp_path}/vivavoce/vivavoce.db"
    assert settings.bus == "hub"
    settings.require_safe_address()


def test_a_flag_beats_the_environment_and_the_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "v.toml"
    file.write_text('port = 1\nworkers = 2\nlog_level = "error"\nrole = ["api", "calls"]\n')
    monkeypatch.setenv("VIVAVOCE_PORT", "3")
    monkeypatch.setenv("VIVAVOCE_WORKERS", "4")
    settings = load({"port": 5}, config=file)
    assert (settings.port, settings.workers, settings.log_level) == (5, 4, "error")
    assert settings.role == ["api", "calls"]


def test_the_data_folder_may_hold_the_file(tmp_path: Path) -> None:
    (tmp_path / "vivavoce.toml").write_text("port = 4711\n")
    assert load({"data_dir": str(tmp_path)}).port == 4711


def test_lists_are_words_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVAVOCE_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1")
    assert load().trusted_proxies == ["10.0.0.0/8", "127.0.0.1"]


def test_origins_are_written_as_browsers_write_them() -> None:
    settings = load({"cors_origins": "https://App.example.com/, http://localhost:3000"})
    assert settings.cors_origins == ["https://app.example.com", "http://localhost:3000"]


def test_a_certificate_that_is_none_is_said_before_anything_starts(tmp_path: Path) -> None:
    for name in ("cert", "key"):
        (tmp_path / name).write_text("no PEM at all")
    settings = load({"tls_cert": tmp_path / "cert", "tls_key": tmp_path / "key"})
    with pytest.raises(SettingsProblem, match=r"tls_cert, tls_key: .* cannot be used"):
        settings.require_usable_certificate()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"port": "99999"}, ["port", "65535", "the flags"]),
        ({"public_url": "voice.example.com"}, ["public_url", "https://"]),
        ({"tls_cert": "x.pem"}, ["tls_cert and tls_key belong together"]),
        ({"trusted_proxies": "nonsense"}, ["trusted_proxies", "nonsense"]),
        ({"role": "cook"}, ["role"]),
        ({"role": ""}, ["role", "at least 1 item"]),
        ({"public_url": "https://"}, ["public_url", "names no host"]),
        ({"cors_origins": "*"}, ["cors_origins", "'*' is no origin"]),
        ({"cors_origins": "https://a.example/app"}, ["cors_origins", "is no origin"]),
        ({"stop_timeout_seconds": "inf"}, ["stop_timeout_seconds", "finite"]),
    ],
)
def test_a_wrong_value_is_named_with_its_source(flags: dict[str, object], words: list[str]) -> None:
    with pytest.raises(SettingsProblem) as caught:
        load(flags)
    for word in words:
        assert word in caught.value.message


def test_a_misspelt_name_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "v.toml"
    file.write_text("prot = 1\n")
    with pytest.raises(SettingsProblem, match="prot: there is no such setting") as caught:
        load(config=file)
    assert str(file) in caught.value.message


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "v.toml"
    file.write_text("port = = 1")
    with pytest.raises(SettingsProblem, match="is not TOML"):
        load(config=file)
    with pytest.raises(SettingsProblem, match="cannot be read"):
        load(config=tmp_path / "missing.toml")


def test_errors_never_show_a_secret() -> None:
    with pytest.raises(SettingsProblem) as caught:
        load({"admin_api_key": 5, "port": "x"})
    assert "xi_very_secret" not in caught.value.message
    settings = load({"admin_api_key": "xi_very_secret"})
    assert "xi_very_secret" not in repr(settings)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "voice.example.com"])
def test_a_public_address_needs_tls_or_a_word(host: str) -> None:
    with pytest.raises(SettingsProblem, match="allow-plain-http"):
        load({"host": host}).require_safe_address()
    load({"host": host, "allow_plain_http": True}).require_safe_address()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_needs_nothing(host: str) -> None:
    load({"host": host}).require_safe_address()


def test_children_get_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load({"port": 1, "role": "api,calls", "admin_api_key": "xi_k", "allow_plain_http": True})
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert load() == settings


def test_postgres_brings_its_own_bus() -> None:
    settings = load({"database_url": "postgresql://u:p@h/d"})
    assert settings.bus == settings.database


def test_every_option_has_its_sentence_and_stands_in_the_reference() -> None:
    page = Path("docs/reference/settings.md").read_text("utf-8")
    assert {option.name for option in reference()} == set(Settings.model_fields)
    for option in reference():
        assert option.meaning.endswith("."), f"{option.name} has no sentence"
        assert f"| `{option.name}` |" in page, f"{option.name} is not in the reference: run ./dev docs"
        assert option.meaning.replace("|", "\\|") in page, f"{option.name} reads differently there: run ./dev docs"


def test_the_edge_does_what_the_settings_say() -> None:
    said = {
        "public_url": "https://voice.example.com",
        "cors_origins": ("https://app.example.com",),
        "trusted_proxies": ("10.0.0.0/8",),
        "max_body_bytes": 2048,
        "requests_per_minute": 7,
        "access_log": True,
        "strict_transport": False,
    }
    options = server_options(Settings.model_validate({name: _listed(value) for name, value in said.items()}))
    assert {name: getattr(options, name) for name in said} == said
    # What is left is nobody's to set.
    assert {field.name for field in fields(options)} - said.keys() == {
        "version",
        "refusals_per_minute",
        "slow_request_seconds",
    }


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def test_every_setting_is_read_somewhere() -> None:
    """One that nobody reads is a promise that nobody keeps."""
    sources = "\n".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    unread = [name for name in Settings.model_fields if not re.search(rf"\b(settings|self)\.{name}\b", sources)]
    assert unread == []
