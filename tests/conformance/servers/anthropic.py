"""Anthropic's messages. It obeys the public pages "Messages", "Streaming messages", "Tool use", "Prompt caching" and
"Errors" of docs.anthropic.com: blocks that start, are written and stop, usage at both ends, errors with a type.
Requests whose roles do not alternate, whose blocks are empty or whose tools have no result are refused."""

import json
from collections.abc import Mapping
from typing import Any

from tests.conformance.servers.double import CACHED_TOKENS, INPUT_TOKENS, KEY, OUTPUT_TOKENS, Refusal, Said, Why
from tests.support.loopback import Asked

from vivavoce.engine.plan import ModelChoice

MODEL = "claude-haiku-4-5"
KNOWN_FIELDS = {
    "model", "max_tokens", "messages", "system", "stream", "temperature", "thinking", "tools", "tool_choice",
    "output_config", "service_tier",
}  # fmt: skip
REASONS = {"length": "max_tokens", "refused": "refusal"}
STATUSES: Mapping[Why, tuple[str, str, str]] = {
    "key": ("401 Unauthorized", "authentication_error", "invalid x-api-key"),
    "rate": ("429 Too Many Requests", "rate_limit_error", "Number of request tokens has exceeded your rate limit."),
    "quota": ("400 Bad Request", "invalid_request_error", "Your credit balance is too low to access the API."),
    "model": ("404 Not Found", "not_found_error", "model: claude-0"),
    "too_long": ("400 Bad Request", "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    "overloaded": ("529 Overloaded", "overloaded_error", "Overloaded"),
}


class AnthropicDouble:
    """The server."""

    provider = "anthropic"
    structured = True

    def options(self, url: str) -> dict[str, Any]:
        return {"base_url": url, "models": [MODEL], "api_key": KEY}

    def choice(self, url: str, key: str) -> ModelChoice:
        return ModelChoice(model=MODEL, temperature=0.3, max_tokens=50)

    def key_of(self, asked: Asked) -> str:
        return asked.headers.get("x-api-key", "")

    def complaint(self, asked: Asked) -> str | None:
        if asked.target != "/v1/messages" or asked.headers.get("anthropic-version") != "2023-06-01":
            return "anthropic-version: header is required"
        body = json.loads(asked.body)
        if unknown := set(body) - KNOWN_FIELDS:
            return f"{', '.join(sorted(unknown))}: Extra inputs are not permitted"
        if body["max_tokens"] < 1 or json.dumps(body).count("cache_control") > 4:
            return "max_tokens: or too many cache breakpoints"
        return _complaint_about(body)

    def events(self, said: Said) -> list[bytes]:
        usage = {"input_tokens": 3, "cache_creation_input_tokens": INPUT_TOKENS - CACHED_TOKENS - 3, "output_tokens": 1}
        message = {"role": "assistant", "content": [], "usage": {**usage, "cache_read_input_tokens": CACHED_TOKENS}}
        text_block = {"type": "text", "text": ""}
        made = [_event("message_start", message=message), _event("ping")]
        made.append(_event("content_block_start", index=0, content_block=text_block))
        made += [_delta(0, type="text_delta", text=text) for text in said.texts]
        made.append(_event("content_block_stop", index=0))
        for index, call in enumerate(said.calls, 1):
            block = {"type": "tool_use", "id": call.call_id, "name": call.name, "input": {}}
            arguments = json.dumps(call.arguments) if call.arguments else ""
            made.append(_event("content_block_start", index=index, content_block=block))
            made += [_delta(index, type="input_json_delta", partial_json=half) for half in ("", arguments)]
            made.append(_event("content_block_stop", index=index))
        reason = REASONS.get(said.reason, "tool_use" if said.calls else "end_turn")
        made.append(_event("message_delta", delta={"stop_reason": reason}, usage={"output_tokens": OUTPUT_TOKENS}))
        return [*made, _event("message_stop")]

    def schema_of(self, body: Mapping[str, Any]) -> Any:
        schema = body["output_config"]["format"]["schema"]
        assert schema.pop("additionalProperties") is False
        return schema

    def refusal(self, why: Why, said: str = "") -> Refusal:
        status, kind, usual = STATUSES[why]
        body = {"type": "error", "error": {"type": kind, "message": said or usual}}
        return Refusal(status, json.dumps(body).encode(), {"retry-after": "7"} if why == "rate" else {})


def _event(type: str, **fields: Any) -> bytes:
    return f"event: {type}\ndata: {json.dumps({'type': type, **fields})}\n\n".encode()


def _delta(index: int, **delta: str) -> bytes:
    return _event("content_block_delta", index=index, delta=delta)


def _complaint_about(body: dict[str, Any]) -> str | None:
    expected, open_calls = "user", set[str]()
    for message in body["messages"]:
        if message["role"] != expected or not message["content"]:
            return "messages: roles must alternate, beginning with user, and content must not be empty"
        expected = "assistant" if expected == "user" else "user"
        results = {block["tool_use_id"] for block in message["content"] if block["type"] == "tool_result"}
        if results != open_calls:
            return "tool_use ids were found without tool_result blocks immediately after"
        open_calls = {block["id"] for block in message["content"] if block["type"] == "tool_use"}
        if any(block["type"] == "text" and not block["text"].strip() for block in message["content"]):
            return "text content blocks must contain non-whitespace text"
    if open_calls or expected == "user":
        return "This model does not support assistant message prefill."
    called = "tool_use" in json.dumps(body["messages"])
    return "Requests which include tool_use blocks must define tools" if called and not body.get("tools") else None
