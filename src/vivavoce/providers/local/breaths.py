"""Text and phonemes in pieces that a model can say in one go, whatever somebody writes.

A text of fifty kilobytes without a full stop is nobody's sentence, but it must neither fill the memory nor keep a
thread from more urgent work, nor be computed to its end when nobody listens any more. So it is pronounced portion by
portion and said breath by breath; what a person would write is left whole.
"""

import re
from collections.abc import Iterator

LONGEST_PORTION = 600
"""In characters: a few sentences."""
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n\s*\n")


def portions(text: str) -> Iterator[str]:
    """A text in portions: cut between sentences, else between words, else anywhere."""
    gathered = ""
    for sentence in _SENTENCE_END.split(text):
        for piece in breaths(sentence, LONGEST_PORTION):
            if gathered and len(gathered) + len(piece) >= LONGEST_PORTION:
                yield gathered
                gathered = ""
            gathered = f"{gathered} {piece}" if gathered else piece
    if gathered.strip():
        yield gathered


def breaths(text: str, longest: int) -> list[str]:
    """What is longer than that is cut between words, or wherever there are none."""
    if len(text) <= longest:
        return [text] if text else []
    lines: list[str] = []
    for word in text.split(" "):
        for start in range(0, max(1, len(word)), longest):
            piece = word[start : start + longest]
            if lines and len(lines[-1]) + len(piece) < longest:
                lines[-1] = f"{lines[-1]} {piece}"
            else:
                lines.append(piece)
    return lines
