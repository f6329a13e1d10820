"""Writes docs/licences.md from the installed wheels. Run by `./dev docs`."""

from pathlib import Path

from tooling.licences import page

if __name__ == "__main__":
    (Path(__file__).parent / "licences.md").write_text(page(), "utf-8")
