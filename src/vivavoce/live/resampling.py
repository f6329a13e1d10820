"""From one sample rate to another, in a stream: the real `ports.conversion.Conversion`.

    24 kHz   . . . . [. . . . . . . . . . . .] . . . .     a sample of the target is the weighted sum of the samples
    16 kHz     |   |   |   |   |  |  |  |  |  |  |         around its place in the source

The rates are in a ratio of small whole numbers, here 3 to 2, so the weights repeat: every 3 samples make a block of 2,
always in the same way, which is one matrix. The weights are a sinc with a Kaiser window, flat to 75 % of what the lower
rate can carry and more than 70 dB down where it cannot. The phase is linear, and 20 samples of the lower rate are held
back, 1.25 ms at 16 kHz: nobody hears the difference to longer filters, and everybody hears a call that answers later.

Each direction of a call has a converter of its own, for it remembers the samples that the next output needs.
"""

from functools import cache
from math import ceil, gcd
from typing import TYPE_CHECKING

from vivavoce.ports.conversion import Converter, Unchanged

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

_REACH = 20  # samples of the lower rate on each side
_CUTOFF = 0.89  # of the lower rate's half
_KAISER_BETA = 6.8
_LOWEST, _HIGHEST = -32768, 32767


def resampling(source_hz: int, target_hz: int) -> Converter:
    """The converter from a rate to another; between equal ones there is nothing to do."""
    return Unchanged() if source_hz == target_hz else Resampler(source_hz, target_hz)


class Resampler:
    """16-bit mono PCM on its way from one rate to another."""

    def __init__(self, source_hz: int, target_hz: int) -> None:
        common = gcd(source_hz, target_hz)
        self._down, self._up = source_hz // common, target_hz // common
        self._weights, self._reach = _weights(self._up, self._down)
        self._begin()

    def _begin(self) -> None:
        import numpy as np

        self._kept: Samples = np.zeros(self._reach - 1, np.float32)  # from where the window of the block begins
        self._out = 0  # how many samples of the block are out
        self._given = 0
        self._made = 0

    def convert(self, pcm: bytes, *, last: bool = False) -> bytes:
        """The next audio; with `last` also what was still held back, after which it begins anew."""
        import numpy as np

        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        self._given += len(samples)
        made = self._finish(samples) if last else self._make(samples)
        self._made += len(made)
        if last:
            self._begin()
        # The filter overshoots at edges: without limits a loud sample would turn into its opposite.
        return np.minimum(np.maximum(np.rint(made), _LOWEST), _HIGHEST).astype("<i2").tobytes()

    def _make(self, samples: "Samples") -> "Samples":
        """As many samples as have all that they need."""
        import numpy as np

        kept = np.concatenate((self._kept, samples))
        # The sample n of the block lies n * down / up samples after the block's begin.
        there = -(-(len(kept) - 2 * self._reach + 1) * self._up // self._down)
        if there <= self._out:
            self._kept = kept
            return kept[:0]
        made = (self._windows(kept, -(-there // self._up)) @ self._weights).reshape(-1)[self._out : there]
        whole_blocks, self._out = divmod(there, self._up)
        self._kept = kept[whole_blocks * self._down :]
        return made

    def _windows(self, kept: "Samples", blocks: int) -> "Samples":
        """What each block is made of. Of the last one the rest may be missing: what is made of that is not taken."""
        import numpy as np

        width = len(self._weights)
        missing = (blocks - 1) * self._down + width - len(kept)
        if missing > 0:
            kept = np.concatenate((kept, np.zeros(missing, np.float32)))
        step = kept.itemsize
        # Views of one array that overlap, then laid out one after the other, as the multiplication wants them.
        return np.ndarray((blocks, width), np.float32, kept, strides=(self._down * step, step)).copy()

    def _finish(self, samples: "Samples") -> "Samples":
        """Silence stands for what would have come."""
        import numpy as np

        left = round(self._given * self._up / self._down) - self._made
        return self._make(np.concatenate((samples, np.zeros(self._reach, np.float32))))[: max(left, 0)]


@cache
def _weights(up: int, down: int) -> "tuple[Samples, int]":
    """How a block of `up` samples is made of the samples around it, a column for each, and how far those reach.

    A column sums up to one, so that a steady level stays what it is.
    """
    import numpy as np

    slower = max(1.0, down / up)
    reach = ceil(_REACH * slower)
    places = np.arange(1 - reach, down + reach)[:, np.newaxis] - np.arange(up)[np.newaxis, :] * (down / up)
    window = np.i0(_KAISER_BETA * np.sqrt(np.clip(1 - (places / reach) ** 2, 0, None)))
    weights = np.where(np.abs(places) < reach, np.sinc(places * _CUTOFF / slower) * window, 0.0)
    return np.ascontiguousarray(weights / weights.sum(axis=0), np.float32), reach
