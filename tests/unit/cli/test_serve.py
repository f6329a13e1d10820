"""What `vivavoce serve` decides before it becomes the supervisor."""

import pytest

from vivavoce.cli.serve import has_screen


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
