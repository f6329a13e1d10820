"""What `vivavoce serve` decides before it becomes the supervisor."""

import socket
from pathlib import Path

import pytest
from tests.unit.cli.complaints import complaint_of

from vivavoce.cli.serve import has_screen


def test_where_the_port_is_taken_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = complaint_of(capsys, monkeypatch, "serve", "--port", port, "--data-dir", tmp_path / "data")
    assert f"port: 127.0.0.1:{port} cannot be listened on" in said
    assert "--port" in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("environment", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_would_see_it(
    environment: dict[str, str], platform: str, *, there: bool
) -> None:
    assert has_screen(environment, platform) is there
