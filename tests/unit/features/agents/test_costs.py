"""How large an agent is, and what it costs."""

import pytest
from tests.unit.features.agents.house import EVE, House

pytestmark = pytest.mark.anyio


def document_of(*ids: str):
    return [{"type": "file", "name": id, "id": id} for id in ids]


async def test_the_size_of_the_knowledge(house: House):
    prompt = {"prompt": "", "knowledge_base": document_of("doc_1", "doc_2", "doc_1", "doc_lost")}
    agent_id = await house.create(conversation_config={"agent": {"prompt": prompt}})
    async with house.client() as client:
        reply = await client.get(f"/v1/convai/agent/{agent_id}/knowledge-base/size")
        assert reply.json() == {"number_of_pages": 4.5}
    async with house.client(EVE) as client:
        assert (await client.get(f"/v1/convai/agent/{agent_id}/knowledge-base/size")).status_code == 404


async def test_what_an_agent_costs_with_each_model(house: House):
    prompt = {"prompt": "x" * 400, "knowledge_base": document_of("doc_1")}
    agent_id = await house.create(conversation_config={"agent": {"prompt": prompt}})
    async with house.client() as client:
        url = f"/v1/convai/agent/{agent_id}/llm-usage/calculate"
        local, cloud = (await client.post(url)).json()["llm_prices"]
        bare = (await client.post(url, json={"number_of_pages": 0, "prompt_length": 0})).json()["llm_prices"][1]
        assert (await client.post(url, json={"number_of_pages": -1})).status_code == 422
    assert local == {"llm": "local", "price_per_minute": 0.0, "price_per_message": 0.0}
    tokens = 100 + 4 * 2500 / 4 + 6 * 60
    assert cloud["price_per_message"] == pytest.approx((tokens * 1.0 + 60 * 10.0) / 1e6)
    assert cloud["price_per_minute"] == pytest.approx(4 * cloud["price_per_message"])
    assert bare["price_per_message"] == pytest.approx((360 + 600) / 1e6)
