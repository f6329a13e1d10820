"""Text in the pieces of a SentencePiece vocabulary (unigram): of all ways to cut it, the one with the best score.

Every piece has a score, the score of a cut is the sum of its pieces', and the best cut of a text ends with some piece
after the best cut of what is before it. Spaces are written as a mark at the begin of a word. The file is a Protocol
Buffers message; its field 1 is the pieces, each with its text (1) and its score (2).
"""

import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path

_SPACE = "▁"
_UNKNOWN = 0
_UNKNOWN_IS_WORSE_BY = 10.0
_VARINT, _FIXED64, _LENGTH = 0, 1, 2


class SentencePieces:
    """A vocabulary, and how text is written in it."""

    def __init__(self, file: Path) -> None:
        pieces = [_piece(message) for field, message in _fields(file.read_bytes()) if field == 1]
        self._known = {text: (number, score) for number, (text, score) in enumerate(pieces)}
        self._longest = max(map(len, self._known))
        self._unknown_score = min(score for _, score in pieces) - _UNKNOWN_IS_WORSE_BY

    def write(self, text: str) -> list[int]:
        """The numbers of a text's pieces."""
        words = unicodedata.normalize("NFKC", text).split()
        return self._cut(_SPACE + _SPACE.join(words)) if words else [_UNKNOWN]

    def _cut(self, text: str) -> list[int]:
        scores = [0.0] + [float("-inf")] * len(text)
        ends: list[tuple[int, int]] = [(0, _UNKNOWN)] * (len(text) + 1)
        for begin in range(len(text)):
            for end in range(begin + 1, min(begin + self._longest, len(text)) + 1):
                known = self._known.get(text[begin:end])
                if known is None and end > begin + 1:
                    continue
                number, score = known or (_UNKNOWN, self._unknown_score)
                if scores[begin] + score > scores[end]:
                    scores[end], ends[end] = scores[begin] + score, (begin, number)
        return _backwards(ends)


def _backwards(ends: list[tuple[int, int]]) -> list[int]:
    """The pieces of the best cut, from its end to its begin, and then the other way round."""
    numbers: list[int] = []
    place = len(ends) - 1
    while place > 0:
        place, number = ends[place]
        numbers.append(number)
    return numbers[::-1]


def _piece(message: bytes) -> tuple[str, float]:
    fields = dict(_fields(message))
    return fields[1].decode("utf-8"), struct.unpack("<f", fields.get(2, bytes(4)))[0]


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message that have bytes, with their numbers."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == _VARINT:
            _, place = _varint(message, place)
            continue
        size = 8 if kind == _FIXED64 else 4
        if kind == _LENGTH:
            size, place = _varint(message, place)
        yield key >> 3, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
