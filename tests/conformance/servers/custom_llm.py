"""Servers that an agent brings along. They obey the same public references as OpenAI's own; address, key and model
stand in the agent's document."""

from collections.abc import Mapping
from typing import Any

from tests.conformance.servers.double import KEY, MODEL
from tests.conformance.servers.openai_chat import OpenAIChatDouble
from tests.conformance.servers.openai_responses import OpenAIResponsesDouble

from vivavoce.engine.plan import ModelChoice

SECRETS: Mapping[str, str] = {"secret_right": KEY}
"""What the workspace keeps, by id."""


def brought_along(url: str, key: str, api_type: str) -> ModelChoice:
    """What the agent's document says. A key that is not the right one stands there as a header."""
    custom: dict[str, Any] = {"url": f"{url}/v1", "model_id": MODEL, "api_type": api_type}
    if key == KEY:
        custom["api_key"] = {"secret_id": "secret_right"}
    else:
        custom["request_headers"] = {"Authorization": f"Bearer {key}"}
    return ModelChoice(model="custom-llm", temperature=0.3, max_tokens=50, custom=custom)


class CustomChatDouble(OpenAIChatDouble):
    """One that speaks chat completions."""

    provider = "custom_llm"

    def options(self, url: str) -> dict[str, Any]:
        return {}

    def choice(self, url: str, key: str) -> ModelChoice:
        return brought_along(url, key, "chat_completions")


class CustomResponsesDouble(OpenAIResponsesDouble):
    """One that speaks responses."""

    provider = "custom_llm"

    def options(self, url: str) -> dict[str, Any]:
        return {}

    def choice(self, url: str, key: str) -> ModelChoice:
        return brought_along(url, key, "responses")
