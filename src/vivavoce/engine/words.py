"""Words as the engine compares them: without case, punctuation and marks."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded: `"Uh-huh, OK!"` is `uh huh ok`."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return tuple(_WORD.findall(folded))


def contains_run(words: tuple[str, ...], run: tuple[str, ...]) -> bool:
    """The run occurs in the words, uninterrupted."""
    length = len(run)
    return any(words[start : start + length] == run for start in range(len(words) - length + 1))
