"""Meaning as numbers: texts become rows of unit length, and those that mean the same lie close together.

A row depends on its text, its purpose and the model alone, never on what else is embedded beside it, so that rows can
be kept and compared later. Rows of different embedders cannot be compared: `id` says which one made them.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from vivavoce.base.frozen import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Purpose = Literal["query", "passage"]
"""What somebody asks, or what may answer it. Some models treat the two differently."""


class Embedder(Protocol):
    """Whoever turns texts into rows."""

    @property
    def id(self) -> str:
        """The model, for whoever keeps rows: another id, other rows."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of a row."""
        ...

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> "NDArray[np.float32]":
        """One row of length 1 for each text, in order. A text without a word is a row of zeros."""
        ...


@frozen
class HashedWords:
    """The double, and what is there without a model: words and their parts, each hashed to a place in the row.

    It finds texts that share words or most of their letters; it knows nothing of meaning. The same everywhere.
    """

    dimensions: int = 512

    @property
    def id(self) -> str:
        """Another length, other rows."""
        return f"hashed-words-{self.dimensions}"

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> "NDArray[np.float32]":
        """Whole words count for more than their parts; both purposes are the same."""
        _ = purpose
        import numpy as np

        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for piece, weight in _pieces(text):
                row[zlib.crc32(piece.encode()) % self.dimensions] += weight
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / np.maximum(lengths, 1e-9)).astype(np.float32)


_WORD = re.compile(r"\w+")
_PART_LETTERS = 3
_PART_WEIGHT = 0.3


def _pieces(text: str) -> Iterator[tuple[str, float]]:
    for word in _WORD.findall(text.casefold()):
        yield word, 1.0
        edged = f"^{word}$"
        for start in range(len(edged) - _PART_LETTERS + 1):
            yield edged[start : start + _PART_LETTERS], _PART_WEIGHT
