"""What the program says when it cannot do what it is told."""

import pytest

from vivavoce import cli


def complaint_of(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> str:
    """What the program says about what it cannot do, without starting another one."""
    monkeypatch.setattr("sys.argv", ["vivavoce", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    return capsys.readouterr().err
