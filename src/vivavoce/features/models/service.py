"""The catalogue of language models, and what talking to one costs.

A source is whoever offers models: the built-in one is always there, others register when something is configured. A
price is in dollars per million tokens; a model that runs here, or whose bill goes to somebody else, has none.

The estimate rests on the figures of a typical call, written down so that they can be argued with:

    a token is four characters, a page of knowledge 2,500 characters
    without retrieval every message carries the whole knowledge; with it, at most `_RETRIEVED_CHARACTERS`
    a message carries the prompt, the knowledge and six earlier turns of sixty tokens; its answer has sixty tokens
    people and agents exchange four messages a minute
"""

from collections.abc import Sequence
from dataclasses import field
from typing import Final, Literal, Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body

ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
ServiceTier = Literal["standard", "fast"]

DETERMINISTIC: Final = "deterministic"
SCRIPTED: Final = "scripted"
CUSTOM: Final = "custom-llm"

_CHARACTERS_PER_TOKEN = 4
_CHARACTERS_PER_PAGE = 2_500
_RETRIEVED_CHARACTERS = 10_000
_TOKENS_PER_TURN = 60
_EARLIER_TURNS = 6
_MESSAGES_PER_MINUTE = 4
_MILLION = 1_000_000


@frozen
class Price:
    """What a model costs, in dollars per million tokens."""

    input_per_million: float = 0.0
    output_per_million: float = 0.0


@frozen
class LanguageModel:
    """A model that an agent can name, and what it can do."""

    llm: str
    max_tokens_limit: int
    max_context_limit: int
    supports_image_input: bool = False
    supports_document_input: bool = False
    supports_parallel_tool_calls: bool = False
    is_checkpoint: bool = False
    reasoning_efforts: Sequence[ReasoningEffort] | None = None
    service_tiers: Sequence[ServiceTier] = ("standard",)
    price: Price = field(default_factory=Price)


class ModelSource(Protocol):
    """Offers models."""

    async def language_models(self, workspace_id: str) -> Sequence[LanguageModel]:
        """Those that a workspace can use now, in the order in which people should see them."""
        ...


class BuiltInModels:
    """What is there without any configuration: the deterministic mind, the scripted one, and whatever an agent brings.

    The limits of a custom model are those of the server behind it; we set none, and the numbers only say so.
    """

    async def language_models(self, workspace_id: str) -> Sequence[LanguageModel]:
        """The same for everybody."""
        _ = workspace_id
        return (
            LanguageModel(DETERMINISTIC, max_tokens_limit=4_096, max_context_limit=1_000_000),
            LanguageModel(SCRIPTED, max_tokens_limit=4_096, max_context_limit=1_000_000),
            LanguageModel(CUSTOM, max_tokens_limit=1_000_000, max_context_limit=1_000_000),
        )


@frozen
class Load:
    """What a model is sent with every message."""

    prompt_length: int
    number_of_pages: float
    rag_enabled: bool

    def input_tokens(self) -> float:
        """The tokens of one message on its way to the model."""
        knowledge = self.number_of_pages * _CHARACTERS_PER_PAGE
        if self.rag_enabled:
            knowledge = min(knowledge, _RETRIEVED_CHARACTERS)
        return (self.prompt_length + knowledge) / _CHARACTERS_PER_TOKEN + _EARLIER_TURNS * _TOKENS_PER_TURN


@frozen
class Estimate:
    """What a load costs with one model, in dollars."""

    llm: str
    price_per_message: float

    @property
    def price_per_minute(self) -> float:
        """A minute of talk."""
        return self.price_per_message * _MESSAGES_PER_MINUTE

    def body(self) -> Body:
        """As the contract shows it."""
        return {
            "llm": self.llm,
            "price_per_minute": self.price_per_minute,
            "price_per_message": self.price_per_message,
        }


@frozen
class ListedModels:
    """The double: a fixed list for everybody."""

    models: Sequence[LanguageModel]

    async def language_models(self, workspace_id: str) -> Sequence[LanguageModel]:
        """The list."""
        _ = workspace_id
        return self.models


class LanguageModels:
    """The catalogue. A model that several sources offer is the first one's."""

    def __init__(self, *sources: ModelSource) -> None:
        self._sources = list(sources)

    def register(self, source: ModelSource) -> None:
        """Offer what this source has, after what is there."""
        self._sources.append(source)

    async def all(self, workspace_id: str) -> Sequence[LanguageModel]:
        """Every model that a workspace can use."""
        found: dict[str, LanguageModel] = {}
        for source in self._sources:
            for model in await source.language_models(workspace_id):
                found.setdefault(model.llm, model)
        return list(found.values())

    async def estimate(self, workspace_id: str, load: Load, tier: ServiceTier | None = None) -> Sequence[Estimate]:
        """What a load costs with each model, or with each that has this service tier."""
        models = await self.all(workspace_id)
        return [estimated(model, load) for model in models if tier is None or tier in model.service_tiers]


def estimated(model: LanguageModel, load: Load) -> Estimate:
    """What a load costs with a model."""
    price = model.price
    spent = load.input_tokens() * price.input_per_million + _TOKENS_PER_TURN * price.output_per_million
    return Estimate(model.llm, spent / _MILLION)
