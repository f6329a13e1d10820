"""Text in the pieces that BERT and its children read: lower case, no accents, words cut into known pieces."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

_LONGEST_WORD = 100
_FIRST, _LAST, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
# A word, or a single sign; every ideograph is a word of its own.
_WORD = r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\s\w]|_"


class WordPieces:
    """A vocabulary, and how text is written in it."""

    def __init__(self, tokenizer_file: Path) -> None:
        model = json.loads(tokenizer_file.read_text("utf-8"))["model"]
        self._numbers: Mapping[str, int] = model["vocab"]

    def write(self, text: str, most: int) -> list[int]:
        """The numbers of a text's pieces between the marks of its begin and end; what is too long is cut."""
        pieces = [number for word in _words(text) for number in self._pieces(word)]
        return [self._numbers[_FIRST], *pieces[: most - 2], self._numbers[_LAST]]

    def _pieces(self, word: str) -> list[int]:
        """The longest known beginning, then the longest known continuation, and so on; or one for the unknown."""
        found: list[int] = []
        begin = 0
        while begin < len(word):
            mark = "##" if begin else ""
            ends = range(len(word), begin, -1)
            end = next((end for end in ends if mark + word[begin:end] in self._numbers), None)
            if end is None or len(word) > _LONGEST_WORD:
                return [self._numbers[_UNKNOWN]]
            found.append(self._numbers[mark + word[begin:end]])
            begin = end
        return found


def _words(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFD", text.lower())
    plain = "".join(letter for letter in plain if unicodedata.category(letter) not in ("Mn", "Cf", "Co"))
    return (found[0] for found in re.finditer(_WORD, plain))
