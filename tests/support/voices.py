"""A voice made of numbers: vowels between silences, enough of a human for a voice activity detector.

    said(seconds)   16-bit mono PCM at 16 kHz: a pulse train through three resonances that wander from vowel to vowel
    silence(seconds)
    write_wav(path, pcm)

Made by arithmetic alone, so it is the same on every machine and no recording of anybody is kept here.
"""

import math
import random
import wave
from array import array
from pathlib import Path

RATE_HZ = 16_000

_PITCH_HZ = 118.0
_SYLLABLE_SECONDS = 0.18
_GAP_SECONDS = 0.035
_LOUDEST = 14_000
# The first three resonances of a mouth that says a, i, u, e, o.
_VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
_WIDTHS_HZ = (80, 100, 140)


def silence(seconds: float) -> bytes:
    """Nothing, not even noise."""
    return bytes(2 * round(seconds * RATE_HZ))


def said(seconds: float, seed: int = 7) -> bytes:
    """Somebody says something for this long."""
    chance = random.Random(seed)
    samples: list[float] = []
    while len(samples) < seconds * RATE_HZ:
        samples += _consonant(chance) + _syllable(chance.choice(_VOWELS), chance)
    samples = samples[: round(seconds * RATE_HZ)]
    loudest = max(abs(sample) for sample in samples)
    return array("h", (round(sample / loudest * _LOUDEST) for sample in samples)).tobytes()


def write_wav(path: Path, pcm: bytes) -> Path:
    """A file that a browser takes for a microphone."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(pcm)
    return path


def _consonant(chance: random.Random) -> list[float]:
    return [chance.uniform(-0.02, 0.02) for _ in range(round(_GAP_SECONDS * RATE_HZ))]


def _syllable(vowel: tuple[int, int, int], chance: random.Random) -> list[float]:
    length = round(_SYLLABLE_SECONDS * RATE_HZ * chance.uniform(0.8, 1.3))
    source = _voice(length, _PITCH_HZ * chance.uniform(0.85, 1.2))
    shaped = [sum(parts) for parts in zip(*_resonances(source, vowel), strict=True)]
    loudest = max(abs(sample) for sample in shaped)
    return [sample / loudest * math.sin(math.pi * at / length) ** 0.5 for at, sample in enumerate(shaped)]


def _voice(length: int, pitch_hz: float) -> list[float]:
    """A buzz that falls a little, as voices do at the end of a word."""
    phase, source = 0.0, [0.0] * length
    for at in range(length):
        phase += pitch_hz * (1.08 - 0.16 * at / length) / RATE_HZ
        if phase >= 1.0:
            phase -= 1.0
            source[at] = 1.0
    return source


def _resonances(source: list[float], vowel: tuple[int, int, int]) -> list[list[float]]:
    strengths = (1.0, 0.5, 0.25)
    return [_resonance(source, *of, gain) for *of, gain in zip(vowel, _WIDTHS_HZ, strengths, strict=True)]


def _resonance(source: list[float], centre_hz: float, width_hz: float, gain: float) -> list[float]:
    radius = math.exp(-math.pi * width_hz / RATE_HZ)
    first = 2 * radius * math.cos(2 * math.pi * centre_hz / RATE_HZ)
    second = -radius * radius
    one = two = 0.0
    out: list[float] = []
    for sample in source:
        one, two = gain * sample + first * one + second * two, one
        out.append(one)
    return out
