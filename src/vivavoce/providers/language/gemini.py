"""Google's Gemini models by their own API.

[providers.language.gemini]
api_key = "AIza..."
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import quote

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.language import Abilities, ChatRequest, Piece
from vivavoce.ports.outbound import Outbound
from vivavoce.providers.language._exchange import Target, ask
from vivavoce.providers.language._gemini_wire import answer_to, request_body
from vivavoce.providers.language._options import VendorOptions
from vivavoce.providers.registry import Outside, Provider


class GeminiOptions(VendorOptions):
    """Whose key, and which models."""

    base_url: str = Field(
        default="https://generativelanguage.googleapis.com/v1beta",
        description="Address of the API; /models/NAME:streamGenerateContent follows.",
    )
    models: tuple[str, ...] = Field(
        default=("gemini-3.5-flash-lite", "gemini-2.5-flash-lite", "gemini-3.8-flash"),
        min_length=1,
        description="Models that are listed; others of the vendor are answered too. The first one stands in.",
    )
    context_tokens: int = Field(default=1_048_576, ge=1, description="How much they can read, for the catalogue.")
    answer_tokens: int = Field(default=65_536, ge=1, description="How much they can write, for the catalogue.")
    thinks_by_default: bool = Field(
        default=False, description="Let models think as they like where an agent does not say how much; callers wait."
    )

    @property
    def family(self) -> Sequence[str]:
        """Google's models."""
        return ("gemini-*",)


@frozen
class Gemini:
    """The vendor, with a key of the settings."""

    options: GeminiOptions
    outbound: Outbound

    @property
    def abilities(self) -> Abilities:
        """What its models can do."""
        return Abilities(structured=True)

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask it."""
        async with ask(self.outbound, self._target(request), answer_to(request)) as pieces:
            yield pieces

    def _target(self, request: ChatRequest) -> Target:
        options = self.options
        model = options.name_of(request.model.model)
        body = request_body(request, model, thinks_by_default=options.thinks_by_default)
        return Target(
            f"{options.base_url}/models/{quote(model, safe='')}:streamGenerateContent?alt=sse",
            # In a header: an address ends up in logs.
            {"x-goog-api-key": options.key or "", **options.headers},
            {**body, **options.extra_body},
            options.silence_seconds,
            options.secrets,
        )


def make(options: GeminiOptions, outside: Outside) -> Gemini:
    """The vendor with these options."""
    return Gemini(options, outside.configured)


PROVIDER = Provider("language", "Google's Gemini models.", GeminiOptions, make)
