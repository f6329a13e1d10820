"""OpenAI's chat completions. It obeys the public reference "Create chat completion" and "Streaming" of
platform.openai.com: deltas with roles, tool calls by index, a chunk with usage, `[DONE]`; errors as
`{"error": {"message", "type", "param", "code"}}`."""

import json
from collections.abc import Mapping
from typing import Any

from tests.conformance.servers.double import CACHED_TOKENS, INPUT_TOKENS, KEY, MODEL, OUTPUT_TOKENS, Refusal, Said, Why
from tests.support.chat_server import choice, complaint, event, tool_call
from tests.support.loopback import Asked

from vivavoce.engine.plan import ModelChoice

USAGE = {
    "prompt_tokens": INPUT_TOKENS,
    "completion_tokens": OUTPUT_TOKENS,
    "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
}
STATUSES: Mapping[Why, tuple[str, str, str]] = {
    "key": ("401 Unauthorized", "invalid_api_key", "Incorrect API key provided."),
    "rate": ("429 Too Many Requests", "rate_limit_exceeded", "Rate limit reached for requests."),
    "quota": ("429 Too Many Requests", "insufficient_quota", "You exceeded your current quota."),
    "model": ("404 Not Found", "model_not_found", "The model does not exist."),
    "too_long": ("400 Bad Request", "context_length_exceeded", "This model's maximum context length is 8192 tokens."),
    "overloaded": ("503 Service Unavailable", "server_error", "The engine is overloaded."),
}


def openai_refusal(why: Why, said: str = "") -> Refusal:
    """OpenAI's errors look the same on all its paths."""
    status, code, usual = STATUSES[why]
    error = {"message": said or usual, "type": "invalid_request_error", "param": None, "code": code}
    return Refusal(status, json.dumps({"error": error}).encode(), {"retry-after": "7"} if why == "rate" else {})


class OpenAIChatDouble:
    """The server."""

    provider = "openai_chat"
    structured = True
    path = "/v1/chat/completions"

    def options(self, url: str) -> dict[str, Any]:
        return {"base_url": f"{url}/v1", "models": [MODEL], "api_key": KEY}

    def choice(self, url: str, key: str) -> ModelChoice:
        return ModelChoice(model=MODEL, temperature=0.3, max_tokens=50)

    def key_of(self, asked: Asked) -> str:
        return asked.headers.get("authorization", "").removeprefix("Bearer ")

    def complaint(self, asked: Asked) -> str | None:
        if asked.target != self.path:
            return f"Unknown request URL: {asked.target}"
        return complaint(json.loads(asked.body))

    def events(self, said: Said) -> list[bytes]:
        reason = {"stop": "tool_calls" if said.calls else "stop", "length": "length", "refused": "content_filter"}
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": text} for text in said.texts]
        for index, call in enumerate(said.calls):
            deltas += tool_call(index, call.call_id, call.name, *_halves(json.dumps(call.arguments)))
        chunks = [choice(delta) for delta in deltas]
        return [*chunks, choice({}, reason[said.reason]) + event(choices=[], usage=USAGE) + b"data: [DONE]\n\n"]

    def schema_of(self, body: Mapping[str, Any]) -> Any:
        return opened(body["response_format"]["json_schema"])

    def refusal(self, why: Why, said: str = "") -> Refusal:
        return openai_refusal(why, said)


def opened(shape: dict[str, Any]) -> dict[str, Any]:
    """The schema that was asked for. It leaves nothing open, so it is to be kept exactly."""
    assert shape["strict"] is True
    return {name: value for name, value in shape["schema"].items() if name != "additionalProperties"}


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) // 2
    return text[:middle], text[middle:]
