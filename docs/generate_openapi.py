"""Writes src/vivavoce/api/openapi.json, the document that the server serves. Run by `./dev docs`."""

from pathlib import Path

from vivavoce.app import openapi_text

DOCUMENT = Path(__file__).parent.parent / "src" / "vivavoce" / "api" / "openapi.json"

if __name__ == "__main__":
    DOCUMENT.write_text(openapi_text(), "utf-8")
