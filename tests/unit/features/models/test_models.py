"""The catalogue of language models, and what talking to them costs."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import chain, repeat

import httpx
import pytest
from prometheus_client import CollectorRegistry

from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.server import create_server
from vivavoce.engine.plan import ModelChoice
from vivavoce.features.models.metrics import ProviderMetrics
from vivavoce.features.models.providers import PartState, Providers
from vivavoce.features.models.routes import routers
from vivavoce.features.models.service import (
    BuiltInModels,
    LanguageModel,
    LanguageModels,
    Load,
    Price,
    estimated,
)
from vivavoce.features.workspace.service import FirstRun, Identities
from vivavoce.ports.identity import Caller, KnownCallers, Role
from vivavoce.ports.language import ChatRequest, Finished, MindFailed, ScriptedLanguage, Text
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.providers.discovery import Discovery
from vivavoce.providers.minds import AllMinds, Mind, MindRules, MindsMemory

pytestmark = pytest.mark.anyio


class Configured:
    """Models that one workspace has configured."""

    async def language_models(self, workspace_id: str) -> Sequence[LanguageModel]:
        if workspace_id != "ws_a":
            return []
        return [
            LanguageModel(
                "big",
                16_000,
                200_000,
                supports_image_input=True,
                supports_parallel_tool_calls=True,
                reasoning_efforts=["low", "high"],
                service_tiers=["standard", "fast"],
                price=Price(2.0, 10.0),
            ),
            LanguageModel("scripted", 1, 1),
        ]


@pytest.fixture
def models() -> LanguageModels:
    return LanguageModels(BuiltInModels())


FIGURES = ("requests_total", "failures_total", "resting", "first_word_seconds")


class Installation:
    """Whose the machine is."""

    async def installation(self) -> FirstRun:
        return FirstRun("ws_a", "user", None)


def client_of(
    models: LanguageModels, workspace_id: str = "ws_a", *, role: Role = "viewer", providers: Providers | None = None
) -> httpx.AsyncClient:
    caller = Caller(workspace_id, "user", role, frozenset({"convai_read", "workspace_read"}), key_id="key")
    server = create_server(
        routers=routers,
        services={LanguageModels: models, Providers: providers, Identities: Installation()},
        identity=KnownCallers(keys={"key": caller}),
        options=ServerOptions(),
        health=Health(),
    )
    transport = httpx.ASGITransport(server)
    return httpx.AsyncClient(transport=transport, base_url="http://vivavoce.test", headers={"xi-api-key": "key"})


async def test_how_providers_are_doing_is_for_admins() -> None:
    clock = chain([0.0, 1.5, 2.0, 2.0, 2.0], repeat(10.0)).__next__
    mind = Mind("mine", ScriptedLanguage([[Text("Hi."), Finished()], [MindFailed("down", retryable=False)]]), ["small"])
    minds = AllMinds(
        [mind], MindRules(), Discovery(CannedOutbound(), (), lambda *_: mind.language), MindsMemory(now=clock)
    )
    ear = PartState("ear", "stand_in", ready=False, coming=False, message="Deaf.")
    request = ChatRequest(ModelChoice(model="large"), [])
    for _ in range(2):
        with suppress(MindFailed):
            async with minds.find(request.model).chat(request) as pieces:
                async for _ in pieces:
                    pass
    async with client_of(LanguageModels(), role="admin", providers=Providers(lambda: minds, lambda: [ear])) as client:
        body = (await client.get("/v1/vivavoce/providers")).json()
    assert body["parts"] == [
        {"role": "ear", "provider": "stand_in", "ready": False, "coming": False, "message": "Deaf."}
    ]
    assert body["stand_ins"] == [{"llm": "large", "answered_by": "small of mine"}]
    assert body["providers"] == [
        {
            "name": "mine",
            "origin": "settings",
            "models": ["small"],
            "condition": "resting",
            "asked": 2,
            "failed": 1,
            "running": 0,
            "first_word_seconds": 1.5,
            "rests_for_seconds": 52.0,
            "last_failure": "down",
            "failed_seconds_ago": 8.0,
        }
    ]
    registry = CollectorRegistry()
    ProviderMetrics(Providers(lambda: minds)).register(registry)
    figures = {name: registry.get_sample_value(f"vivavoce_mind_{name}", {"provider": "mine"}) for name in FIGURES}
    assert figures == {"requests_total": 2, "failures_total": 1, "resting": 1, "first_word_seconds": 1.5}
    for somebody in ({"role": "viewer"}, {"role": "admin", "workspace_id": "ws_b"}):
        async with client_of(LanguageModels(), providers=Providers(lambda: minds), **somebody) as client:
            assert (await client.get("/v1/vivavoce/providers")).status_code == 403


async def test_what_is_there_without_configuration(models: LanguageModels):
    async with client_of(models) as client:
        body = (await client.get("/v1/convai/llm/list")).json()
    assert [model["llm"] for model in body["llms"]] == ["deterministic", "scripted", "custom-llm"]
    assert set(body["default_deprecation_config"].values()) == {0}
    assert body["llms"][0]["available_service_tiers"] == ["standard"]
    assert body["llms"][0]["deprecation_info"] is None


async def test_a_registered_source_adds_its_models_for_its_workspace(models: LanguageModels):
    models.register(Configured())
    async with client_of(models) as client:
        found = (await client.get("/v1/convai/llm/list")).json()["llms"]
    assert [model["llm"] for model in found] == ["deterministic", "scripted", "custom-llm", "big"]
    assert found[0]["max_tokens_limit"] == 4096
    assert found[3] == {
        "llm": "big",
        "is_checkpoint": False,
        "max_tokens_limit": 16_000,
        "max_context_limit": 200_000,
        "supports_image_input": True,
        "supports_document_input": False,
        "supports_parallel_tool_calls": True,
        "available_reasoning_efforts": ["low", "high"],
        "available_service_tiers": ["standard", "fast"],
        "deprecation_info": None,
        "regional_processing_surcharge": None,
    }
    async with client_of(models, "ws_b") as client:
        found = (await client.get("/v1/convai/llm/list")).json()["llms"]
    assert [model["llm"] for model in found] == ["deterministic", "scripted", "custom-llm"]


async def test_an_estimate_for_every_model(models: LanguageModels):
    models.register(Configured())
    body = {"prompt_length": 4000, "number_of_pages": 0, "rag_enabled": False}
    async with client_of(models) as client:
        prices = (await client.post("/v1/convai/llm-usage/calculate", json=body)).json()["llm_prices"]
        fast = (await client.post("/v1/convai/llm-usage/calculate", json={**body, "service_tier": "fast"})).json()
    assert prices[0] == {"llm": "deterministic", "price_per_minute": 0.0, "price_per_message": 0.0}
    # 1,000 tokens of prompt and 360 of earlier turns at 2 dollars, 60 of answer at 10 dollars a million.
    assert prices[3]["price_per_message"] == pytest.approx((1360 * 2 + 60 * 10) / 1e6)
    assert prices[3]["price_per_minute"] == pytest.approx(4 * prices[3]["price_per_message"])
    assert [price["llm"] for price in fast["llm_prices"]] == ["big"]


def test_retrieval_bounds_what_knowledge_costs():
    model = LanguageModel("m", 1, 1, price=Price(1.0))

    def cost(pages: float, *, rag: bool) -> float:
        return estimated(model, Load(0, pages, rag)).price_per_message

    assert cost(2, rag=True) == cost(2, rag=False)
    assert cost(4, rag=True) == cost(400, rag=True)
    assert cost(400, rag=False) == pytest.approx((400 * 2500 / 4 + 360) / 1e6)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"prompt_length": -1, "number_of_pages": 0, "rag_enabled": False},
        {"prompt_length": 1, "number_of_pages": "many", "rag_enabled": False},
        {"prompt_length": 1, "number_of_pages": 1, "rag_enabled": "yes"},
        {"prompt_length": 1, "number_of_pages": 1, "rag_enabled": True, "service_tier": "slow"},
    ],
)
async def test_wrong_loads_are_refused(models: LanguageModels, body: dict[str, object]):
    async with client_of(models) as client:
        assert (await client.post("/v1/convai/llm-usage/calculate", json=body)).status_code == 422


async def test_strangers_do_not_see_the_catalogue(models: LanguageModels):
    async with client_of(models) as client:
        del client.headers["xi-api-key"]
        assert (await client.get("/v1/convai/llm/list")).status_code == 401
