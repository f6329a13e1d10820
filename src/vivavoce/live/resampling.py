"""From one sample rate to another, in a stream: the real `ports.conversion.Conversion`.

Each direction of a call has a converter of its own, for the filter remembers what came before. Linear phase and 1 to
2.5 ms of delay: nobody hears the difference to better filters, and everybody hears a call that answers later.
"""

from typing import TYPE_CHECKING, Any

from vivavoce.ports.conversion import Converter, Unchanged

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_FILTER = "sinc_fastest"
_HELD_BACK_SECONDS = 0.005  # more than the filter ever holds
_LOWEST, _HIGHEST = -32768, 32767


def resampling(source_hz: int, target_hz: int) -> Converter:
    """The converter from a rate to another; between equal ones there is nothing to do."""
    return Unchanged() if source_hz == target_hz else Resampler(source_hz, target_hz)


class Resampler:
    """16-bit mono PCM on its way from one rate to another."""

    def __init__(self, source_hz: int, target_hz: int) -> None:
        import samplerate

        self._filter: Any = samplerate.Resampler(_FILTER, channels=1)
        self._ratio = target_hz / source_hz
        self._padding = round(source_hz * _HELD_BACK_SECONDS)
        self._given = 0
        self._made = 0

    def convert(self, pcm: bytes, *, last: bool = False) -> bytes:
        """The next audio; with `last` also what the filter still held back, after which it begins anew."""
        import numpy as np

        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        self._given += len(samples)
        converted = self._finish(samples) if last else self._filter.process(samples, self._ratio)
        self._made += len(converted)
        if last:
            self._given = self._made = 0
        return _rounded(converted)

    def _finish(self, samples: "npt.NDArray[np.float32]") -> "npt.NDArray[np.float32]":
        """Silence pushes out what the filter holds. (Its own end of input gives no more than what went in.)"""
        import numpy as np

        left = round(self._given * self._ratio) - self._made
        converted = self._filter.process(np.pad(samples, (0, self._padding)), self._ratio)
        self._filter.reset()
        return converted[: max(left, 0)]


def _rounded(samples: "npt.NDArray[np.float32]") -> bytes:
    """As 16-bit samples. The filter overshoots at edges: without limits a loud sample would turn into its opposite."""
    import numpy as np

    return np.clip(np.rint(samples), _LOWEST, _HIGHEST).astype("<i2").tobytes()
