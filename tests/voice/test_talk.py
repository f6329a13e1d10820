"""`vivavoce talk` with the local models: a question by voice is answered, also over a telephone's line, and what a turn
took is true although the call was shorter than it sounds.
"""

import asyncio
import json
import os
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pytest
from tests.voice.sound import heard_words, in_noise, resampled, spoken

from vivavoce.app import Application, open_application
from vivavoce.features.workspace.service import Actor
from vivavoce.ports.identity import ALL, Caller
from vivavoce.providers.local.features import SAMPLE_RATE_HZ, samples_of
from vivavoce.providers.local.hibari import Hibari
from vivavoce.providers.local.whisper import Whisper
from vivavoce.settings import load

pytestmark = pytest.mark.slow

QUESTION = "What can you do for my company?"
SHOP = """You work at the front desk of a bicycle shop.
The shop opens at nine in the morning and closes at six in the evening.
A repair of a flat tire costs fifteen dollars and takes one day.
The workshop is behind the station."""
BACKGROUND_DB = 15.0


def agent(name: str, format: str, **prompt: str) -> dict[str, Any]:
    return {
        "name": name,
        "conversation_config": {
            "agent": {
                "first_message": "Good morning, this is the front desk.",
                "prompt": {"llm": "scripted", **prompt},
            },
            "asr": {"user_input_audio_format": format},
            "tts": {"agent_output_audio_format": format},
        },
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")

    async def make() -> None:
        async with open_application(load({"data_dir": folder}), bus_url="local") as application:
            await application.first_run()
            admin = await _admin(application)
            await application.agents.agents.create(admin, agent("Telephone", "ulaw_8000"))
            await application.agents.agents.create(admin, agent("Wide", "pcm_48000"))
            shop = agent("Shop", "pcm_16000", llm="deterministic", prompt=SHOP)
            await application.agents.agents.create(admin, shop)

    asyncio.run(make())
    return folder


async def _admin(application: Application) -> Actor:
    owner = await application.workspace.identities.installation()
    assert owner is not None
    return Actor(owner.workspace_id, Caller(owner.workspace_id, owner.user_id, "admin", frozenset({ALL})))


def written(path: Path, pcm: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(pcm)
    return path


def talk(data: Path, models: Path, *arguments: str | Path) -> list[dict[str, Any]]:
    """The rows of a call."""
    command = [sys.executable, "-m", "vivavoce", "talk", "--data-dir", str(data), "--json", *map(str, arguments)]
    environment = {**os.environ, "VIVAVOCE_MODELS_DIR": str(models)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def transcripts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["user_transcription_event"]["user_transcript"] for row in rows if row["type"] == "user_transcript"]


def replies(rows: list[dict[str, Any]]) -> list[str]:
    return [row["agent_response_event"]["agent_response"] for row in rows if row["type"] == "agent_response"]


@pytest.mark.parametrize("name", ["Telephone", "Wide"])
def test_a_spoken_question_is_answered(
    name: str, data: Path, models: Path, voice: Hibari, ears: Whisper, tmp_path: Path
) -> None:
    question = written(tmp_path / "question.wav", in_noise(spoken(voice, QUESTION, "male"), BACKGROUND_DB))
    heard = tmp_path / "agent.wav"
    rows = talk(data, models, name, "--in", question, "--out", heard, "--speed", "100")
    [understood] = transcripts(rows)
    assert {"what", "can", "you", "do"} <= set(heard_words(understood))
    greeting, answer = replies(rows)[:2]
    said = words_in(ears, heard)
    assert len(said & set(heard_words(greeting))) >= 0.7 * len(set(heard_words(greeting)))
    assert len(said & set(heard_words(answer))) >= 0.7 * len(set(heard_words(answer)))
    [turn] = [row for row in rows if row["type"] == "waterfall"]
    # Whatever a machine can do: a voice that stopped is noticed, and words written down, in some time.
    assert 0.1 < turn["decision"] <= turn["first_sentence"] <= turn["first_audio"] <= turn["first_sound"]


def test_a_question_about_what_the_agent_knows_is_answered_by_voice(
    data: Path, models: Path, voice: Hibari, ears: Whisper, tmp_path: Path
) -> None:
    question = written(
        tmp_path / "question.wav", spoken(voice, "How much does the repair of a flat tire cost?", "male")
    )
    heard = tmp_path / "agent.wav"
    rows = talk(data, models, "Shop", "--in", question, "--out", heard, "--speed", "100")
    answer = set(heard_words(replies(rows)[1]))
    assert {"fifteen", "dollars"} <= answer, rows
    assert len(words_in(ears, heard) & answer) >= 0.7 * len(answer)


def test_who_speaks_into_a_reply_cuts_it_and_is_answered(
    data: Path, models: Path, voice: Hibari, tmp_path: Path
) -> None:
    # The greeting has begun by then, and lasts for some seconds more.
    pause = bytes(2 * round(1.2 * SAMPLE_RATE_HZ))
    said = pause + spoken(voice, "Excuse me, I have a question about the price of it.", "male")
    rows = talk(data, models, "--in", written(tmp_path / "microphone.wav", said), "--at-once", "--speed", "100")
    kinds = [row["type"] for row in rows]
    assert kinds.index("interruption") < kinds.index("agent_response_correction") < kinds.index("user_transcript")
    correction = rows[kinds.index("agent_response_correction")]["agent_response_correction_event"]
    corrected = correction["corrected_agent_response"].rstrip(" .…")
    assert correction["original_agent_response"].startswith(corrected)
    assert len(corrected) < len(correction["original_agent_response"])
    assert "question" in heard_words(transcripts(rows)[0])
    assert kinds.count("agent_response") >= 2


def words_in(ears: Whisper, path: Path) -> set[str]:
    with wave.open(str(path)) as file:
        pcm = resampled(file.readframes(file.getnframes()), file.getframerate(), SAMPLE_RATE_HZ)
    window = 25 * SAMPLE_RATE_HZ * 2
    parts = [pcm[start : start + window] for start in range(0, len(pcm), window)]
    return {word for part in parts for word in heard_words(ears.transcribe(samples_of(part), "en").text)}
