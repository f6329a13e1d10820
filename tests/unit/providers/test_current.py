"""Parts are chosen anew when models come and go; calls keep what they began with."""

import platform
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.speech import LoudnessActivity, ScriptedEar
from vivavoce.providers.choices import Choices
from vivavoce.providers.current import CurrentParts
from vivavoce.providers.embedding._remembering import RememberingEmbedder
from vivavoce.providers.local.fitness import UNFIT
from vivavoce.providers.registry import Outside
from vivavoce.providers.speech.smart_turn import SmartTurnModel
from vivavoce.providers.speech.whisper import WhisperEar
from vivavoce.providers.voice.hibari import HibariVoice

pytestmark = pytest.mark.anyio

OUTSIDE = Outside(CannedOutbound(), CannedOutbound(), KnownReferences())
MODELS = {"whisper-base", "whisper-tiny.en", "smart-turn", "minilm"}


class Machine:
    """Which models a machine has; loading any of them takes no time, or breaks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *models: str) -> None:
        self.models = set(models)
        self.broken: set[type] = set()
        self.warmed: list[type] = []
        for kind in (WhisperEar, SmartTurnModel, HibariVoice, RememberingEmbedder):
            monkeypatch.setattr(kind, "warm", self._warm(kind))

    def _warm(self, kind: type):
        async def warm(part: object) -> None:
            self.warmed.append(kind)
            if kind in self.broken:
                raise RuntimeError("half a file")

        return warm

    def place(self, name: str) -> Path | None:
        return Path("/models") / name if name in self.models else None

    def parts(self, **choices: str) -> CurrentParts:
        return CurrentParts(Choices(**choices), replace(OUTSIDE, model_place=self.place))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


async def test_models_that_arrive_are_loaded_and_then_taken(machine: Machine) -> None:
    current = machine.parts()
    await current.load_ahead()
    before = current.parts
    assert isinstance(before.ear, ScriptedEar)
    assert set(current.missing_models()) == MODELS
    assert machine.warmed == []
    machine.models = set(MODELS)
    assert await current.choose_anew()
    assert isinstance(current.parts.ear, WhisperEar)
    assert isinstance(current.parts.turn, SmartTurnModel)
    assert current.parts.standing("ear").ready
    assert set(machine.warmed) == {WhisperEar, SmartTurnModel, HibariVoice, RememberingEmbedder}
    assert current.missing_models() == []
    assert isinstance(before.ear, ScriptedEar), "a call that runs goes on with what it has"


async def test_what_stays_as_it_was_is_not_made_again(machine: Machine) -> None:
    machine.models = set(MODELS)
    current = machine.parts()
    await current.load_ahead()
    before = current.parts
    assert not await current.choose_anew()
    assert current.parts is before
    machine.models = MODELS - {"smart-turn"}
    assert await current.choose_anew()
    assert current.parts.turn is None
    assert current.parts.ear is before.ear
    assert current.parts.activity is before.activity
    assert current.parts.voices.default is before.voices.default
    assert machine.warmed.count(WhisperEar) == 1


async def test_an_ear_that_cannot_be_loaded_is_stood_in_for_and_tried_again_when_models_change(
    machine: Machine,
) -> None:
    machine.models, machine.broken = set(MODELS), {WhisperEar}
    current = machine.parts()
    await current.load_ahead()
    assert isinstance(current.parts.ear, ScriptedEar)
    standing = current.parts.standing("ear")
    assert not standing.ready
    assert "text calls work" in standing.message
    assert "vivavoce models verify" in standing.message
    assert current.parts.standing("voice").ready
    machine.broken = set()
    assert await current.choose_anew()
    assert isinstance(current.parts.ear, WhisperEar)
    assert current.parts.standing("ear").ready


async def test_a_voice_that_breaks_before_the_first_call_hums_in_it(machine: Machine) -> None:
    machine.broken = {HibariVoice}
    current = machine.parts(ear="scripted")
    await current.ready_for_voice()
    assert not isinstance(current.parts.voices.find(VoiceChoice(voice_id="")).voice, HibariVoice)
    assert "soft hum" in current.parts.standing("voice").message


async def test_only_what_was_chosen_is_missed(machine: Machine) -> None:
    assert machine.parts(ear="scripted", turn="none", embedding="hashed").missing_models() == []
    assert machine.parts(ear="scripted").missing_models() == ["smart-turn", "minilm"]


async def test_on_a_processor_that_died_of_local_models_calls_go_on_without_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(UNFIT, "1")
    outside = replace(OUTSIDE, model_place=lambda name: Path("/models") / name if name in MODELS else None)
    tables = {"ear": {"deepgram": {"api_key": "sk-a"}}, "voice": {"cartesia": {"api_key": "sk-b"}}}
    for choices in (Choices(), Choices(tables)):
        current = CurrentParts(choices, outside)
        await current.ready_for_voice()
        assert isinstance(current.parts.activity, LoudnessActivity)
        assert "this processor lacks instructions" in current.standing("activity").message
        assert "Silence alone decides" in current.standing("turn").message
        assert current.standing("ear").ready is current.standing("voice").ready is bool(choices.tables)
        await current.close()


async def test_a_library_that_does_not_load_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ctranslate2.py").write_text("raise ImportError('libctranslate2.so.4: wrong ELF class: ELFCLASS32')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "ctranslate2", raising=False)
    outside = replace(OUTSIDE, model_place=lambda name: tmp_path if name == "whisper-base" else None)
    current = CurrentParts(Choices(turn="none"), outside)
    await current.load_ahead()
    why = current.standing("ear").message
    assert f"({platform.system()} {platform.machine()}): libctranslate2.so.4: wrong ELF class: ELFCLASS32." in why
    assert "text calls work" in why
    assert current.standing("voice").ready
    await current.close()
