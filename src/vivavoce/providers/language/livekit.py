"""Any mind that is a plugin of LiveKit's framework (`bridges.livekit` says how that works)."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import orjson
from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json, is_object
from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.ports.language import Abilities, ChatRequest, Finished, MindFailed, Piece, Text, ToolWanted
from vivavoce.providers.bridges.livekit import LiveKitOptions, Plugin, lacks, once
from vivavoce.providers.language._wire import GO_ON, goes_on, said_by, told_by
from vivavoce.providers.registry import Outside, Provider


class LiveKitMindOptions(LiveKitOptions):
    """Which plugin thinks."""

    class_name: str = Field(default="LLM", description="The plugin's class.")
    models: tuple[str, ...] = Field(
        min_length=1, description="Models that agents can name; which one it is stands in the arguments."
    )
    context_tokens: int = Field(default=128_000, ge=1, description="How much it can read, for the catalogue.")
    answer_tokens: int = Field(default=16_384, ge=1, description="How much it can write, for the catalogue.")


@frozen
class LiveKitMind:
    """The mind (`ports.language.Language`)."""

    plugin: Plugin

    @property
    def abilities(self) -> Abilities:
        """What the framework can pass on."""
        return Abilities()

    async def close(self) -> None:
        """Let its connections go."""
        await self.plugin.close()

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask it. Leaving the block closes the plugin's stream."""
        llm = await self.plugin.get()
        framework = import_module("livekit.agents.llm")
        tools = [_tool(framework, tool) for tool in request.tools]
        stream = llm.chat(chat_ctx=_context(framework, request.messages), tools=tools, conn_options=once())
        try:
            yield self._pieces(stream)
        finally:
            await stream.aclose()

    async def _pieces(self, stream: Any) -> AsyncIterator[Piece]:
        reason, usage = "stop", None
        try:
            async for chunk in stream:
                usage = chunk.usage or usage
                for piece in _said(chunk.delta):
                    reason = "tools" if isinstance(piece, ToolWanted) else reason
                    yield piece
        except MindFailed:
            raise
        except Exception as error:
            said = self.plugin.vendor.discreet(str(error)) or type(error).__name__
            message = f"{self.plugin.vendor.name} failed: {said}"
            raise MindFailed(message, retryable=bool(getattr(error, "retryable", True))) from None
        counted = (usage.prompt_tokens, usage.completion_tokens, usage.prompt_cached_tokens) if usage else (0, 0, 0)
        yield Finished("tools" if reason == "tools" else "stop", *counted)


def _said(delta: Any) -> Iterator[Piece]:
    if delta is None:
        return
    if delta.content:
        yield Text(delta.content)
    for call in delta.tool_calls:
        yield ToolWanted(call.call_id, call.name, _arguments(call.arguments))


def _arguments(text: str) -> dict[str, Json]:
    try:
        value: Json = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        value = None
    if not is_object(value):
        raise MindFailed("The plugin called a tool with arguments that are no JSON object.")
    return value


def _context(framework: Any, messages: Sequence[Message]) -> Any:
    context = framework.ChatContext.empty()
    for message in messages:
        _add(framework, context, message)
    if goes_on(messages):
        context.add_message(role="system", content=GO_ON)
    return context


def _add(framework: Any, context: Any, message: Message) -> None:
    match message:
        case Instructions(text):
            context.add_message(role="system", content=text)
        case UserMessage():
            context.add_message(role="user", content=said_by(message))
        case AgentMessage(text, calls):
            if text:
                context.add_message(role="assistant", content=text)
            for call in calls:
                arguments = orjson.dumps(dict(call.arguments)).decode()
                context.items.append(framework.FunctionCall(call_id=call.call_id, name=call.name, arguments=arguments))
        case ToolMessage(call_id, name):
            context.items.append(
                framework.FunctionCallOutput(
                    call_id=call_id, name=name, output=told_by(message), is_error=message.is_error
                )
            )


def _tool(framework: Any, tool: ToolOffer) -> Any:
    schema = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return framework.function_tool(_never_called, raw_schema=schema)


async def _never_called(raw_arguments: dict[str, object]) -> None:
    """Tools are called by the engine; the framework only describes them."""
    _ = raw_arguments


def make(options: LiveKitMindOptions, outside: Outside) -> LiveKitMind:
    """The mind."""
    _ = outside
    return LiveKitMind(Plugin(options, options.class_name))


PROVIDER = Provider(
    "language",
    "Any mind that is a plugin of LiveKit's framework.",
    LiveKitMindOptions,
    make,
    lacks,
    connects_itself=True,
)
