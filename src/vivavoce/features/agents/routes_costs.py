"""The routes that say how large an agent is and what it costs. Their paths say `agent`, as the contract has it."""

from typing import Annotated

from fastapi import Depends

from vivavoce.api.auth import ConvaiReader
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent_or_not, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.agents.costs import Costs
from vivavoce.features.agents.schema import AgentCosts, CostQuestion, KnowledgeBaseSize

router = Router(tags=["Agents"])

CostsIn = Annotated[Costs, Depends(provided(Costs))]
Question = Annotated[Body, Depends(sent_or_not(CostQuestion))]


@router.get("/v1/convai/agent/{agent_id}/knowledge-base/size", response_model=shown(KnowledgeBaseSize))
async def get_knowledge_base_size(agent_id: str, caller: ConvaiReader, costs: CostsIn) -> Body:
    """How many pages the knowledge of an agent has."""
    return {"number_of_pages": await costs.number_of_pages(caller, agent_id)}


@router.post("/v1/convai/agent/{agent_id}/llm-usage/calculate", response_model=shown(AgentCosts))
async def calculate_costs(agent_id: str, body: Question, caller: ConvaiReader, costs: CostsIn) -> Body:
    """What an agent would cost with each language model."""
    return await costs.calculate(caller, agent_id, body)
