"""From settings to providers: what is found, what is refused, what stands in."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.speech import ScriptedEar
from vivavoce.ports.voice import ScriptedVoice
from vivavoce.providers import registry
from vivavoce.providers.assembly import Parts, assemble
from vivavoce.providers.choices import Choices, check
from vivavoce.providers.ear_cascade import EarCascade
from vivavoce.providers.language.deterministic import Deterministic
from vivavoce.providers.language.scripted import Scripted
from vivavoce.providers.registry import Outside, ProviderProblem
from vivavoce.providers.speech.smart_turn import SmartTurnModel
from vivavoce.providers.speech.whisper import WhisperEar
from vivavoce.providers.voice.hibari import HibariVoice
from vivavoce.providers.voice_cascade import VoiceCascade
from vivavoce.settings import Settings, SettingsProblem, as_environment, load

OUTSIDE = Outside(CannedOutbound(), CannedOutbound(), KnownReferences())


def parts(**choices: object) -> Parts:
    return assemble(Choices(**choices), OUTSIDE)  # pyright: ignore[reportArgumentType]


def test_without_settings_everything_stands_in_and_says_so() -> None:
    made = parts()
    assert isinstance(made.minds.resolve("scripted").mind.language, Scripted)
    assert isinstance(made.minds.resolve("gemini-2.5-flash").mind.language, Deterministic)
    assert [model.name for model in made.minds.offered()] == ["custom-llm", "deterministic", "scripted"]
    assert {name for name in made.standings if not made.standing(name).ready} == {
        "mind",
        "ear",
        "turn",
        "embedding",
    }
    assert "vivavoce models pull whisper-base" in made.standings["ear"].message
    assert isinstance(made.voices.find(VoiceChoice(voice_id="any")).voice, HibariVoice)
    assert made.turn is None


def test_what_this_machine_can_do_by_itself_needs_no_setting(tmp_path: Path) -> None:
    outside = replace(OUTSIDE, model_place=lambda _: tmp_path)
    made = assemble(Choices(), outside)
    assert isinstance(made.ear, WhisperEar)
    assert isinstance(made.turn, SmartTurnModel)
    assert made.standings["ear"].ready
    assert made.standings["voice"].ready


def test_a_small_machine_hears_with_the_small_model_alone(tmp_path: Path) -> None:
    outside = replace(OUTSIDE, model_place=lambda name: tmp_path if name == "whisper-tiny.en" else None)
    made = assemble(Choices(), outside)
    assert isinstance(made.ear, WhisperEar)
    assert made.ear.models.interim is made.ear.models.final
    assert made.turn is None


def test_none_is_an_answer_too(tmp_path: Path) -> None:
    made = assemble(Choices(turn="none", voice="stand_in"), replace(OUTSIDE, model_place=lambda _: tmp_path))
    assert made.turn is None
    assert "soft hum" in made.standings["voice"].message


def test_parts_are_chosen_by_settings_alone() -> None:
    settings = Settings(
        ear="scripted",
        voice="scripted",
        providers={"ear": {"scripted": {"lines": ["hello"]}}, "language": {"scripted": {"replies": ["Yes."]}}},
    )
    made = assemble(settings.provider_choices, OUTSIDE)
    assert isinstance(made.ear, ScriptedEar)
    assert made.ear.lines == ("hello",)
    assert (made.ear.interim_seconds, made.ear.final_seconds, made.ear.minimum_speech_seconds) == (0.3, 0.15, 0.5)
    mind = made.minds.resolve("scripted").mind.language
    assert isinstance(mind, Scripted)
    assert mind.options.replies == ("Yes.",)
    assert made.standings["ear"].ready


def test_auto_takes_the_first_that_is_configured() -> None:
    made = parts(tables={"voice": {"mine": {"kind": "scripted", "speed": 7}}})
    assert made.voices.default == ScriptedVoice(amplitude=9_000, seconds_per_piece=1.5, speed=7)


def test_every_configured_voice_is_there_and_so_is_the_one_of_this_machine() -> None:
    tables = {"voice": {"mine": {"kind": "scripted"}, "yours": {"kind": "scripted", "speed": 7}}}
    names = [each.name for each in parts(tables=tables, voice="yours").voices.providers]
    assert names == ["yours", "mine", "hibari"]


def test_two_tables_may_share_a_module_and_the_first_offers_a_model() -> None:
    made = parts(
        tables={
            "language": {
                "one": {"kind": "scripted", "models": ["a", "b"], "replies": ["one"]},
                "two": {"kind": "scripted", "models": ["b", "c"], "replies": ["two"]},
            }
        },
        fallback_model="c",
    )
    found = {name: made.minds.resolve(name).mind.language for name in ("a", "b", "c", "unknown", "scripted")}
    assert {name: mind.options.replies for name, mind in found.items() if isinstance(mind, Scripted)} == {
        "a": ("one",),
        "b": ("one",),
        "c": ("two",),
        "unknown": ("two",),
        "scripted": (),
    }


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (Choices(ear="bat"), "no ear provider 'bat'; there are .*scripted, stand_in"),
        (Choices({"ear": {"silero": {}}}), "no ear provider 'silero'"),
        (Choices({"nose": {}}), "no kind of provider 'nose'"),
        (Choices({"voice": {"scripted": {"speed": 0}}}), "voice.scripted.speed: Input should be greater than 0"),
        (Choices({"voice": {"scripted": {"sped": 1}}}), "voice.scripted.sped: Extra inputs are not permitted"),
        (Choices(fallback_model="gpt-9"), "no provider offers the model 'gpt-9'"),
        (Choices(backup_models=("scripted", "gpt-9")), "no provider offers the model 'gpt-9'"),
    ],
)
def test_what_cannot_be_assembled_is_refused_by_name(choices: Choices, expected: str) -> None:
    with pytest.raises(ProviderProblem, match=expected):
        check(choices)


def test_whoever_is_configured_takes_over_unless_the_settings_say_otherwise() -> None:
    tables = {
        "anthropic": {"api_key": "k"},
        "mine": {"kind": "openai_chat", "base_url": "http://h.example/v1", "models": ["a", "b"]},
    }

    def backups(**settings: Any) -> Any:
        made = assemble(Settings(providers={"language": tables}, **settings).provider_choices, OUTSIDE)
        return made.minds.rules.backups

    assert backups() == ("claude-haiku-4-5", "a")
    rules = assemble(Settings(hedge_after_seconds=1.5, model_rules={"x*": "a"}).provider_choices, OUTSIDE).minds.rules
    assert (rules.hedge_after_seconds, rules.rules) == (1.5, {"x*": "a"})
    assert backups(backup_models=["b"]) == ("b",)
    assert backups(backup_models=["none"]) == backups(backup_models=[]) == ()
    assert assemble(Settings().provider_choices, OUTSIDE).minds.rules.backups == ()


def test_settings_refuse_it_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "v.toml"
    file.write_text('[providers.voice.scripted]\nspeed = "fast"\n')
    with pytest.raises(SettingsProblem, match=r"providers: voice\.scripted\.speed: Input should be a valid number"):
        load(config=file)


def test_tables_reach_the_processes_that_a_server_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {"voice": {"scripted": {"speed": 7}}}
    monkeypatch.setenv("VIVAVOCE_PROVIDERS", json.dumps(tables))
    settings = load()
    assert settings.providers == tables
    assert json.loads(as_environment(settings)["VIVAVOCE_PROVIDERS"]) == tables
    assert "speed" not in repr(settings)
    monkeypatch.setenv("VIVAVOCE_PROVIDERS", "voice")
    with pytest.raises(SettingsProblem, match="providers: must be JSON"):
        load()


def test_every_provider_is_described() -> None:
    for role in registry.ROLES:
        for name in registry.names(role):
            provider = registry.find(role, name)
            assert provider.summary.endswith("."), name
            assert all(field.description for field in provider.options.model_fields.values()), name


def test_the_reference_is_what_the_providers_say() -> None:
    sys.path.insert(0, "docs")
    try:
        from generate_providers import page
    finally:
        sys.path.remove("docs")
    assert Path("docs/reference/providers.md").read_text("utf-8") == page(), "run ./dev docs"


def test_a_provider_that_nobody_names_is_not_imported() -> None:
    code = "import sys; from vivavoce.settings import load; load({'voice': 'scripted'}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "vivavoce.providers.voice.scripted" in modules
    assert not {
        "vivavoce.providers.voice.stand_in",
        "vivavoce.providers.assembly",
        "numpy",
        "onnxruntime",
        "httpx2",
    } & set(modules)


class Slow:
    """A part that loads when it is told that it may."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.may_load = asyncio.Event()
        self.breaks = breaks
        self.loaded = 0

    async def warm(self) -> None:
        self.loaded += 1
        await self.may_load.wait()
        if self.breaks:
            raise OSError("half a file")


@pytest.mark.anyio
@pytest.mark.parametrize("breaks", [False, True])
async def test_a_part_is_coming_until_it_is_loaded_and_missing_if_it_cannot_be(tmp_path: Path, breaks: bool) -> None:
    made = assemble(Choices(), replace(OUTSIDE, model_place=lambda _: tmp_path))
    part = Slow(breaks=breaks)
    made.warmth.cold = {"ear": part}
    warming = asyncio.ensure_future(made.warmth.warm())
    await asyncio.sleep(0)
    assert made.standing("ear").coming
    part.may_load.set()
    await warming
    assert not made.warmth.cold
    standing = made.standing("ear")
    assert (standing.ready, standing.coming) == (not breaks, False)
    if breaks:
        assert "vivavoce models verify" in standing.message


@pytest.mark.anyio
async def test_a_machine_without_ears_loads_nothing_ahead_of_time_but_for_its_first_call() -> None:
    made = assemble(Choices(), OUTSIDE)
    part = Slow()
    made.warmth.cold = {"voice": part}
    await made.warmth.warm_ahead()
    assert made.standing("voice").ready
    first, second = (asyncio.ensure_future(made.warmth.warm()) for _ in range(2))
    await asyncio.sleep(0)
    assert made.standing("voice").coming
    assert not second.done()
    part.may_load.set()
    await asyncio.gather(first, second)
    assert (made.standing("voice").ready, part.loaded) == (True, 1)


@pytest.mark.anyio
async def test_a_machine_with_ears_loads_them_ahead_of_the_first_call() -> None:
    made = assemble(Choices(), OUTSIDE)
    part = Slow()
    made.warmth.cold, made.warmth.ahead = {"ear": part}, True
    assert made.standing("ear").coming
    part.may_load.set()
    await made.warmth.warm_ahead()
    assert not made.standing("ear").coming


def test_several_ears_step_in_for_one_another_and_several_voices_too() -> None:
    tables = {"ear": {"deepgram": {"api_key": "k"}}, "voice": {"cartesia": {"api_key": "k"}}}
    choices = Choices(tables, ear="deepgram", ear_backups=("scripted",), voice="cartesia", voice_backups=("scripted",))
    made = assemble(choices, OUTSIDE)
    assert isinstance(made.ear, EarCascade)
    assert [each.name for each in made.ear.ears] == ["deepgram", "scripted"]
    assert isinstance(made.voices.find(VoiceChoice(voice_id="")).voice, VoiceCascade)


@pytest.mark.parametrize("ears", [("scripted", "whisper"), ("whisper", "scripted")])
def test_an_ear_that_cannot_be_had_here_is_left_out_of_the_list(ears: tuple[str, str]) -> None:
    made = assemble(Choices(ear=ears[0], ear_backups=ears[1:]), OUTSIDE)
    assert isinstance(made.ear, ScriptedEar)
    assert made.standings["ear"].ready


def test_who_steps_in_for_a_voice_is_loaded_ahead_too() -> None:
    tables = {"voice": {"cartesia": {"api_key": "k"}}}
    made = assemble(Choices(tables, ear="scripted", voice="cartesia", voice_backups=("hibari",)), OUTSIDE)
    assert made.warmth.ahead
    assert "voice hibari" in made.warmth.cold
    alone = assemble(Choices(tables, ear="scripted", voice="cartesia"), OUTSIDE)
    assert "voice hibari" not in alone.warmth.cold


@pytest.mark.parametrize(
    ("embedding", "english", "others"),
    [
        ("auto", "all-MiniLM-L6-v2-int7", "use-multilingual-v3"),
        ("minilm", "all-MiniLM-L6-v2-int7", None),
        ("use_multilingual", "use-multilingual-v3", "use-multilingual-v3"),
        ("hashed", None, None),
        ("mine", "use-multilingual-v3", "use-multilingual-v3"),
    ],
)
def test_the_deterministic_mind_compares_by_what_the_settings_name(
    tmp_path: Path, embedding: str, english: str | None, others: str | None
) -> None:
    tables = {"embedding": {"mine": {"kind": "use_multilingual"}}} if embedding == "mine" else {}
    outside = replace(OUTSIDE, model_place=lambda model: None if "llama" in model else tmp_path)
    mind = assemble(Choices(tables, embedding=embedding), outside).minds.resolve("deterministic").mind.language
    assert isinstance(mind, Deterministic)
    assert (mind.embedder and mind.embedder.id, mind.abroad and mind.abroad.id) == (english, others)
