"""Google's content generation. It obeys the public pages "Generating content", "Function calling", "Thinking", "Thought
signatures" and "Troubleshooting" of ai.google.dev: partial answers as server-sent events, the last one with a finish
reason, errors as `google.rpc.Status`; function calls of the history without a signature are refused."""

import json
from collections.abc import Mapping
from typing import Any

from tests.conformance.servers.double import CACHED_TOKENS, INPUT_TOKENS, KEY, OUTPUT_TOKENS, Refusal, Said, Why
from tests.support.loopback import Asked

from vivavoce.engine.plan import ModelChoice

MODEL = "gemini-2.5-flash"
KNOWN_FIELDS = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings"}
REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"}
USAGE = {
    "promptTokenCount": INPUT_TOKENS,
    "candidatesTokenCount": OUTPUT_TOKENS - 2,
    "thoughtsTokenCount": 2,
    "cachedContentTokenCount": CACHED_TOKENS,
}
STATUSES: Mapping[Why, tuple[str, str, str]] = {
    "key": ("400 Bad Request", "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    "rate": ("429 Too Many Requests", "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "quota": ("403 Forbidden", "PERMISSION_DENIED", "billing_hard_limit reached for this project."),
    "model": ("404 Not Found", "NOT_FOUND", "models/gemini-0 is not found for API version v1beta."),
    "too_long": (
        "400 Bad Request",
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575).",
    ),
    "overloaded": ("503 Service Unavailable", "UNAVAILABLE", "The model is overloaded."),
}


class GeminiDouble:
    """The server."""

    provider = "gemini"
    structured = True

    def options(self, url: str) -> dict[str, Any]:
        return {"base_url": f"{url}/v1beta", "models": [MODEL], "api_key": KEY}

    def choice(self, url: str, key: str) -> ModelChoice:
        return ModelChoice(model=MODEL, temperature=0.3, max_tokens=50)

    def key_of(self, asked: Asked) -> str:
        return asked.headers.get("x-goog-api-key", "")

    def complaint(self, asked: Asked) -> str | None:
        if asked.target != f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse":
            return f"{asked.target} is not found"
        body = json.loads(asked.body)
        if unknown := set(body) - KNOWN_FIELDS:
            return f"Unknown name {', '.join(sorted(unknown))}"
        return _complaint_about(body["contents"])

    def events(self, said: Said) -> list[bytes]:
        parts: list[dict[str, Any]] = [{"text": "Hm.", "thought": True}]
        parts += [{"text": text} for text in said.texts]
        parts += [
            {
                "functionCall": {"id": call.call_id, "name": call.name, "args": call.arguments},
                "thoughtSignature": "c2ln",
            }
            for call in said.calls
        ]
        last = {"candidates": [{"content": {"role": "model", "parts": []}, "finishReason": REASONS[said.reason]}]}
        return [*(_event(_candidate(each)) for each in parts), _event({**last, "usageMetadata": USAGE})]

    def schema_of(self, body: Mapping[str, Any]) -> Any:
        assert body["generationConfig"]["responseMimeType"] == "application/json"
        return body["generationConfig"]["responseJsonSchema"]

    def refusal(self, why: Why, said: str = "") -> Refusal:
        status, name, usual = STATUSES[why]
        details: list[dict[str, str]] = []
        if why == "rate":
            details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]
        if why == "key":
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
        error = {"code": int(status[:3]), "message": said or usual, "status": name, "details": details}
        return Refusal(status, json.dumps({"error": error}).encode())


def _candidate(part: dict[str, Any]) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0}], "usageMetadata": {}}


def _event(chunk: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk)}\r\n\r\n".encode()


def _complaint_about(contents: list[dict[str, Any]]) -> str | None:
    expected, open_calls = "user", 0
    for content in contents:
        if content["role"] != expected or not content["parts"]:
            return "Please ensure that multiturn requests alternate between user and model."
        expected = "model" if expected == "user" else "user"
        calls = [part for part in content["parts"] if "functionCall" in part]
        if len([part for part in content["parts"] if "functionResponse" in part]) != open_calls:
            return "The number of function response parts must equal that of the function call parts."
        if any(not part.get("thoughtSignature") for part in calls):
            return "Function call is missing a thought_signature."
        open_calls = len(calls)
    return "A request ends with a user turn." if open_calls or expected == "user" else None
