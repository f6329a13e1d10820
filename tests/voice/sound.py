"""Speech for tests: said by the local voice, carried over bad lines, and compared word by word."""

import re
from functools import cache

import numpy as np

from vivavoce.live.formats import decode_ulaw, encode_ulaw
from vivavoce.live.resampling import resampling
from vivavoce.providers.local.features import SAMPLE_RATE_HZ, Samples, samples_of
from vivavoce.providers.local.hibari import SAMPLE_RATE_HZ as VOICE_RATE_HZ
from vivavoce.providers.local.hibari import SHAPES, Hibari

TELEPHONE_HZ = 8_000


@cache
def spoken(voice: Hibari, text: str, shape: str = "heart", rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """A text as PCM."""
    return resampled(b"".join(voice.speak(text, SHAPES[shape])), VOICE_RATE_HZ, rate_hz)


def resampled(pcm: bytes, source_hz: int, target_hz: int) -> bytes:
    return resampling(source_hz, target_hz).convert(pcm, last=True)


def over_the_telephone(pcm: bytes) -> bytes:
    """8 kHz mu-law there and back, as 16 kHz again."""
    narrow = resampled(pcm, SAMPLE_RATE_HZ, TELEPHONE_HZ)
    return resampled(decode_ulaw(encode_ulaw(narrow)), TELEPHONE_HZ, SAMPLE_RATE_HZ)


def in_noise(pcm: bytes, decibels: float) -> bytes:
    """Pink noise under it, so many decibels below the speech."""
    samples = samples_of(pcm)
    noise = pink(len(samples))
    loudness = float(np.sqrt(np.mean(samples[np.abs(samples) > 0.01] ** 2)))
    noise *= loudness / float(np.sqrt(np.mean(noise**2))) / 10 ** (decibels / 20)
    return (np.clip(samples + noise, -1, 1) * 32767).astype("<i2").tobytes()


def pink(count: int) -> Samples:
    """Noise with as much power in each octave, always the same."""
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    return np.fft.irfft(spectrum, count).astype(np.float32)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_SHORT = {"mr": "mister", "mrs": "missis", "dr": "doctor", "ok": "okay"}


def heard_words(text: str) -> list[str]:
    """Words, whichever way they are written: 10 is ten, Mr. is mister."""
    found = words(re.sub(r"(?<=\w)-(?=\w)", " ", text))
    spelled = [_NUMBERS[int(word)] if word.isdigit() and int(word) < len(_NUMBERS) else word for word in found]
    return [_SHORT.get(word, word) for word in spelled]


def word_errors(said: str, heard: str) -> int:
    """How many words would have to be changed, added or taken out."""
    reference, hypothesis = heard_words(said), heard_words(heard)
    row = list(range(len(hypothesis) + 1))
    for index, word in enumerate(reference, 1):
        previous, row[0] = row[0], index
        for place, other in enumerate(hypothesis, 1):
            previous, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, previous + (word != other))
    return row[-1]
