"""Workspace webhooks, through the official Python SDK."""

import uuid

import pytest
from elevenlabs import WebhookHmacSettings


@pytest.fixture
def webhooks(contract):
    return contract.python.webhooks


def create(contract, name=None):
    """A webhook's id."""
    settings = WebhookHmacSettings(
        name=name or f"n{uuid.uuid4().hex[:12]}",
        webhook_url="https://hooks.example.org/calls",
        request_headers={"X-From": "us"},
    )
    return contract.python.webhooks.create(settings=settings).webhook_id


def listed(contract, **query):
    contract.python.webhooks.list(**query)
    return {webhook["webhook_id"]: webhook for webhook in contract.last["webhooks"]}


@pytest.mark.covers("POST /v1/workspace/webhooks", "GET /v1/workspace/webhooks")
def test_a_webhook_is_kept_and_its_secret_shown_once(contract):
    webhook_id = create(contract, "Calls to our CRM")
    secret = contract.last["webhook_secret"]
    read = listed(contract)[webhook_id]
    assert (read["name"], read["webhook_url"]) == ("Calls to our CRM", "https://hooks.example.org/calls")
    assert (read["auth_type"], read["is_disabled"]) == ("hmac", False)
    assert secret not in contract.answers[-1].response.text


@pytest.mark.covers("PATCH /v1/workspace/webhooks/{webhook_id}")
def test_a_webhook_is_changed(contract, webhooks):
    webhook_id = create(contract)
    webhooks.update(webhook_id, is_disabled=True, name="Quiet", retry_enabled=True, events=["agent_qa"])
    read = listed(contract, include_usages=True)[webhook_id]
    assert (read["name"], read["is_disabled"], read["events"]) == ("Quiet", True, ["agent_qa"])


@pytest.mark.covers("DELETE /v1/workspace/webhooks/{webhook_id}")
def test_a_webhook_is_deleted_once_nobody_uses_it(contract, webhooks):
    webhook_id = create(contract)
    settings = {"webhooks": {"post_call_webhook_id": webhook_id}}
    assert contract.http.patch("/v1/convai/settings", json=settings).status_code == 200
    assert listed(contract, include_usages=True)[webhook_id]["usage"] == [{"usage_type": "ConvAI Settings"}]
    assert contract.http.delete(f"/v1/workspace/webhooks/{webhook_id}").status_code == 409
    settings = {"webhooks": {"post_call_webhook_id": None}}
    assert contract.http.patch("/v1/convai/settings", json=settings).status_code == 200
    webhooks.delete(webhook_id)
    assert webhook_id not in listed(contract)
