"""The audio formats of the contract: their names, their rates, and the way from and to 16-bit PCM.

Inside the house audio is 16-bit little-endian mono PCM, always whole samples. What travels on a line is that, or G.711
mu-law. Mu-law is two tables made at first use: one of 256 values, and one that has the code of every 16-bit sample.
"""

from functools import cache
from typing import TYPE_CHECKING

from vivavoce.base.errors import Malformed
from vivavoce.base.frozen import frozen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SAMPLE_BYTES = 2
PCM_RATES_HZ = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
ULAW = "ulaw_8000"

# G.711: what is louder than this is this loud; the bias makes every segment begin at a power of two.
_ULAW_LOUDEST = 32_635
_ULAW_BIAS = 0x84


@frozen
class Format:
    """How audio travels on a line."""

    name: str
    rate_hz: int
    is_ulaw: bool = False

    def to_wire(self, pcm: bytes) -> bytes:
        """PCM as it travels."""
        return encode_ulaw(pcm) if self.is_ulaw else pcm


FORMATS = {f"pcm_{rate}": Format(f"pcm_{rate}", rate) for rate in PCM_RATES_HZ} | {ULAW: Format(ULAW, 8_000, True)}


def format_named(name: str) -> Format:
    """The format of the contract by its name."""
    found = FORMATS.get(name)
    if found is None:
        known = ", ".join(FORMATS)
        raise Malformed(f"There is no audio format {name!r}. There are {known}.", status="invalid_audio_format")
    return found


class Intake:
    """Audio as it arrives, as whole samples of PCM. A byte that a client cut off is kept for its next chunk."""

    def __init__(self, format: Format) -> None:
        self._is_ulaw = format.is_ulaw
        self._left = b""

    def pcm(self, data: bytes) -> bytes:
        """The next chunk as PCM."""
        if self._is_ulaw:
            return decode_ulaw(data)
        if not self._left and not len(data) % SAMPLE_BYTES:
            return data
        data = self._left + data
        whole = len(data) - len(data) % SAMPLE_BYTES
        self._left = data[whole:]
        return data[:whole]


def encode_ulaw(pcm: bytes) -> bytes:
    """16-bit PCM as G.711 mu-law."""
    import numpy as np

    return _encoding()[np.frombuffer(pcm, "<u2")].tobytes()


def decode_ulaw(data: bytes) -> bytes:
    """G.711 mu-law as 16-bit PCM."""
    import numpy as np

    return _decoding()[np.frombuffer(data, np.uint8)].tobytes()


@cache
def _decoding() -> "npt.NDArray[np.int16]":
    import numpy as np

    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _ULAW_BIAS) << ((code & 0x70) >> 4)) - _ULAW_BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype("<i2")


@cache
def _encoding() -> "npt.NDArray[np.uint8]":
    """For every 16-bit sample, by its bits, its code: eight segments, each twice as coarse as the one before."""
    import numpy as np

    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(samples), _ULAW_LOUDEST) + _ULAW_BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    step = magnitude >> (segment + 3) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    return (~(sign | segment << 4 | step) & 0xFF).astype(np.uint8)
