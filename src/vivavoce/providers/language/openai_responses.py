"""OpenAI's own protocol, the responses: for OpenAI itself, Azure and servers that speak it.

[providers.language.openai]
kind = "openai_responses"
api_key = "sk-..."
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.ports.language import Abilities, ChatRequest, Piece
from vivavoce.ports.outbound import Outbound
from vivavoce.providers.language._exchange import Target, ask, bearer
from vivavoce.providers.language._openai_models import FAMILY
from vivavoce.providers.language._options import VendorOptions
from vivavoce.providers.language._responses_wire import Answer, request_body
from vivavoce.providers.registry import Outside, Provider

PATH = "/responses"


class OpenAIResponsesOptions(VendorOptions):
    """Whose key, and which models."""

    base_url: str = Field(default="https://api.openai.com/v1", description="Address of the API; /responses follows.")
    models: tuple[str, ...] = Field(
        default=("gpt-4.1-mini", "gpt-6-luna", "gpt-4.1", "gpt-6.1-terra"),
        min_length=1,
        description="Models that are listed; others of the vendor are answered too. The first one stands in.",
    )
    caches_by_conversation: bool = Field(
        default=False,
        description="Keep each conversation with one of the vendor's caches, for many calls at a time; otherwise all "
        "calls of an agent share what begins alike, which is sooner for few.",
    )

    @property
    def family(self) -> Sequence[str]:
        """OpenAI's models."""
        return FAMILY


@frozen
class OpenAIResponses:
    """The vendor, with a key of the settings."""

    options: OpenAIResponsesOptions
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
        body: Body = request_body(request, options.name_of(request.model.model))
        if options.caches_by_conversation and request.conversation_id:
            body["prompt_cache_key"] = request.conversation_id
        return Target(
            options.base_url + PATH,
            {**options.headers, **bearer(options.key)},
            {**body, **options.extra_body},
            options.silence_seconds,
            options.secrets,
        )


def make(options: OpenAIResponsesOptions, outside: Outside) -> OpenAIResponses:
    """The vendor with these options."""
    return OpenAIResponses(options, outside.configured)


PROVIDER = Provider("language", "OpenAI's models by its own protocol, the responses.", OpenAIResponsesOptions, make)
