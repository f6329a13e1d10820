"""What the conformance tests cannot say of all minds: how each vendor's requests are written, and its own oddities."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.engine.plan import ModelChoice
from vivavoce.engine.transcript import CallMade
from vivavoce.ports.language import ChatRequest, Finished, MindFailed, Text, ToolWanted
from vivavoce.ports.outbound import CannedOutbound, OutboundFailed
from vivavoce.providers.language import _anthropic_wire as anthropic
from vivavoce.providers.language import _chat_wire as chat
from vivavoce.providers.language import _gemini_wire as gemini
from vivavoce.providers.language import _responses_wire as responses
from vivavoce.providers.language._wire import answer_shape
from vivavoce.providers.language.anthropic import AnthropicOptions
from vivavoce.providers.language.gemini import GeminiOptions
from vivavoce.providers.language.openai_chat import OpenAIChatOptions
from vivavoce.providers.language.openai_responses import OpenAIResponses, OpenAIResponsesOptions

HELLO: Sequence[Message] = (Instructions("Be brief."), UserMessage("Hello?"))
CALLED = CallMade(call_id="call_1", name="look", arguments={"at": "it"}, at=0.0)
WITHIN_TOOLS = (*HELLO, AgentMessage("", (CALLED,)), ToolMessage("call_1", "look", "seen"))
TOOL = ToolOffer("look", "Looks.", {"type": "object", "properties": {"at": {"type": "string"}}})


def request(messages: Sequence[Message] = HELLO, tools: Sequence[ToolOffer] = (), **choice: Any) -> ChatRequest:
    return ChatRequest(ModelChoice(model="m", **choice), messages, tools)


def anthropic_body(model: str = "claude-haiku-4-5", messages: Sequence[Message] = HELLO, **choice: Any) -> Any:
    asked = request(messages, (TOOL,), **choice)
    return anthropic.request_body(asked, model, answer_tokens=4096, caches=True)


def gemini_body(model: str, **choice: Any) -> Any:
    return gemini.request_body(request(**choice), model, thinks_by_default=False)


# Anthropic


def test_what_comes_again_is_marked_for_the_cache() -> None:
    body = anthropic_body()
    mark = {"type": "ephemeral"}
    assert body["system"] == [{"type": "text", "text": "Be brief.", "cache_control": mark}]
    assert body["tools"][-1]["cache_control"] == mark
    assert body["messages"][-1]["content"][-1] == {"type": "text", "text": "Hello?", "cache_control": mark}
    assert "cache_control" not in str(anthropic.request_body(request(), "x", answer_tokens=9, caches=False))


@pytest.mark.parametrize(
    ("model", "temperature"),
    [
        ("claude-haiku-4-5", 1.0),
        ("claude-3-7-sonnet-latest", 1.0),
        ("claude-opus-4-7", None),
        ("claude-sonnet-5", None),
    ],
)
def test_newer_models_choose_their_temperature_themselves(model: str, temperature: float | None) -> None:
    assert anthropic_body(model, temperature=1.7).get("temperature") == temperature


@pytest.mark.parametrize(
    ("model", "choice", "thinking", "limit"),
    [
        ("claude-sonnet-4-5", {"thinking_budget": 10}, {"type": "enabled", "budget_tokens": 1024}, 4096 + 1024),
        (
            "claude-sonnet-4-5",
            {"thinking_budget": 2000, "max_tokens": 50},
            {"type": "enabled", "budget_tokens": 2000},
            2050,
        ),
        ("claude-opus-4-6", {"thinking_budget": 2000}, {"type": "adaptive"}, 4096),
        ("claude-opus-4-6", {"thinking_budget": 0}, {"type": "disabled"}, 4096),
        ("claude-opus-4-6", {}, None, 4096),
    ],
)
def test_thinking_as_each_generation_wants_it(model: str, choice: Any, thinking: Any, limit: int) -> None:
    body = anthropic_body(model, temperature=0.0, **choice)
    assert body.get("thinking") == thinking
    assert body["max_tokens"] == limit
    assert ("temperature" in body) is (thinking is None or thinking["type"] == "disabled")


def test_it_does_not_think_in_the_middle_of_tools() -> None:
    assert "thinking" not in anthropic_body("claude-sonnet-4-5", WITHIN_TOOLS, thinking_budget=2000)


def test_effort_and_one_tool_at_a_time() -> None:
    body = anthropic_body("claude-opus-4-6", reasoning_effort="minimal", parallel_tool_calls=False)
    assert body["output_config"] == {"effort": "low"}
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert "output_config" not in anthropic_body("claude-haiku-4-5", reasoning_effort="low")


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("claude-sonnet-4", "claude-sonnet-4-6"),
        ("claude-sonnet-4@20250514", "claude-sonnet-4-6"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5-20251001"),
        ("claude-3-5-sonnet-v1", "claude-sonnet-4-6"),
        ("claude-3-haiku", "claude-haiku-4-5"),
        ("mine", "claude-opus-9"),
        ("gpt-4o", "claude-haiku-4-5"),
    ],
)
def test_names_of_the_contract_are_the_vendors(name: str, sent: str) -> None:
    options = AnthropicOptions.model_validate({"api_key": "k", "renamed": {"mine": "claude-opus-9"}})
    assert options.name_of(name) == sent


@pytest.mark.parametrize("address", ["api.example", "http://127.0.0.1:80v1", "http://h:99999999"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        AnthropicOptions.model_validate({"api_key": "k", "base_url": address})


def test_an_overload_in_the_middle_may_be_tried_again() -> None:
    for kind, retryable in (("overloaded_error", True), ("invalid_request_error", False)):
        event = {"type": "error", "error": {"type": kind, "message": "No."}}
        with pytest.raises(MindFailed, match="The model broke off: No") as failed:
            list(anthropic.Answer().add(json.dumps(event).encode()))
        assert failed.value.retryable is retryable


# Gemini


@pytest.mark.parametrize(
    ("model", "choice", "thinking"),
    [
        ("gemini-2.0-flash", {}, None),
        ("gemini-2.5-flash", {}, {"thinkingBudget": 0}),
        ("gemini-2.5-pro", {}, {"thinkingBudget": 128}),
        ("gemini-2.5-flash", {"thinking_budget": 77}, {"thinkingBudget": 77}),
        ("gemini-2.5-flash", {"reasoning_effort": "high"}, {"thinkingBudget": 24576}),
        ("gemini-3-flash-preview", {}, {"thinkingLevel": "low"}),
        ("gemini-3-flash-preview", {"thinking_budget": 0}, {"thinkingLevel": "low"}),
        ("gemini-4-argon", {"reasoning_effort": "max"}, {"thinkingLevel": "high"}),
    ],
)
def test_how_much_gemini_thinks(model: str, choice: Any, thinking: Any) -> None:
    assert gemini_body(model, **choice)["generationConfig"].get("thinkingConfig") == thinking


def test_thoughts_do_not_use_up_the_answer() -> None:
    config = gemini_body("gemini-2.5-flash", max_tokens=50, thinking_budget=77)["generationConfig"]
    assert config["maxOutputTokens"] == 127
    assert gemini_body("gemini-2.5-flash", max_tokens=50)["generationConfig"]["maxOutputTokens"] == 50
    assert "maxOutputTokens" not in gemini_body("gemini-2.5-flash", thinking_budget=77)["generationConfig"]


def test_left_alone_it_thinks_as_it_likes_where_the_operator_says_so() -> None:
    body = gemini.request_body(request(), "gemini-2.5-flash", thinks_by_default=True)
    assert "thinkingConfig" not in body["generationConfig"]


def test_a_function_without_parameters_has_none() -> None:
    tools = (TOOL, ToolOffer("wait", "Waits.", {"type": "object", "properties": {}}))
    [offered] = gemini.request_body(request(tools=tools), "gemini-2.5-flash", thinks_by_default=False)["tools"]
    look, wait = offered["functionDeclarations"]
    assert look["parametersJsonSchema"] == TOOL.parameters
    assert wait == {"name": "wait", "description": "Waits."}


def test_an_error_within_the_stream() -> None:
    error = {"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}}
    with pytest.raises(MindFailed, match="The model broke off: Overloaded") as failed:
        list(gemini.Answer().add(json.dumps(error).encode()))
    assert failed.value.retryable


def test_a_question_that_is_blocked_is_refused_and_a_broken_call_fails() -> None:
    answer = gemini.Answer()
    assert list(answer.add(b'{"promptFeedback": {"blockReason": "SAFETY"}}')) == []
    assert list(answer.end()) == [Finished("refused")]
    with pytest.raises(MindFailed, match="MALFORMED_FUNCTION_CALL"):
        list(gemini.Answer().add(b'{"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}'))


def test_calls_without_an_id_differ_from_earlier_ones() -> None:
    answer = gemini.answer_to(request(WITHIN_TOOLS))
    part = {"functionCall": {"name": "look"}}
    chunk = {"candidates": [{"content": {"parts": [part, part]}, "finishReason": "STOP"}]}
    assert list(answer.add(json.dumps(chunk).encode())) == [
        ToolWanted("call_2", "look", {}),
        ToolWanted("call_3", "look", {}),
    ]
    assert next(iter(answer.end())) == Finished("tools")


def test_google_is_asked_by_its_own_names() -> None:
    options = GeminiOptions.model_validate({"api_key": "k"})
    assert options.name_of("gemini-3-flash-preview") == "gemini-3-flash-preview"
    assert options.name_of("qwen3-4b") == options.models[0]


# OpenAI's responses


def test_models_that_reason_are_sent_no_temperature() -> None:
    def sent(model: str, **choice: Any) -> Any:
        return responses.request_body(request(temperature=0.0, **choice), model)

    assert sent("gpt-4.1")["temperature"] == 0.0
    assert sent("gpt-5.2-chat-latest")["temperature"] == 0.0
    assert "temperature" not in sent("gpt-5-mini")
    assert "temperature" not in sent("o3")
    assert sent("gpt-5.1", reasoning_effort="none")["temperature"] == 0.0
    assert sent("gpt-5.1", reasoning_effort="low")["reasoning"] == {"effort": "low"}
    assert sent("gpt-4.1")["store"] is False
    assert sent("gpt-4.1", service_tier="fast")["service_tier"] == "priority"


def test_an_answer_that_does_not_stream() -> None:
    output = [
        {"type": "reasoning", "summary": []},
        {"type": "message", "content": [{"type": "output_text", "text": "All at once."}]},
        {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"},
    ]
    whole = {"object": "response", "status": "completed", "output": output, "usage": {"input_tokens": 3}}
    answer = responses.Answer()
    assert list(answer.add(json.dumps(whole).encode())) == [Text("All at once."), ToolWanted("c", "look", {})]
    assert list(answer.end()) == [Finished("tools", 3)]


@pytest.mark.parametrize(("code", "retryable"), [("server_error", True), ("invalid_prompt", False)])
def test_a_failure_in_the_middle(code: str, retryable: bool) -> None:
    failed = {"type": "response.failed", "response": {"status": "failed", "error": {"code": code, "message": "No."}}}
    for event in (failed, {"type": "error", "code": code, "message": "No."}):
        with pytest.raises(MindFailed, match="The model broke off: No") as raised:
            list(responses.Answer().add(json.dumps(event).encode()))
        assert raised.value.retryable is retryable


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "object", "properties": {"a": {}}, "required": ["a"]}, True),
        ({"type": "object", "properties": {"a": {}}}, False),
        ({"type": "object", "additionalProperties": {"type": "string"}}, False),
        ({"type": "array", "items": {"type": "object", "properties": {"a": {}}}}, False),
        ({"type": "object", "properties": {"type": {"const": "object"}}, "required": ["type"]}, True),
    ],
)
def test_a_schema_is_strict_where_it_leaves_nothing_open(schema: Any, strict: bool) -> None:
    shape = answer_shape(schema)
    assert shape["strict"] is strict
    if schema["type"] == "object":
        assert shape["schema"]["additionalProperties"] == schema.get("additionalProperties", False)


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.anyio
async def test_conversations_have_caches_of_their_own_where_the_operator_says_so(asked: bool) -> None:
    outbound = CannedOutbound([OutboundFailed("broken", "enough")])
    options = OpenAIResponsesOptions.model_validate({"api_key": "k", "caches_by_conversation": asked})
    with pytest.raises(MindFailed, match="enough"):
        async with OpenAIResponses(options, outbound).chat(replace(request(), conversation_id="conv_1")):
            pass
    assert json.loads(outbound.sent[0].body).get("prompt_cache_key") == ("conv_1" if asked else None)


def test_openai_itself_calls_the_limit_of_an_answer_otherwise() -> None:
    def field(base_url: str, **options: Any) -> str:
        return OpenAIChatOptions.model_validate({"base_url": base_url, "models": ["m"], **options}).limit_field

    assert field("https://api.openai.com/v1") == "max_completion_tokens"
    assert field("http://localhost:11434/v1") == "max_tokens"
    assert field("http://h/v1", max_tokens_field="max_completion_tokens") == "max_completion_tokens"


def test_open_models_are_not_the_vendors() -> None:
    options = OpenAIResponsesOptions.model_validate({"api_key": "k"})
    assert options.name_of("gpt-4o-2024-11-20") == "gpt-4o-2024-11-20"
    assert options.name_of("gpt-oss-20b") == "gpt-4.1-mini"


# Files


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            UserMessage("What is this?", ("f1",)),
            "What is this?\\n[The caller sent a file along, which you cannot see.]",
        ),
        (UserMessage("", ("f1", "f2")), "[The caller sent 2 files along, which you cannot see.]"),
    ],
)
def test_a_mind_is_told_of_files_that_it_cannot_see(message: UserMessage, said: str) -> None:
    asked = request((HELLO[0], message))
    bodies: Sequence[Any] = (
        anthropic.request_body(asked, "claude-haiku-4-5", answer_tokens=10, caches=False),
        gemini.request_body(asked, "gemini-2.5-flash", thinks_by_default=False),
        responses.request_body(asked, "gpt-4.1"),
        chat.request_body(asked, "m", max_tokens_field="max_tokens", streams_usage=False),
    )
    assert all(said in json.dumps(body) for body in bodies)
