"""The workspace's own settings, through the official Python SDK."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _as_before(contract) -> Iterator[None]:
    """Settings are one thing for the whole workspace: put back what was there."""
    paths = ("/v1/convai/settings", "/v1/convai/settings/dashboard")
    before = {path: contract.http.get(path).json() for path in paths}
    yield
    for path, body in before.items():
        contract.http.patch(path, json=body)


@pytest.mark.covers("PATCH /v1/convai/settings", "GET /v1/convai/settings")
def test_settings_are_kept(contract):
    settings = contract.python.conversational_ai.settings
    webhook = {"url": "https://example.org/start", "request_headers": {"X-From": "us"}}
    settings.update(
        conversation_initiation_client_data_webhook=webhook,
        webhooks={"events": ["transcript", "audio"], "transcript_format": "opentelemetry"},
        can_use_mcp_servers=True,
        rag_retention_period_days=20,
        conversation_embedding_retention_days=40,
        default_livekit_stack="static",
    )
    settings.get()
    read = contract.last
    assert read["conversation_initiation_client_data_webhook"] == webhook
    assert read["webhooks"]["events"] == ["transcript", "audio"]
    assert read["webhooks"]["transcript_format"] == "opentelemetry"
    assert (read["can_use_mcp_servers"], read["default_livekit_stack"]) == (True, "static")
    assert (read["rag_retention_period_days"], read["conversation_embedding_retention_days"]) == (20, 40)


def test_what_a_patch_does_not_name_stays(contract):
    settings = contract.python.conversational_ai.settings
    settings.update(rag_retention_period_days=25)
    settings.update(can_use_mcp_servers=True)
    settings.get()
    assert contract.last["rag_retention_period_days"] == 25


def test_a_wrong_setting_is_refused_where_it_is_wrong(contract):
    answer = contract.http.patch("/v1/convai/settings", json={"rag_retention_period_days": 900})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][-1] == "rag_retention_period_days"


@pytest.mark.covers("PATCH /v1/convai/settings/dashboard", "GET /v1/convai/settings/dashboard")
def test_the_dashboards_charts_are_kept(contract):
    charts = [
        {"type": "call_success", "name": "Success"},
        {"type": "criteria", "name": "Kindness", "criteria_id": "kind"},
        {"type": "data_collection", "name": "City", "data_collection_id": "city"},
    ]
    dashboard = contract.python.conversational_ai.dashboard.settings
    dashboard.update(charts=charts)
    dashboard.get()
    assert contract.last["charts"] == charts
