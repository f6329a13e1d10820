"""What talking to an agent costs, by language model: an estimate from the length of what the model is sent.

The figures of a typical call, written down so that they can be argued with:

    a token is four characters, a page of knowledge 2,500 characters
    without retrieval every message carries the whole knowledge; with it, at most `_RETRIEVED_CHARACTERS`
    a message carries the prompt, the knowledge and six earlier turns of sixty tokens; its answer has sixty tokens
    people and agents exchange four messages a minute

Models that run here cost nothing to ask. Prices come from the models feature; none are built in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vivavoce.base.json import Body
from vivavoce.features.agents.document.defaults import with_defaults
from vivavoce.features.agents.references import references
from vivavoce.features.agents.store import AgentStore
from vivavoce.ports.identity import Caller

KNOWLEDGE = "knowledge_documents"

_CHARACTERS_PER_TOKEN = 4
_CHARACTERS_PER_PAGE = 2_500
_RETRIEVED_CHARACTERS = 10_000
_TOKENS_PER_TURN = 60
_EARLIER_TURNS = 6
_MESSAGES_PER_MINUTE = 4
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in dollars per million tokens."""

    llm: str
    input_per_million: float = 0.0
    output_per_million: float = 0.0


class Prices(Protocol):
    """Knows what models cost."""

    async def prices(self, workspace_id: str) -> Sequence[Price]:
        """The models that a workspace can use."""
        ...


class Pages(Protocol):
    """Knows how long documents of the knowledge base are."""

    async def pages(self, workspace_id: str, ids: Iterable[str]) -> float:
        """How many pages they have together."""
        ...


@dataclass(frozen=True, slots=True)
class FixedPrices:
    """The double: a price list."""

    listed: Sequence[Price] = ()

    async def prices(self, workspace_id: str) -> Sequence[Price]:
        """The list, for everybody."""
        _ = workspace_id
        return self.listed


@dataclass(frozen=True, slots=True)
class KnownPages:
    """The double, and what holds while there is no knowledge base: documents by id, none by default."""

    known: Mapping[tuple[str, str], float]

    async def pages(self, workspace_id: str, ids: Iterable[str]) -> float:
        """Those of the documents that are known."""
        return sum(self.known.get((workspace_id, id), 0.0) for id in ids)


@dataclass(frozen=True, slots=True)
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


def estimate(prices: Iterable[Price], load: Load) -> Body:
    """The contract's price list for a load."""
    return {"llm_prices": [_estimated(price, load) for price in prices]}


def _estimated(price: Price, load: Load) -> Body:
    spent = load.input_tokens() * price.input_per_million + _TOKENS_PER_TURN * price.output_per_million
    per_message = spent / _MILLION
    return {
        "llm": price.llm,
        "price_per_minute": per_message * _MESSAGES_PER_MINUTE,
        "price_per_message": per_message,
    }


class Costs:
    """How large agents are, and what that costs."""

    def __init__(self, store: AgentStore, prices: Prices, pages: Pages) -> None:
        self._store = store
        self._prices = prices
        self._pages = pages

    async def number_of_pages(self, caller: Caller, agent_id: str) -> float:
        """How many pages the knowledge of an agent has."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        return await self._pages_of(caller.workspace_id, agent.config)

    async def calculate(self, caller: Caller, agent_id: str, body: Body) -> Body:
        """What the agent would cost with each model; what the body leaves open is taken from the agent."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        prompt = with_defaults(agent.config)["conversation_config"]["agent"]["prompt"]
        length, pages, rag = body.get("prompt_length"), body.get("number_of_pages"), body.get("rag_enabled")
        load = Load(
            prompt_length=len(prompt["prompt"]) if length is None else length,
            number_of_pages=await self._pages_of(caller.workspace_id, agent.config) if pages is None else pages,
            rag_enabled=prompt["rag"]["enabled"] is True if rag is None else rag,
        )
        return estimate(await self._prices.prices(caller.workspace_id), load)

    async def _pages_of(self, workspace_id: str, config: Body) -> float:
        ids = [used.id for used in references(config) if used.kind == KNOWLEDGE]
        return await self._pages.pages(workspace_id, ids) if ids else 0.0
