"""The voices: how many times faster than sound each is, and when the first audio of a sentence is there.

Through the port, as a call has them: every local voice that can speak on this machine.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bench.calls.tally import distribution
from bench.voice import models
from bench.voice.sentences import QUESTIONS, TWELVE_WORDS
from vivavoce.app import voice_parts
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.voice import Manner, Voice
from vivavoce.providers.registry import Warmable
from vivavoce.settings import load

SAMPLE_BYTES = 2
SHOWN_VOICES = {"hibari": 2, "kokoro": 1}
"""How many of a provider's voices are measured; those of one model differ little."""


def rows(sentences: int) -> list[dict[str, Any]]:
    """A row for each voice."""
    return asyncio.run(_rows(QUESTIONS[:sentences]))


async def _rows(sentences: Sequence[str]) -> list[dict[str, Any]]:
    parts = voice_parts(load({"models_dir": models.folder()}))
    found: list[dict[str, Any]] = []
    try:
        for provider in parts.voices.providers:
            count = SHOWN_VOICES.get(provider.name, 0)
            for stock in (await provider.voice.stock())[:count]:
                choice = VoiceChoice(voice_id=stock.voice_id)
                found.append(
                    {"voice": f"{provider.name}: {stock.name}", **await _figures(provider.voice, choice, sentences)}
                )
    finally:
        await parts.close()
    return found


async def _figures(voice: Voice, choice: VoiceChoice, sentences: Sequence[str]) -> dict[str, Any]:
    if isinstance(voice, Warmable):
        await voice.warm()
    await _spoken(voice, choice, TWELVE_WORDS)
    firsts = [await _spoken(voice, choice, TWELVE_WORDS) for _ in range(5)]
    cpu = time.process_time()
    whole = [await _spoken(voice, choice, sentence) for sentence in sentences]
    cpu_seconds, sound_seconds = time.process_time() - cpu, sum(sound for _, _, sound in whole)
    return {
        "first_ms": distribution([first * 1000 for first, _, _ in firsts]),
        "real_time_factor": round(sum(took for _, took, _ in whole) / sound_seconds, 4),
        "cpu_factor": round(cpu_seconds / sound_seconds, 4),
    }


async def _spoken(voice: Voice, choice: VoiceChoice, text: str) -> tuple[float, float, float]:
    """Seconds until the first audio, until the last, and of sound."""
    began, first, sound_bytes = time.perf_counter(), 0.0, 0
    async with voice.speak(Manner()) as utterance:
        utterance.add(0, text, choice, "en")
        utterance.finish()
        async for speech in utterance:
            sound_bytes += len(speech.pcm)
            if speech.pcm and not first:
                first = time.perf_counter() - began
    return first, time.perf_counter() - began, sound_bytes / SAMPLE_BYTES / voice.sample_rate_hz
