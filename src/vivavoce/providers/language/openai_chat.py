"""Any server that speaks OpenAI's chat completions: OpenAI itself, Ollama, vLLM, llama.cpp, LM Studio and many others.

    [providers.language.ollama]
    kind = "openai_chat"
    base_url = "http://localhost:11434/v1"
    models = ["qwen3:8b"]

Requests are written here rather than with the vendor's SDK (docs/decisions/ says why). `ask` is the whole exchange, and
`custom_llm` uses it for servers that an agent brings along.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from pydantic import Field, SecretStr, field_validator

from vivavoce.base.json import Body, Json
from vivavoce.ports.language import Abilities, ChatRequest, MindFailed, Piece
from vivavoce.ports.outbound import Outbound, OutboundFailed, Patience, Reply, Request
from vivavoce.providers.language._chat_wire import Answer, Events, calls_before, error_text, request_body
from vivavoce.providers.registry import Options, Outside, Provider

PATH = "/chat/completions"

_RETRYABLE = frozenset({408, 409, 425, 429})
_KEY_LIKE = re.compile(r"\b(?:sk|pk|key|gsk|xai)[-_][\w*.-]{3,}[\w*]")
_LONGEST_COMPLAINT = 300
_READ_OUT_SECONDS = 0.05
_TOTAL_SECONDS = 600.0
_LARGEST_BYTES = 32 * 1024 * 1024


class OpenAIChatOptions(Options):
    """Where the server is, and what it is like."""

    base_url: str = Field(
        description="Address of the API, such as https://api.openai.com/v1; /chat/completions follows."
    )
    models: tuple[str, ...] = Field(min_length=1, description="Models that agents can name.")
    api_key: SecretStr | None = Field(default=None, description="Sent as bearer token; servers of your own need none.")
    headers: dict[str, str] = Field(
        default_factory=dict[str, str], repr=False, description="More headers, such as api-key or an organisation."
    )
    renamed: dict[str, str] = Field(
        default_factory=dict[str, str], description="Models whose name at the server differs: our name to its name."
    )
    extra_body: dict[str, Any] = Field(
        default_factory=dict[str, Any], description="Fields that are added to every request."
    )
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = Field(
        default="max_tokens", description="How the server calls the limit of an answer; OpenAI's newer models differ."
    )
    streams_usage: bool = Field(default=True, description="Ask for token counts; false for servers that refuse that.")
    structured: bool = Field(default=True, description="Whether it can be held to a JSON schema.")
    context_tokens: int = Field(default=128_000, ge=1, description="How much its models can read, for the catalogue.")
    answer_tokens: int = Field(default=16_384, ge=1, description="How much they can write, for the catalogue.")
    silence_seconds: float = Field(
        default=20.0, gt=0, description="Silence after which it is taken for dead; agents cascade earlier."
    )

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes and what it carries besides the question."""

    url: str
    headers: Mapping[str, str]
    body: Body
    silence_seconds: float = 20.0
    secrets: tuple[str, ...] = ()
    """Never to appear in a message."""


@dataclass(frozen=True, slots=True)
class OpenAIChat:
    """A server that stands in the settings."""

    options: OpenAIChatOptions
    outbound: Outbound

    @property
    def abilities(self) -> Abilities:
        """What such servers can do."""
        return Abilities(structured=self.options.structured)

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask it."""
        async with ask(self.outbound, self._target(request), request) as pieces:
            yield pieces

    def _target(self, request: ChatRequest) -> Target:
        options = self.options
        named = request.model.model
        # As the fall-back it is asked for models that it has never heard of.
        model = options.renamed.get(named, named if named in options.models else options.models[0])
        body = request_body(
            request, model, max_tokens_field=options.max_tokens_field, streams_usage=options.streams_usage
        )
        key = options.api_key.get_secret_value() if options.api_key else None
        return Target(
            options.base_url + PATH,
            {**options.headers, **bearer(key)},
            {**body, **options.extra_body},
            options.silence_seconds,
            tuple(filter(None, [key, *options.headers.values()])),
        )


def bearer(key: str | None) -> Mapping[str, str]:
    """The header for a key."""
    return {"authorization": f"Bearer {key}"} if key else {}


@asynccontextmanager
async def ask(outbound: Outbound, target: Target, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
    """One exchange. Leaving the block closes the connection, which is how such servers are told to stop."""
    sent = Request(
        "POST",
        target.url,
        {"content-type": "application/json", "accept": "text/event-stream, application/json", **target.headers},
        orjson.dumps(target.body),
        Patience(silence_seconds=target.silence_seconds, total_seconds=_TOTAL_SECONDS, largest_bytes=_LARGEST_BYTES),
    )
    with _as_mind():
        async with outbound.send(sent) as reply:
            if reply.status != 200:
                raise await _refusal(reply, target)
            yield _pieces(reply, Answer(calls_before(request.messages)), target)


async def _pieces(reply: Reply, answer: Answer, target: Target) -> AsyncIterator[Piece]:
    events = Events()
    with _as_mind(), _discreet(target):
        if "json" in reply.headers.get("content-type", ""):
            for piece in answer.add(await reply.read()):
                yield piece
        else:
            chunks = reply.chunks()
            async for chunk in chunks:
                for data in events.feed(chunk):
                    for piece in answer.add(data):
                        yield piece
                if answer.is_over:
                    await _read_out(chunks)
                    break
            for data in events.end():
                for piece in answer.add(data):
                    yield piece
        for piece in answer.end():
            yield piece


async def _read_out(chunks: AsyncIterator[bytes]) -> None:
    """Read the end of the body, which is usually there already: only then the connection can be used again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_READ_OUT_SECONDS):
            async for _ in chunks:
                pass


@contextmanager
def _as_mind() -> Generator[None]:
    try:
        yield
    except OutboundFailed as failure:
        raise MindFailed(failure.message, retryable=failure.kind != "refused") from None


@contextmanager
def _discreet(target: Target) -> Generator[None]:
    try:
        yield
    except MindFailed as failure:
        raise MindFailed(_redacted(failure.message, target), retryable=failure.retryable) from None


async def _refusal(reply: Reply, target: Target) -> MindFailed:
    """What a status other than 200 means."""
    try:
        body: Json = orjson.loads(await reply.read())
    except (orjson.JSONDecodeError, OutboundFailed):
        body = {}
    retryable = reply.status in _RETRYABLE or reply.status >= 500
    if "insufficient_quota" in str(body):
        retryable = False
    said = _redacted(error_text(body), target)
    return MindFailed(f"The model's server answered {reply.status}{': ' + said if said else '.'}", retryable=retryable)


def _redacted(text: str, target: Target) -> str:
    for secret in target.secrets:
        text = text.replace(secret, "***")
    text = " ".join(_KEY_LIKE.sub("***", text).split())
    return text if len(text) <= _LONGEST_COMPLAINT else text[:_LONGEST_COMPLAINT] + "..."


def make(options: OpenAIChatOptions, outside: Outside) -> OpenAIChat:
    """The server with these options."""
    return OpenAIChat(options, outside.configured)


PROVIDER = Provider(
    "language", "Any server that speaks OpenAI's chat completions, your own or a vendor's.", OpenAIChatOptions, make
)
