"""The ears: processor time for a sentence, and wrong words in each condition of the line; ours, and the peers'.

All of them hear the same clips: the questions, each spoken by another of the local voices, over each line; and
recordings of people, where these can be fetched.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.recordings import NoRecordings, over_a_telephone, read_aloud
from tests.voice.sound import heard_words, in_noise, over_the_telephone, resampled, spoken, word_errors

from bench import _report
from bench.calls.tally import distribution
from bench.voice import models
from bench.voice.models import Missing
from bench.voice.sentences import LINES, QUESTIONS, SPEAKERS
from vivavoce.providers.local.features import SAMPLE_RATE_HZ, samples_of
from vivavoce.providers.local.hibari import Hibari
from vivavoce.providers.local.whisper import Whisper

EARS = ("whisper-base", "whisper-tiny.en")
PEER_SECONDS = 900
SCRIPT = _report.REPOSITORY / "bench" / "voice" / "peers" / "on_pipecat.py"


@dataclass(frozen=True)
class Clip:
    """Something that was said, as it arrives over a line."""

    line: str
    said: str
    pcm: bytes

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.pcm) / 2 / SAMPLE_RATE_HZ


def clips(count: int) -> list[Clip]:
    """So many questions over each line, and people."""
    voice = Hibari()
    made = [
        (text, spoken(voice, text, SPEAKERS[place % len(SPEAKERS)])) for place, text in enumerate(QUESTIONS[:count])
    ]
    return [Clip(line, text, carry(pcm)) for line, carry in LINES.items() for text, pcm in made] + list(_people(count))


def _people(count: int) -> Iterator[Clip]:
    try:
        near, far = read_aloud()[:count], over_a_telephone()[: 2 * count]
    except NoRecordings as why:
        print(f"  no people: {why}")
        return
    for each in near:
        pcm = resampled(each.pcm, each.rate_hz, SAMPLE_RATE_HZ)
        yield Clip("people", each.text, pcm)
        yield Clip("people, noise 10 dB", each.text, in_noise(pcm, 10.0))
    for each in far:
        pcm = resampled(each.pcm, each.rate_hz, SAMPLE_RATE_HZ)
        yield Clip("people, telephone", each.text, over_the_telephone(pcm))


def ours(heard: Sequence[Clip]) -> list[dict[str, Any]]:
    """A row for each of our ears."""
    return [_row(name, _heard(name, heard)) for name in EARS]


def _heard(name: str, heard: Sequence[Clip]) -> list[dict[str, Any]]:
    ear = Whisper(models.folder() / name, parallel=1)
    ear.transcribe(samples_of(heard[0].pcm))
    rows: list[dict[str, Any]] = []
    for clip in heard:
        began, cpu = time.perf_counter(), time.process_time()
        text = ear.transcribe(samples_of(clip.pcm)).text
        wall_ms, cpu_ms = (time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000
        rows.append(
            {"line": clip.line, "said": clip.said, "text": text, "seconds": clip.seconds}
            | {"wall_ms": wall_ms, "cpu_ms": cpu_ms}
        )
    return rows


def peers(heard: Sequence[Clip]) -> dict[str, Any]:
    """What the peers made of the same clips, by service; raises `Missing` where there is no environment for them."""
    home = os.environ.get("VIVAVOCE_BENCH_PIPECAT")
    if not home:
        raise Missing("the environment of the peers is not there (VIVAVOCE_BENCH_PIPECAT)")
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder:
        _write(Path(folder), heard)
        command = [f"{home}/bin/python", str(SCRIPT), folder, str(models.folder())]
        # One thread each, as ours have.
        quiet = {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(
            command, env={**os.environ, **quiet}, capture_output=True, text=True, timeout=PEER_SECONDS, check=False
        )
    if done.returncode != 0:
        raise Missing(f"the peers broke: {done.stderr.strip()[-500:]}")
    return _peer_rows(json.loads(done.stdout.splitlines()[-1]))


def _write(folder: Path, heard: Sequence[Clip]) -> None:
    told: list[dict[str, Any]] = []
    for place, clip in enumerate(heard):
        (folder / f"{place}.pcm").write_bytes(clip.pcm)
        told.append({"file": f"{place}.pcm", "line": clip.line, "said": clip.said, "seconds": clip.seconds})
    (folder / "clips.json").write_text(json.dumps(told))


def _peer_rows(found: dict[str, Any]) -> dict[str, Any]:
    missing = {name: part["missing"] for name, part in found.items() if "missing" in part}
    ears = [
        _row(title, found[part][kind])
        for title, part, kind in (
            ("faster-whisper", "faster_whisper", "heard"),
            ("faster-whisper, one beam", "faster_whisper", "greedy"),
            ("Pipecat's Whisper", "pipecat_ear", "heard"),
        )
        if part not in missing
    ]
    turn, voice = found["pipecat_turn"].get("judged"), found["pipecat_voice"].get("spoken")
    return {
        "missing": missing,
        "ears": ears,
        "turn": {"wall_ms": distribution([each["wall_ms"] for each in turn])} if turn else None,
        "voice": _voice_row(voice) if voice else None,
    }


def _voice_row(spoken_rows: Sequence[dict[str, float]]) -> dict[str, Any]:
    seconds = sum(each["seconds"] for each in spoken_rows)
    return {
        "voice": "Pipecat's Kokoro",
        "first_ms": distribution([each["first_ms"] for each in spoken_rows]),
        "real_time_factor": round(sum(each["wall_ms"] for each in spoken_rows) / 1000 / seconds, 4),
        "cpu_factor": round(sum(each["cpu_ms"] for each in spoken_rows) / 1000 / seconds, 4),
    }


def _row(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """An ear's figures."""
    lines = dict.fromkeys(row["line"] for row in rows)
    clear = [row for row in rows if row["line"] == "clear"]
    return {
        "ear": name,
        "cpu_ms": distribution([row["cpu_ms"] for row in clear]),
        "wall_ms": distribution([row["wall_ms"] for row in clear]),
        "seconds": round(sum(row["seconds"] for row in clear) / max(1, len(clear)), 2),
        "wrong_percent": {line: _wrong([row for row in rows if row["line"] == line]) for line in lines},
    }


def _wrong(rows: Sequence[dict[str, Any]]) -> float:
    total = sum(len(heard_words(row["said"])) for row in rows)
    return round(100 * sum(word_errors(row["said"], row["text"]) for row in rows) / total, 1)
