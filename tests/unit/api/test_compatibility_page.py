"""What is not built is written down where people look for it."""

import sys
from pathlib import Path


def test_the_page_lists_exactly_what_is_not_built() -> None:
    sys.path.insert(0, "docs")
    try:
        from generate_compatibility import page
    finally:
        sys.path.remove("docs")
    assert Path("docs/reference/compatibility.md").read_text("utf-8") == page(), "run ./dev docs"
