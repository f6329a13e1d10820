"""Writes docs/reference/compatibility.md from the list of what is not built. Run by `./dev docs`."""

from itertools import groupby
from pathlib import Path

from vivavoce.api.unbuilt import unbuilt_operations

PAGE = Path(__file__).parent / "reference" / "compatibility.md"
HEAD = """# Compatibility

Generated from `src/vivavoce/api/unbuilt.json` by `./dev docs`.

Vivavoce speaks the wire contract of the ElevenLabs Agents Platform as its official clients know it: the Python SDK
2.78.0, the JavaScript SDK 2.73.0 and the command line 1.3. The tests drive these very clients against a running
server, validate every answer by both SDKs, and print a report of the whole contract.

An operation counts as built when a test writes values that differ from the defaults, reads them back, and fails if
the operation is replaced by a canned answer. What is not built answers 501 with a JSON body, and changes nothing.
This is that list; it only shrinks.
"""


def page() -> str:
    """The whole page."""
    rows = sorted(unbuilt_operations(), key=lambda operation: (_group(operation[1]), operation[1], operation[0]))
    sections = [
        f"\n## {group}\n\n" + "".join(f"- `{method} {path}`\n" for method, path in operations)
        for group, operations in groupby(rows, key=lambda operation: _group(operation[1]))
    ]
    return HEAD + f"\n{len(rows)} operations are not built yet.\n" + "".join(sections)


def _group(path: str) -> str:
    words = path.split("/")[2:]
    return words[1] if words[0] == "convai" else words[0]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
