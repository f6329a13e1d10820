"""Anthropic's models by its messages API.

[providers.language.anthropic]
api_key = "sk-ant-..."
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.language import Abilities, ChatRequest, Piece
from vivavoce.ports.outbound import Outbound
from vivavoce.providers.language._anthropic_wire import Answer, request_body
from vivavoce.providers.language._exchange import Target, ask
from vivavoce.providers.language._options import VendorOptions
from vivavoce.providers.registry import Outside, Provider

PATH = "/v1/messages"
VERSION = "2023-06-01"

_SUCCESSORS: Mapping[str, str] = {
    "claude-sonnet-4": "claude-sonnet-4-6",
    "claude-sonnet-4-20250514": "claude-sonnet-4-6",
    "claude-3-7-sonnet": "claude-sonnet-4-6",
    "claude-3-7-sonnet-20250219": "claude-sonnet-4-6",
    "claude-3-5-sonnet": "claude-sonnet-4-6",
    "claude-3-5-sonnet-v1": "claude-sonnet-4-6",
    "claude-3-5-sonnet-20240620": "claude-sonnet-4-6",
    "claude-3-5-sonnet-v2-20241022": "claude-sonnet-4-6",
    "claude-3-haiku": "claude-haiku-4-5",
    "claude-3-haiku-20240307": "claude-haiku-4-5",
}
"""What the contract still names and the vendor has taken away -> the next of its kind. `renamed` says otherwise."""


class AnthropicOptions(VendorOptions):
    """Whose key, and which models."""

    base_url: str = Field(
        default="https://api.anthropic.com", description=f"Address of the vendor or a proxy; {PATH} follows."
    )
    models: tuple[str, ...] = Field(
        default=("claude-haiku-4-5", "claude-sonnet-4-6"),
        min_length=1,
        description="Models that are listed; others of the vendor are answered too. The first one stands in.",
    )
    context_tokens: int = Field(default=200_000, ge=1, description="How much its models can read, for the catalogue.")
    answer_tokens: int = Field(
        default=4_096, ge=1, description="The limit of an answer where an agent sets none; the vendor wants one."
    )
    caches_prompts: bool = Field(
        default=True, description="Mark prompt, tools and conversation for the vendor's cache: sooner and cheaper."
    )

    @property
    def family(self) -> Sequence[str]:
        """Anthropic's models."""
        return ("claude-*",)

    def spelled(self, model: str) -> str:
        """The contract's name as the vendor writes it."""
        written = model.replace("@", "-")
        return _SUCCESSORS.get(written, written)


@frozen
class Anthropic:
    """The vendor, with a key of the settings."""

    options: AnthropicOptions
    outbound: Outbound

    @property
    def abilities(self) -> Abilities:
        """What its models can do."""
        return Abilities(structured=True)

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask it."""
        async with ask(self.outbound, self._target(request), Answer()) as pieces:
            yield pieces

    def _target(self, request: ChatRequest) -> Target:
        options = self.options
        model = options.name_of(request.model.model)
        body = request_body(request, model, answer_tokens=options.answer_tokens, caches=options.caches_prompts)
        return Target(
            options.base_url + PATH,
            {"anthropic-version": VERSION, "x-api-key": options.key or "", **options.headers},
            {**body, **options.extra_body},
            options.silence_seconds,
            options.secrets,
        )


def make(options: AnthropicOptions, outside: Outside) -> Anthropic:
    """The vendor with these options."""
    return Anthropic(options, outside.configured)


PROVIDER = Provider("language", "Anthropic's models, with its prompt cache.", AnthropicOptions, make)
