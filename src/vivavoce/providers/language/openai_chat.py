"""Any server that speaks OpenAI's chat completions: OpenAI itself, Ollama, vLLM, llama.cpp, LM Studio and many others.

    [providers.language.ollama]
    kind = "openai_chat"
    base_url = "http://localhost:11434/v1"
    models = ["qwen3:8b"]

Requests are written here rather than with the vendor's SDK (docs/decisions/ says why).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.language import Abilities, ChatRequest, Piece
from vivavoce.ports.outbound import Outbound
from vivavoce.providers.language._chat_wire import answer_to, request_body
from vivavoce.providers.language._exchange import Target, ask, bearer
from vivavoce.providers.language._openai_models import FAMILY
from vivavoce.providers.language._options import ServerOptions
from vivavoce.providers.registry import Outside, Provider

PATH = "/chat/completions"

_VENDOR_HOST = "api.openai.com"


class OpenAIChatOptions(ServerOptions):
    """Where the server is, and what it is like."""

    base_url: str = Field(
        description="Address of the API, such as https://api.openai.com/v1; /chat/completions follows."
    )
    max_tokens_field: Literal["auto", "max_tokens", "max_completion_tokens"] = Field(
        default="auto",
        description="How the server calls the limit of an answer; auto is max_completion_tokens for OpenAI itself, and "
        "max_tokens for everybody else.",
    )
    streams_usage: bool = Field(default=True, description="Ask for token counts; false for servers that refuse that.")
    structured: bool = Field(default=True, description="Whether it can be held to a JSON schema.")

    @property
    def limit_field(self) -> str:
        """How the server calls the limit of an answer."""
        if self.max_tokens_field != "auto":
            return self.max_tokens_field
        return "max_completion_tokens" if self.family else "max_tokens"

    @property
    def family(self) -> Sequence[str]:
        """OpenAI's models, if it is OpenAI."""
        return FAMILY if urlsplit(self.base_url).hostname == _VENDOR_HOST else ()


@frozen
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
        async with ask(self.outbound, self._target(request), answer_to(request)) as pieces:
            yield pieces

    def _target(self, request: ChatRequest) -> Target:
        options = self.options
        body = request_body(
            request,
            options.name_of(request.model.model),
            max_tokens_field=options.limit_field,
            streams_usage=options.streams_usage,
        )
        return Target(
            options.base_url + PATH,
            {**options.headers, **bearer(options.key)},
            {**body, **options.extra_body},
            options.silence_seconds,
            options.secrets,
        )


def make(options: OpenAIChatOptions, outside: Outside) -> OpenAIChat:
    """The server with these options."""
    return OpenAIChat(options, outside.configured)


PROVIDER = Provider(
    "language", "Any server that speaks OpenAI's chat completions, your own or a vendor's.", OpenAIChatOptions, make
)
