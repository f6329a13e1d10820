"""OpenAI's responses. It obeys the public reference "Create a model response" and "Streaming events" of
platform.openai.com: typed events with a sequence number, items that are added, written and done, and the whole response
in the last one."""

import json
from collections.abc import Mapping
from typing import Any

from tests.conformance.servers.double import CACHED_TOKENS, INPUT_TOKENS, KEY, MODEL, OUTPUT_TOKENS, Refusal, Said, Why
from tests.conformance.servers.openai_chat import openai_refusal, opened
from tests.support.chat_server import complaint_about_shape
from tests.support.loopback import Asked

from vivavoce.engine.plan import ModelChoice

KNOWN_FIELDS = {
    "model", "input", "stream", "store", "temperature", "max_output_tokens", "service_tier", "reasoning", "tools",
    "parallel_tool_calls", "text", "prompt_cache_key", "elevenlabs_extra_body",
}  # fmt: skip
USAGE = {
    "input_tokens": INPUT_TOKENS,
    "input_tokens_details": {"cached_tokens": CACHED_TOKENS},
    "output_tokens": OUTPUT_TOKENS,
    "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
}


class OpenAIResponsesDouble:
    """The server."""

    provider = "openai_responses"
    structured = True
    path = "/v1/responses"

    def options(self, url: str) -> dict[str, Any]:
        return {"base_url": f"{url}/v1", "models": [MODEL], "api_key": KEY}

    def choice(self, url: str, key: str) -> ModelChoice:
        return ModelChoice(model=MODEL, temperature=0.3, max_tokens=50)

    def key_of(self, asked: Asked) -> str:
        return asked.headers.get("authorization", "").removeprefix("Bearer ")

    def complaint(self, asked: Asked) -> str | None:
        if asked.target != self.path:
            return f"Unknown request URL: {asked.target}"
        body = json.loads(asked.body)
        if unknown := set(body) - KNOWN_FIELDS:
            return f"Unknown parameter: {', '.join(sorted(unknown))}"
        if any(set(tool) != {"type", "name", "description", "parameters", "strict"} for tool in body.get("tools", [])):
            return "Invalid value: 'tools'."
        return complaint_about_shape(body.get("text", {}).get("format", {})) or _complaint_about(body["input"])

    def events(self, said: Said) -> list[bytes]:
        made = [_event("response.created", response={"status": "in_progress"})]
        made += [
            _event("response.output_text.delta", item_id="msg_1", output_index=0, content_index=0, delta=text)
            for text in said.texts
        ]
        for index, call in enumerate(said.calls, 1):
            item = {"type": "function_call", "id": f"fc_{index}", "call_id": call.call_id, "name": call.name}
            arguments = json.dumps(call.arguments)
            made += [
                _event("response.output_item.added", output_index=index, item={**item, "arguments": ""}),
                _event("response.function_call_arguments.delta", item_id=item["id"], delta=arguments),
                _event("response.output_item.done", output_index=index, item={**item, "arguments": arguments}),
            ]
        why = {"length": "max_output_tokens", "refused": "content_filter"}.get(said.reason)
        status = "incomplete" if why else "completed"
        whole = {"status": status, "usage": USAGE, "incomplete_details": {"reason": why} if why else None}
        return [*made, _event(f"response.{status}", response=whole)]

    def schema_of(self, body: Mapping[str, Any]) -> Any:
        return opened(body["text"]["format"])

    def refusal(self, why: Why, said: str = "") -> Refusal:
        return openai_refusal(why, said)


def _event(type: str, **fields: Any) -> bytes:
    return f"event: {type}\ndata: {json.dumps({'type': type, 'sequence_number': 0, **fields})}\n\n".encode()


def _complaint_about(items: list[dict[str, Any]]) -> str | None:
    open_calls: list[str] = []
    for item in items:
        match item.get("type", "message"):
            case "message" if item["role"] in {"user", "assistant", "developer", "system"} and item["content"]:
                continue
            case "function_call" if isinstance(json.loads(item["arguments"]), dict) and item["name"]:
                open_calls.append(item["call_id"])
            case "function_call_output" if item["call_id"] in open_calls and isinstance(item["output"], str):
                open_calls.remove(item["call_id"])
            case _:
                return f"Invalid item: {json.dumps(item)}"
    return f"No tool output found for function call {open_calls[0]}." if open_calls else None
