"""The catalogue of language models, through the official Python SDK."""

import pytest


@pytest.mark.covers("GET /v1/convai/llm/list")
def test_the_catalogue_has_what_is_there_without_configuration(contract):
    contract.python.conversational_ai.llm.list()
    found = {model["llm"]: model for model in contract.last["llms"]}
    assert {"scripted", "custom-llm"} <= found.keys()
    assert found["scripted"]["available_service_tiers"] == ["standard"]


@pytest.mark.covers("POST /v1/convai/llm-usage/calculate")
def test_every_model_of_the_catalogue_has_a_price(contract):
    contract.python.conversational_ai.llm.list()
    known = {model["llm"] for model in contract.last["llms"]}
    contract.python.conversational_ai.llm_usage.calculate(prompt_length=4000, number_of_pages=3, rag_enabled=True)
    assert {price["llm"] for price in contract.last["llm_prices"]} == known
