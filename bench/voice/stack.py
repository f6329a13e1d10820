"""One process with all that a spoken call needs: prints how long loading took, and what memory it has then.

    python -m bench.voice.stack MODELS

Loading is what a server does before it is ready: every model is read and used once. Then a question is heard, with
interims, and an answer spoken, so that what is only made at first use is there, too. Memory is the process's own share
(PSS), with the interpreter, all of Vivavoce and whatever processes it has started.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from tests.voice.sound import resampled

from bench.calls import machine
from bench.voice.sentences import ANSWER, TWELVE_WORDS
from vivavoce.app import voice_parts
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.speech import EarWishes, Words
from vivavoce.ports.voice import Manner
from vivavoce.providers.assembly import Parts
from vivavoce.settings import load

FRAME_SECONDS = 0.02
LONGEST_SECONDS = 30.0


async def main() -> None:
    """Load, use, and tell."""
    before = machine.usage([os.getpid()])
    parts = voice_parts(load({"models_dir": Path(sys.argv[1])}))
    began, cpu = time.perf_counter(), time.process_time()
    await parts.warmth.warm()
    load_seconds, load_cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    speech = await _spoken(parts, TWELVE_WORDS)
    async with asyncio.timeout(LONGEST_SECONDS):
        text, interims = await _heard(parts, speech)
    await _spoken(parts, ANSWER)
    after = machine.usage(machine.descendants(os.getpid()))
    await parts.close()
    print(
        json.dumps(
            {
                "load_seconds": round(load_seconds, 2),
                "load_cpu_seconds": round(load_cpu_seconds, 2),
                "memory_mb": after and after.memory_mb,
                "memory_before_mb": before and before.memory_mb,
                "failures": dict(parts.warmth.failures),
                "heard": text,
                "interims": interims,
            }
        )
    )


async def _spoken(parts: Parts, text: str) -> bytes:
    voice, pcm = parts.voices.default, bytearray()
    async with voice.speak(Manner()) as utterance:
        utterance.add(0, text, VoiceChoice(voice_id=""), "en")
        utterance.finish()
        async for speech in utterance:
            pcm.extend(speech.pcm)
    return resampled(bytes(pcm), voice.sample_rate_hz, parts.ear.sample_rate_hz)


async def _heard(parts: Parts, pcm: bytes) -> tuple[str, int]:
    """What the ear writes down, and how many interims came before: each is given the time that it takes."""
    size, interims = round(parts.ear.sample_rate_hz * FRAME_SECONDS) * 2, 0
    async with parts.ear.listen(EarWishes()) as listening:
        understood = aiter(listening)
        listening.speech_started(0.0)
        due, at, frames = asyncio.get_running_loop().time(), 0.0, range(0, len(pcm), size)
        for place in frames:
            listening.hear(at, pcm[place : place + size])
            at += FRAME_SECONDS
            due += FRAME_SECONDS
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        listening.speech_stopped(at)
        while True:
            words = await anext(understood)
            if isinstance(words, Words) and words.final:
                return words.text, interims
            interims += isinstance(words, Words)


if __name__ == "__main__":
    asyncio.run(main())
