"""What talking to an agent costs, by language model, and how large its knowledge is.

What a model costs and how much a call sends to it is the business of the models feature; here is what this agent has.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.features.agents.document.defaults import with_defaults
from vivavoce.features.agents.references import references
from vivavoce.features.agents.store import AgentStore
from vivavoce.features.models.service import LanguageModels, Load
from vivavoce.ports.identity import Caller

KNOWLEDGE = "knowledge_documents"


class Pages(Protocol):
    """Knows how long documents of the knowledge base are."""

    async def pages(self, workspace_id: str, ids: Iterable[str]) -> float:
        """How many pages they have together."""
        ...


@frozen
class KnownPages:
    """The double, and what holds while there is no knowledge base: documents by id, none by default."""

    known: Mapping[tuple[str, str], float]

    async def pages(self, workspace_id: str, ids: Iterable[str]) -> float:
        """Those of the documents that are known."""
        return sum(self.known.get((workspace_id, id), 0.0) for id in ids)


class Costs:
    """How large agents are, and what that costs."""

    def __init__(self, store: AgentStore, models: LanguageModels, pages: Pages) -> None:
        self._store = store
        self._models = models
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
        tier = body.get("service_tier")
        estimates = await self._models.estimate(caller.workspace_id, load, tier)
        return {"llm_prices": [each.body() for each in estimates]}

    async def _pages_of(self, workspace_id: str, config: Body) -> float:
        ids = [used.id for used in references(config) if used.kind == KNOWLEDGE]
        return await self._pages.pages(workspace_id, ids) if ids else 0.0
