"""What an agent costs and how much it knows, through the official Python SDK."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from tests.contract.making import new_agent, patch

from vivavoce.features.models.service import LanguageModel, LanguageModels, Price

DEAR = LanguageModel("dear-model", 1_000, 100_000, price=Price(input_per_million=10, output_per_million=100))


@dataclass(frozen=True, slots=True)
class OneModel:
    """A source with one model that is not free; those that are built in are."""

    async def language_models(self, workspace_id: str) -> Sequence[LanguageModel]:
        """It."""
        return [DEAR]


@pytest.fixture(scope="module", autouse=True)
def _dear_model(running) -> Iterator[None]:
    models = running.application.server.state.services[LanguageModels]
    before = list(models._sources)
    models.register(OneModel())
    yield
    models._sources[:] = before


def price_of(contract, llm="dear-model"):
    return next(each["price_per_minute"] for each in contract.last["llm_prices"] if each["llm"] == llm)


@pytest.mark.covers("POST /v1/convai/agent/{agent_id}/llm-usage/calculate")
def test_a_longer_prompt_costs_more(contract):
    calculate = contract.python.conversational_ai.agents.llm_usage.calculate
    agent_id = new_agent(contract, prompt="x" * 400)
    calculate(agent_id)
    short = price_of(contract)
    patch(contract, agent_id, {"conversation_config": {"agent": {"prompt": {"prompt": "x" * 400_000}}}})
    calculate(agent_id)
    assert price_of(contract) > 2 * short > 0
    calculate(agent_id, prompt_length=400)
    assert price_of(contract) == pytest.approx(short)
    calculate(agent_id, prompt_length=400, number_of_pages=500, rag_enabled=False)
    whole = price_of(contract)
    calculate(agent_id, prompt_length=400, number_of_pages=500, rag_enabled=True)
    assert short < price_of(contract) < whole


@pytest.mark.covers("GET /v1/convai/agent/{agent_id}/knowledge-base/size")
def test_an_agent_without_knowledge_has_no_pages(contract):
    contract.python.conversational_ai.agents.knowledge_base.size(new_agent(contract))
    assert contract.last["number_of_pages"] == 0
