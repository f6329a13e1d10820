"""Trying a provider: a short real request, told in figures and words, and nothing of what was typed told to anybody."""

import asyncio
import base64
import io
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.server import create_server
from vivavoce.base.errors import Invalid, TooMany
from vivavoce.features.models import trying
from vivavoce.features.models.kinds import KEY_GOES_HERE, kinds, lines
from vivavoce.features.models.routes import routers
from vivavoce.features.models.service import BuiltInModels, LanguageModels
from vivavoce.features.models.trying import SPEAKS, SPOKEN, Trials, spoken
from vivavoce.features.workspace.service import FirstRun, Identities
from vivavoce.live.resampling import resampling
from vivavoce.ports.embedding import HashedWords
from vivavoce.ports.identity import Caller, KnownCallers
from vivavoce.ports.language import ChatRequest, Finished, MindFailed, Piece, ScriptedLanguage, Text
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.speech import LoudnessActivity, ScriptedEar
from vivavoce.ports.voice import ScriptedVoice
from vivavoce.providers.choices import Choices
from vivavoce.providers.current import Candidate, CurrentParts
from vivavoce.providers.health import Board
from vivavoce.providers.registry import Outside, ProviderProblem, Role

pytestmark = pytest.mark.anyio

KEY = "sk-never-to-be-seen"
TYPED = {"kind": "openai_chat", "base_url": "https://llm.example.com/v1", "models": ["m"], "api_key": KEY}


class SlowMind:
    """A mind that never begins."""

    @asynccontextmanager
    async def chat(self, _: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        await asyncio.Event().wait()
        raise AssertionError("it never gets there")
        yield


@dataclass
class Bench:
    """Providers that can be tried."""

    providers: dict[tuple[str, str], Any]
    board: Board = field(default_factory=Board)

    def find(self, role: Role, name: str) -> Candidate:
        if (role, name) not in self.providers:
            raise ProviderProblem(f"there is no {role} provider {name!r}")
        return Candidate(role, name, self.providers[role, name], "a-model")

    def draft(self, role: Role, name: str, given: Mapping[str, Any]) -> Candidate:
        return Candidate(role, name, ScriptedLanguage([[Text("Yes."), Finished()]]), given["models"][0], is_draft=True)

    @property
    def trials(self) -> Trials:
        return Trials(self.find, self.draft, lambda: self.board, resampling)


async def test_a_mind_answers_a_sentence_and_its_health_learns_from_it() -> None:
    mind = ScriptedLanguage([[Text("Yes, I can "), Text("hear you."), Finished()]])
    bench = Bench({("language", "mine"): mind})
    trial = await bench.trials.configured("language", "mine")
    assert (trial.text, trial.failure) == ("Yes, I can hear you.", "")
    assert trial.first_seconds is not None and trial.first_seconds <= trial.total_seconds
    assert mind.asked[0].model.model == "a-model"
    health = bench.board.of("language", "mine")
    assert (health.asked, health.failed, health.running) == (1, 0, 0)


async def test_a_voice_can_be_heard() -> None:
    trial = await Bench({("voice", "tone"): ScriptedVoice(first_byte_seconds=0.0, speed=1e6)}).trials.configured(
        "voice", "tone"
    )
    assert trial.text == SPEAKS
    with wave.open(io.BytesIO(base64.b64decode(trial.sound_base64 or ""))) as file:
        assert (file.getframerate(), file.getnchannels()) == (16_000, 1)
        assert file.getnframes() / 16_000 == pytest.approx(len(SPEAKS) * 0.06, abs=0.1)


async def test_an_ear_writes_down_the_sentence_that_is_kept() -> None:
    pcm, rate_hz = spoken()
    assert rate_hz == 16_000 and 2 < len(pcm) / 2 / rate_hz < 4
    trial = await Bench({("ear", "script"): ScriptedEar((SPOKEN,))}).trials.configured("ear", "script")
    assert (trial.text, trial.expected, trial.failure) == (SPOKEN, SPOKEN, "")


async def test_what_notices_and_what_compares_says_so_in_words() -> None:
    bench = Bench({("activity", "loud"): LoudnessActivity(), ("embedding", "words"): HashedWords()})
    assert "as sure as 100%" in (await bench.trials.configured("activity", "loud")).text
    assert "512 numbers" in (await bench.trials.configured("embedding", "words")).text


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        (ScriptedLanguage([[MindFailed("the key is refused (401)")]]), "the key is refused (401)"),
        (ScriptedLanguage([[Finished()]]), "answered with nothing"),
        (object(), "in a way that nobody foresaw"),
        (SlowMind(), "had not answered"),
    ],
)
async def test_a_failure_is_told_in_words_and_counts(
    provider: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "LONGEST_SECONDS", 0.05)
    bench = Bench({("language", "mine"): provider})
    trial = await bench.trials.configured("language", "mine")
    assert words in trial.failure
    assert bench.board.of("language", "mine").failed == 1


async def test_who_is_not_there_is_said_and_an_agents_own_model_is_tried_in_the_agent() -> None:
    trials = Bench({("language", "custom_llm"): SlowMind()}).trials
    assert "no voice provider" in (await trials.configured("voice", "nobody")).failure
    with pytest.raises(Invalid, match="try it there"):
        await trials.configured("language", "custom_llm")


async def test_only_a_few_run_at_a_time() -> None:
    trials = Bench({("language", "slow"): SlowMind()}).trials
    running = [asyncio.ensure_future(trials.configured("language", "slow")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(TooMany):
        await trials.configured("language", "slow")
    for each in running:
        each.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert (await trials.typed("language", "quick", TYPED)).text == "Yes."


async def test_what_was_only_typed_is_asked_the_way_of_users_addresses_and_leaves_no_trace() -> None:
    configured, chosen = CannedOutbound(), CannedOutbound()
    current = CurrentParts(Choices(), Outside(configured, chosen, KnownReferences()))
    board = current.parts.minds.memory.board
    trials = Trials(current.candidate, current.draft, lambda: board, resampling)
    trial = await trials.typed("language", "mine", TYPED)
    assert trial.failure and KEY not in trial.failure
    assert [request.url for request in chosen.sent] == ["https://llm.example.com/v1/chat/completions"]
    assert configured.sent == []
    assert list(board) == []


async def test_what_opens_its_own_connections_is_not_tried_before_it_stands_in_the_settings() -> None:
    current = CurrentParts(Choices(), Outside(CannedOutbound(), CannedOutbound(), KnownReferences()))
    with pytest.raises(ProviderProblem, match="put it into the settings"):
        current.draft("ear", "livekit", {"plugin": "deepgram"})


# Forms and lines


def test_every_provider_has_a_form_made_from_its_options() -> None:
    found = {(kind.role, kind.name): kind for kind in kinds()}
    fields = {each.name: each for each in found["language", "openai_chat"].fields}
    assert (fields["api_key"].shape, fields["headers"].shape) == ("secret", "json")
    assert (fields["models"].shape, fields["models"].is_required) == ("list", True)
    assert fields["max_tokens_field"].choices == ["auto", "max_tokens", "max_completion_tokens"]
    assert fields["context_tokens"].default == 128_000
    assert ("voice", "stand_in") not in found and ("ear", "whisper") in found
    assert not found["ear", "livekit"].can_be_tried_first
    assert all(each.meaning for kind in kinds() for each in kind.fields)


def test_the_lines_are_what_the_settings_read_and_hold_no_key() -> None:
    import tomllib

    given = {**TYPED, "headers": {"x-org": "hidden-org"}, "renamed": {"a b": 'c"\\'}, "streams_usage": False}
    text = lines("language", "my server", given)
    assert KEY not in text and "hidden-org" not in text
    table = tomllib.loads(text)["providers"]["language"]["my server"]
    assert table == {**given, "api_key": KEY_GOES_HERE, "headers": {"x-org": KEY_GOES_HERE}}


@pytest.mark.parametrize("wrong", [{"kind": "nobody"}, {**TYPED, "models": []}, {**TYPED, "unheard_of": 1}])
def test_wrong_options_are_refused_by_name_without_what_was_typed(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        lines("language", "mine", wrong)
    assert KEY not in refused.value.message


# Over HTTP


class Installation:
    """The double of the identities: whose installation it is."""

    async def installation(self) -> FirstRun:
        return FirstRun("ws_ours", "user_owner", api_key=None)


@pytest.fixture
def client() -> httpx.AsyncClient:
    everything = frozenset({"all"})
    bench = Bench({("language", "mine"): ScriptedLanguage([[Text("Yes."), Finished()]])})
    server = create_server(
        routers=routers,
        services={
            LanguageModels: LanguageModels(BuiltInModels()),
            Trials: bench.trials,
            Identities: Installation(),
        },
        identity=KnownCallers(
            {
                "owner": Caller("ws_ours", "user_owner", "admin", everything),
                "editor": Caller("ws_ours", "user_editor", "editor", everything),
                "stranger": Caller("ws_theirs", "user_stranger", "admin", everything),
            }
        ),
        options=ServerOptions(),
        health=Health(),
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(server), base_url="http://test", headers={"xi-api-key": "owner"}
    )


async def test_a_trial_over_http(client: httpx.AsyncClient) -> None:
    body = (await client.post("/v1/vivavoce/providers/try", json={"role": "language", "name": "mine"})).json()
    assert (body["worked"], body["text"], body["sound_base64"]) == (True, "Yes.", None)
    wanted = {"role": "language", "name": "draft", "options": TYPED}
    assert (await client.post("/v1/vivavoce/providers/try", json=wanted)).json()["text"] == "Yes."
    answer = await client.post("/v1/vivavoce/providers/lines", json=wanted)
    assert "[providers.language.draft]" in answer.json()["toml"] and KEY not in answer.text
    assert len((await client.get("/v1/vivavoce/providers/kinds")).json()["kinds"]) > 20


@pytest.mark.parametrize(
    "body",
    [
        {"role": "cook", "name": "mine"},
        {"role": "language", "name": ""},
        {"role": "language", "name": "x" * 101},
        {"role": "language", "name": "mine", "options": {**TYPED, "api_keys": KEY}},
        {"role": "language", "name": "mine", "options": {str(number): 1 for number in range(65)}},
    ],
)
async def test_bad_wishes_are_refused_and_no_key_comes_back(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post("/v1/vivavoce/providers/try", json=body)
    assert answer.status_code == 422
    assert KEY not in answer.text


@pytest.mark.parametrize("who", ["editor", "stranger"])
async def test_providers_are_tried_by_the_installations_administrators_alone(
    client: httpx.AsyncClient, who: str
) -> None:
    wanted = {"role": "language", "name": "mine", "options": TYPED}
    headers = {"xi-api-key": who}
    answers = [
        await client.get("/v1/vivavoce/providers/kinds", headers=headers),
        await client.post("/v1/vivavoce/providers/try", json=wanted, headers=headers),
        await client.post("/v1/vivavoce/providers/lines", json=wanted, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
