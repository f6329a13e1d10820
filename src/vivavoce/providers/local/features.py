"""Spectrograms of speech as Whisper, and models that grew out of it, were trained on: log-mel, 10 ms apart."""

import math
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


SAMPLE_RATE_HZ = 16_000
HOP = 160
_WINDOW = 400
_BINS = _WINDOW // 2 + 1
_BANDS = 80
_TOP_DB = 8.0
Samples: TypeAlias = "NDArray[np.float32]"


def samples_of(pcm: bytes) -> Samples:
    """16-bit PCM as numbers between -1 and 1."""
    import numpy as np

    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768.0


def log_mel(samples: Samples, bands: int = _BANDS) -> Samples:
    """Bands by frames, scaled to about -1 to 1.5; one frame for each hop."""
    import numpy as np

    padded = np.pad(samples, _WINDOW // 2, mode="reflect") if len(samples) > _WINDOW else np.pad(samples, _WINDOW)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][: len(samples) // HOP]
    spectrum = np.fft.rfft(frames * _hann(), axis=1).astype(np.complex64)
    power = spectrum.real**2 + spectrum.imag**2
    logs = np.log10(np.maximum(_filters(bands) @ power.T, 1e-10))
    return ((np.maximum(logs, logs.max() - _TOP_DB) + 4.0) / 4.0).astype(np.float32)


def log_mel_then_silence(samples: Samples, frames: int) -> Samples:
    """The same of so many frames, of which the last ones are silence: that looks alike everywhere, and is made once."""
    import numpy as np

    # The last sound is in the window of the two frames after it.
    made = min(frames, -(-len(samples) // HOP) + 3)
    heard = np.zeros(made * HOP, np.float32)
    heard[: len(samples)] = samples[: made * HOP]
    found = np.empty((_BANDS, frames), np.float32)
    found[:, :made] = log_mel(heard)
    found[:, made:] = found[:, made - 1 : made]
    return found


@cache
def _hann() -> Samples:
    import numpy as np

    return np.hanning(_WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters(bands: int) -> Samples:
    """Triangles of equal area, evenly apart on the ear's scale (Slaney's: linear to 1 kHz, logarithmic above)."""
    import numpy as np

    centres = _hertz(np.linspace(0.0, _mel(SAMPLE_RATE_HZ / 2), bands + 2))
    bins = np.linspace(0.0, SAMPLE_RATE_HZ / 2, _BINS)
    rising = (bins - centres[:-2, None]) / np.diff(centres)[:-1, None]
    falling = (centres[2:, None] - bins) / np.diff(centres)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (centres[2:] - centres[:-2]))[:, None]).astype(np.float32)


_LINEAR_STEP = 200.0 / 3
_KNEE_MEL = 1000.0 / _LINEAR_STEP
_LOG_STEP = math.log(6.4) / 27.0


def _mel(hertz: float) -> float:
    return _KNEE_MEL + math.log(hertz / 1000.0) / _LOG_STEP if hertz >= 1000.0 else hertz / _LINEAR_STEP


def _hertz(mels: "NDArray[np.float64]") -> "NDArray[np.float64]":
    import numpy as np

    return np.where(mels >= _KNEE_MEL, 1000.0 * np.exp(_LOG_STEP * (mels - _KNEE_MEL)), _LINEAR_STEP * mels)
