"""Text as Whisper's vocabulary spells it: bytes, each written as a printable character, in pieces.

Reading is a table. Writing, which only prompts need, joins pairs by the vocabulary's own order of merges.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

_WORDS = re.compile(r" ?\w+| ?[^\s\w]+|\s+")


@cache
def _character_of_byte() -> Mapping[int, str]:
    """Printable bytes stand for themselves, the others for characters from 256 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + place) for place, byte in enumerate(others)}


@cache
def _byte_of_character() -> Mapping[str, int]:
    return {character: byte for byte, character in _character_of_byte().items()}


def read(tokens: Iterable[str]) -> str:
    """What some tokens say. Bytes that are no text (a character cut in two) are left out."""
    table = _byte_of_character()
    raw = bytes(table[character] for token in tokens for character in token if character in table)
    return raw.decode("utf-8", "ignore")


class Writer:
    """Spells text in tokens."""

    def __init__(self, tokenizer_file: Path) -> None:
        merges: Sequence[Any] = json.loads(tokenizer_file.read_text("utf-8"))["model"]["merges"]
        pairs = (tuple(merge.split(" ", 1)) if isinstance(merge, str) else tuple(merge) for merge in merges)
        self._order: Mapping[tuple[str, ...], int] = {pair: place for place, pair in enumerate(pairs)}

    def write(self, text: str) -> list[str]:
        """The tokens of a text."""
        table = _character_of_byte()
        words = ("".join(table[byte] for byte in word.encode()) for word in _WORDS.findall(text))
        return [token for word in words for token in self._merged(word)]

    def _merged(self, word: str) -> list[str]:
        pieces = list(word)
        while len(pieces) > 1:
            pairs = list(pairwise(pieces))
            best = min(pairs, key=lambda pair: self._order.get(pair, len(self._order)))
            if best not in self._order:
                break
            place = pairs.index(best)
            pieces[place : place + 2] = ["".join(best)]
        return pieces
