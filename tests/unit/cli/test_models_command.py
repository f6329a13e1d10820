"""What people at a terminal are told of the models that are there."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from vivavoce.cli import models


@pytest.mark.parametrize("receipt", ["garbage", None])
def test_a_model_whose_receipt_is_damaged_is_not_passed_over(tmp_path: Path, receipt: str | None) -> None:
    place = tmp_path / "smart-turn"
    place.mkdir()
    (place / "smart-turn-v3.2-cpu.onnx").write_bytes(b"half a model")
    if receipt is not None:
        (place / "receipt.json").write_text(receipt)
    said = CliRunner().invoke(models.group, ["verify", "--models-dir", str(tmp_path), "--data-dir", str(tmp_path)])
    assert said.exit_code == 1
    assert "smart-turn/receipt.json is not this version's" in said.output
    assert "12 bytes instead of 8679182" in said.output
    assert "vivavoce models pull --again smart-turn" in said.output
