"""The page of figures in the docs: a section for each measurement, replaced as a whole when a run is published."""

import re
from collections.abc import Sequence

from bench import _report

PAGE = _report.REPOSITORY / "docs" / "reference" / "figures.md"
_HEAD = """# Figures

Measured by `./dev bench`; each section says by which run. What the figures mean stands in
[bench/README.md](../../bench/README.md). They are true for one machine on one day: ratios travel, milliseconds do not.
"""


def publish(name: str, text: str) -> None:
    """Put a section into the page, in the place of the one of this name or at the end."""
    page = PAGE.read_text("utf-8") if PAGE.exists() else _HEAD
    section = f"<!-- {name}: written by ./dev bench {name} --publish -->\n{text.strip()}\n<!-- end of {name} -->"
    pattern = re.compile(rf"<!-- {name}: .*?<!-- end of {name} -->", re.DOTALL)
    # A function, because figures may hold what a template would take for a reference.
    whole = pattern.sub(lambda _: section, page) if pattern.search(page) else f"{page.rstrip()}\n\n{section}\n"
    PAGE.write_text(whole, "utf-8")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
