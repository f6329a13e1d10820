"""Hibari: a quick English voice, and a few more that are made of it.

The model predicts a spectrum and a pitch for every 12.5 ms; the sound is put together from these outside of it. Scaling
the pitch and stretching the spectrum before that gives other voices from the same model, as clear as the first.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivavoce.providers.local.breaths import breaths
from vivavoce.providers.local.ends import trimmed
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.workplace import Kind

SAMPLE_RATE_HZ = 24_000
_LOUDEST = 32767.0
_LONGEST_BREATH = 400
"""In phonemes: about half a minute."""
_SLOWEST, _FASTEST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A voice: its pitch and its size (where its resonances lie), as factors of the model's own."""

    pitch: float = 1.0
    size: float = 1.0


SHAPES: Mapping[str, Shape] = {
    "heart": Shape(),
    "low": Shape(0.80, 0.93),
    "male": Shape(0.58, 0.86),
    "deep": Shape(0.50, 0.80),
    "high": Shape(1.20, 1.08),
}


class Hibari:
    """The loaded model. Several threads may use it at a time."""

    def __init__(self) -> None:
        import hibari
        from hibari import dsp

        self._model: Any = hibari.Hibari(threads=1)
        self._dsp: Any = dsp
        self._spelling = threading.Lock()
        self.phonemes("Warm.")

    def speak(self, text: str, shape: Shape, speed: float = 1.0) -> Iterator[bytes]:
        """16-bit PCM, one piece for each sentence."""
        for phonemes in self.phonemes(text):
            yield self.sound(phonemes, shape, speed)

    def phonemes(self, text: str) -> list[str]:
        """How a text is pronounced, sentence by sentence."""
        # It keeps tables that it fills as it goes.
        with self._spelling:
            spelled: list[str] = list(self._model.phonemize(text))
        return [breath for sentence in spelled for breath in breaths(sentence, _LONGEST_BREATH)]

    def sound(self, phonemes: str, shape: Shape, speed: float = 1.0) -> bytes:
        """16-bit PCM of a sentence. The same sentence sounds the same each time."""
        chance = np.random.default_rng(0)
        ids: list[int] = self._model.ids(phonemes)
        pace = min(_FASTEST, max(_SLOWEST, speed))
        given = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([pace], np.float32)}
        *spectra, pitch = (output[0] for output in self._model.sess.run(None, given))
        spectra = [_stretched(spectrum, shape.size) for spectrum in spectra]
        samples: NDArray[np.float32] = self._dsp.synth(*spectra, pitch * shape.pitch, chance)
        return trimmed((np.clip(samples, -1.0, 1.0) * _LOUDEST).astype("<i2").tobytes(), SAMPLE_RATE_HZ)


@dataclass(frozen=True, slots=True)
class Spell:
    """Work: how a text is pronounced, sentence by sentence."""

    text: str

    def __call__(self, model: Hibari) -> list[str]:
        """Look it up."""
        return model.phonemes(self.text)


@dataclass(frozen=True, slots=True)
class Sound:
    """Work: a sentence becomes 16-bit PCM."""

    phonemes: str
    pitch: float = 1.0
    size: float = 1.0
    speed: float = 1.0

    def __call__(self, model: Hibari) -> bytes:
        """Say it."""
        return model.sound(self.phonemes, Shape(self.pitch, self.size), self.speed)


def _stretched(spectrum: NDArray[np.float32], size: float) -> NDArray[np.float32]:
    """The spectrum with every resonance moved by a factor."""
    if size == 1.0:
        return spectrum
    places = np.arange(len(spectrum)) / size
    below = np.minimum(places.astype(int), len(spectrum) - 1)
    above = np.minimum(below + 1, len(spectrum) - 1)
    part = (places - below).clip(0.0, 1.0)[:, None].astype(np.float32)
    return (spectrum[below] * (1.0 - part) + spectrum[above] * part).astype(np.float32)


KIND = Kind("hibari", lambda _: Hibari(), Urgency.FIRST_AUDIO, (Spell, Sound))
"""Its model comes with its library, wherever that is."""
