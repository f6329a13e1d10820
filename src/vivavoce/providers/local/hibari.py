"""Hibari: a quick English voice, and a few more that are made of it.

The model predicts a spectrum and a pitch for every 12.5 ms; the sound is put together from these outside of it. Scaling
the pitch and stretching the spectrum before that gives other voices from the same model, as clear as the first.

Putting it together takes nearly as long as predicting. Where somebody waits, the begin of a sentence is put together
first, and the whole of it while the begin is heard: what sounds is the same, to the sample.

    predict  |------------|
    begin                 |--|          three quarters of a second
    rest                     |--------|
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from vivavoce.base.frozen import frozen
from vivavoce.providers.local.breaths import breaths
from vivavoce.providers.local.ends import begun, ended, trimmed
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.workplace import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 24_000
_LOUDEST = 32767.0
_LONGEST_BREATH = 400
"""In phonemes: about half a minute."""
_SLOWEST, _FASTEST = 0.5, 2.0
_BEGIN_FRAMES = 60
"""What is heard while the rest is put together: of three quarters of a second the last half is sound."""
_SHORT = 40
"""In phonemes: two or three seconds, of which little would be gained."""
_BESIDE_FRAMES = 4
"""So many more have a part in the last sample of a begin."""
_KEPT_FRAMES = 4000
"""Of sentences that are begun and not finished: 50 s, and as many megabytes."""


Part = Literal["whole", "begin", "rest"]


@frozen
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


@frozen
class _Predicted:
    """What the model makes of a sentence: its spectra, band by frame, and its pitch."""

    spectra: "Sequence[NDArray[np.float32]]"
    pitch: "NDArray[np.float32]"

    @property
    def frames(self) -> int:
        return len(self.pitch)


class _Chance:
    """The breath in a voice: of a part of a sentence it is the same as in the whole of it."""

    def __init__(self, frames: int) -> None:
        self._numbers = 2 * frames

    def standard_normal(self, shape: tuple[int, int], dtype: "type[np.float32]") -> "NDArray[np.float32]":
        """So many numbers for each band."""
        import numpy as np

        bands, wanted = shape
        noise = np.random.default_rng(0).standard_normal((bands, self._numbers), dtype=dtype)
        return noise if wanted == self._numbers else np.ascontiguousarray(noise[:, :wanted])


_Sentence = tuple[str, Shape, float]


class _Begun:
    """Sentences of which only the begin was put together; the oldest are forgotten, for nobody may come for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Sentence, _Predicted] = OrderedDict()

    def keep(self, sentence: _Sentence, predicted: _Predicted) -> None:
        """Until the rest is wanted."""
        with self._lock:
            self._kept[sentence] = predicted
            while sum(each.frames for each in self._kept.values()) > _KEPT_FRAMES:
                self._kept.popitem(last=False)

    def take(self, sentence: _Sentence) -> _Predicted | None:
        """What was kept."""
        with self._lock:
            return self._kept.pop(sentence, None)


class Hibari:
    """The loaded model. Several threads may use it at a time."""

    def __init__(self) -> None:
        import hibari
        from hibari import dsp

        self._model: Any = hibari.Hibari(threads=1)
        self._dsp: Any = dsp
        self._spelling = threading.Lock()
        self._begun = _Begun()
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
        return trimmed(self._synthesised(self._predicted(phonemes, shape, speed)), SAMPLE_RATE_HZ)

    def begin(self, phonemes: str, shape: Shape, speed: float = 1.0) -> bytes:
        """The begin of a sentence."""
        predicted = self._predicted(phonemes, shape, speed)
        self._begun.keep((phonemes, shape, speed), predicted)
        return begun(self._synthesised(predicted, _BEGIN_FRAMES), SAMPLE_RATE_HZ)

    def rest(self, phonemes: str, shape: Shape, speed: float = 1.0) -> bytes:
        """What follows the begin."""
        predicted = self._begun.take((phonemes, shape, speed)) or self._predicted(phonemes, shape, speed)
        return ended(self._synthesised(predicted), SAMPLE_RATE_HZ, _BEGIN_FRAMES * self._dsp.HOP)

    def _predicted(self, phonemes: str, shape: Shape, speed: float) -> "_Predicted":
        import numpy as np

        ids: list[int] = self._model.ids(phonemes)
        pace = min(_FASTEST, max(_SLOWEST, speed))
        given = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([pace], np.float32)}
        *spectra, pitch = (output[0] for output in self._model.sess.run(None, given))
        return _Predicted([_stretched(spectrum, shape.size) for spectrum in spectra], pitch * shape.pitch)

    def _synthesised(self, predicted: "_Predicted", frames: int | None = None) -> bytes:
        """The sound of so many frames at the begin, or of all."""
        import numpy as np

        known = predicted.frames if frames is None else min(predicted.frames, frames + _BESIDE_FRAMES)
        spectra = [spectrum[:, :known] for spectrum in predicted.spectra]
        chance = _Chance(predicted.frames)
        samples: NDArray[np.float32] = self._dsp.synth(*spectra, predicted.pitch[:known], chance)
        heard = samples if frames is None else samples[: frames * self._dsp.HOP]
        return (np.clip(heard, -1.0, 1.0) * _LOUDEST).astype("<i2").tobytes()


@frozen
class Spell:
    """Work: how a text is pronounced, sentence by sentence."""

    text: str

    def __call__(self, model: Hibari) -> list[str]:
        """Look it up."""
        return model.phonemes(self.text)


@frozen
class Sound:
    """Work: a sentence becomes 16-bit PCM."""

    phonemes: str
    pitch: float = 1.0
    size: float = 1.0
    speed: float = 1.0
    part: Part = "whole"

    def __call__(self, model: Hibari) -> bytes:
        """Say it."""
        say = {"whole": model.sound, "begin": model.begin, "rest": model.rest}[self.part]
        return say(self.phonemes, Shape(self.pitch, self.size), self.speed)


def parts(whole: Sound) -> Sequence[Sound]:
    """A sentence as its begin and its rest; one that is short stays whole."""
    if len(whole.phonemes) < _SHORT:
        return [whole]
    return [replace(whole, part="begin"), replace(whole, part="rest")]


def _stretched(spectrum: "NDArray[np.float32]", size: float) -> "NDArray[np.float32]":
    """The spectrum with every resonance moved by a factor."""
    import numpy as np

    if size == 1.0:
        return spectrum
    places = np.arange(len(spectrum)) / size
    below = np.minimum(places.astype(int), len(spectrum) - 1)
    above = np.minimum(below + 1, len(spectrum) - 1)
    part = (places - below).clip(0.0, 1.0)[:, None].astype(np.float32)
    return (spectrum[below] * (1.0 - part) + spectrum[above] * part).astype(np.float32)


KIND = Kind("hibari", lambda _: Hibari(), Urgency.FIRST_AUDIO, (Spell, Sound))
"""Its model comes with its library, wherever that is."""
