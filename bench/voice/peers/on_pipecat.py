"""faster-whisper as it comes, and Pipecat's local services, on clips that `hearing.py` wrote: prints one JSON object.

    python on_pipecat.py CLIPS MODELS

CLIPS is a folder with `clips.json` and files of PCM at 16 kHz; MODELS is where Vivavoce's local models lie: every side
has the same weights. Whisper runs in int8 on one thread, with the window of 30 s that the library always uses. Nothing
is fetched: a service whose model is not there is left out.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

RATE_HZ = 16_000
THREADS = 1
SENTENCE = "Your table for two is booked for seven o'clock tomorrow evening."


def main() -> None:
    """Everything that can be measured here."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    folder, models = map(Path, sys.argv[1:])
    clips = json.loads((folder / "clips.json").read_text())
    for clip in clips:
        clip["pcm"] = (folder / clip["file"]).read_bytes()
    found: dict[str, Any] = {}
    for name, measure in PARTS.items():
        try:
            found[name] = measure(clips, models)
        except Exception as error:
            found[name] = {"missing": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(found))


def faster_whisper(clips: list[dict[str, Any]], models: Path) -> Any:
    """The library with its own defaults: five beams, a window of 30 s."""
    from faster_whisper import WhisperModel

    began = time.perf_counter()
    model = WhisperModel(str(models / "whisper-base"), device="cpu", compute_type="int8", cpu_threads=THREADS)
    load_seconds = time.perf_counter() - began

    def hear(pcm: bytes) -> str:
        segments, _ = model.transcribe(_samples(pcm), language="en")
        return " ".join(segment.text for segment in segments)

    def hear_greedily(pcm: bytes) -> str:
        segments, _ = model.transcribe(_samples(pcm), language="en", beam_size=1)
        return " ".join(segment.text for segment in segments)

    hear(clips[0]["pcm"])
    clear = [clip for clip in clips if clip["line"] == "clear"]
    return {"load_seconds": load_seconds, "heard": _heard(hear, clips), "greedy": _heard(hear_greedily, clear)}


def pipecat_ear(clips: list[dict[str, Any]], models: Path) -> Any:
    """Pipecat's Whisper service, asked as its pipeline asks it at the end of a segment."""
    from pipecat.services.whisper.stt import WhisperSTTService

    settings = WhisperSTTService.Settings(model=str(models / "whisper-base"))
    service = WhisperSTTService(device="cpu", compute_type="int8", settings=settings)

    async def text_of(pcm: bytes) -> str:
        return " ".join([frame.text async for frame in service.run_stt(pcm) if hasattr(frame, "text")])

    with asyncio.Runner() as runner:
        runner.run(text_of(clips[0]["pcm"]))
        clear = [clip for clip in clips if clip["line"] == "clear"]
        return {"heard": _heard(lambda pcm: runner.run(text_of(pcm)), clear)}


def pipecat_turn(clips: list[dict[str, Any]], models: Path) -> Any:
    """Pipecat's turn model on each clip, followed by its 200 ms of silence."""
    _ = models
    from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3

    analyzer = LocalSmartTurnAnalyzerV3(sample_rate=RATE_HZ)
    analyzer.set_sample_rate(RATE_HZ)
    rows: list[dict[str, float]] = []
    for clip in clips[:1] + clips:
        samples = np.concatenate([_samples(clip["pcm"]), np.zeros(RATE_HZ // 5, np.float32)])
        began, cpu = time.perf_counter(), time.process_time()
        analyzer._predict_endpoint(samples)
        rows.append({"wall_ms": _ms(began), "cpu_ms": (time.process_time() - cpu) * 1000})
    return {"judged": rows[1:]}


def pipecat_voice(clips: list[dict[str, Any]], models: Path) -> Any:
    """Pipecat's Kokoro service: when the first sound of a sentence is there, and how long all of it takes."""
    _ = clips
    from pipecat.services.kokoro.tts import KokoroTTSService

    with tempfile.TemporaryDirectory() as folder:
        voices = Path(folder) / "voices.npz"
        style = np.fromfile(models / "kokoro" / "voices" / "af_heart.bin", np.float32).reshape(-1, 1, 256)
        np.savez(voices, af_heart=style)
        service = KokoroTTSService(
            model_path=str(models / "kokoro" / "kokoro-v1.0.int8.onnx"),
            voices_path=str(voices),
            settings=KokoroTTSService.Settings(voice="af_heart"),
        )
        stream: Any = service._kokoro.create_stream

        async def speak() -> dict[str, float]:
            began, cpu, first, seconds = time.perf_counter(), time.process_time(), 0.0, 0.0
            async for samples, rate_hz in stream(SENTENCE, voice="af_heart", lang="en-us", speed=1.0):
                first = first or _ms(began)
                seconds += len(samples) / rate_hz
            cpu_seconds = time.process_time() - cpu
            return {"first_ms": first, "wall_ms": _ms(began), "cpu_ms": cpu_seconds * 1000, "seconds": seconds}

        with asyncio.Runner() as runner:
            runner.run(speak())
            return {"spoken": [runner.run(speak()) for _ in range(3)]}


def _heard(hear: Callable[[bytes], str], clips: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for clip in clips:
        began, cpu = time.perf_counter(), time.process_time()
        text = hear(clip["pcm"])
        rows.append(
            {
                "line": clip["line"],
                "said": clip["said"],
                "text": text,
                "seconds": clip["seconds"],
                "wall_ms": _ms(began),
                "cpu_ms": (time.process_time() - cpu) * 1000,
            }
        )
    return rows


def _samples(pcm: bytes) -> Any:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768.0


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000


PARTS: dict[str, Callable[[list[dict[str, Any]], Path], Any]] = {
    "faster_whisper": faster_whisper,
    "pipecat_ear": pipecat_ear,
    "pipecat_turn": pipecat_turn,
    "pipecat_voice": pipecat_voice,
}


if __name__ == "__main__":
    main()
