"""Sample rates: the line's, the ear's and the voice's differ; audio is converted between them once, in a stream."""

from collections.abc import Callable
from typing import Protocol


class Converter(Protocol):
    """A stream of 16-bit mono PCM on its way from one rate to another."""

    def convert(self, pcm: bytes, *, last: bool = False) -> bytes:
        """The next audio; with `last` also what the filter still held back."""
        ...


Conversion = Callable[[int, int], Converter]
"""Makes the converter from a rate to another one, in Hz."""


class Unchanged:
    """The converter between equal rates, and the double: nothing to do."""

    def convert(self, pcm: bytes, *, last: bool = False) -> bytes:
        """The same."""
        _ = last
        return pcm


def equal_rates(source_hz: int, target_hz: int) -> Converter:
    """The double of `Conversion`, for lines, ears and voices of one rate."""
    if source_hz != target_hz:
        raise ValueError(f"{source_hz} Hz and {target_hz} Hz need a real conversion.")
    return Unchanged()
