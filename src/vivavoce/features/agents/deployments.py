"""Deployments: which branches take calls, and how many of them. The newest one is in force, the others are history."""

from dataclasses import replace

from vivavoce.base.errors import Conflict, Invalid
from vivavoce.base.json import Body
from vivavoce.features.agents.changes import caller_of
from vivavoce.features.agents.people import People, access_info
from vivavoce.features.agents.records import DEPLOYMENTS, Agent
from vivavoce.features.agents.store import AgentStore, every
from vivavoce.features.agents.traffic import check_sum
from vivavoce.features.workspace.service import Actor, created
from vivavoce.ports.clock import SECOND
from vivavoce.ports.documents import Document, DocumentTransaction, Query
from vivavoce.ports.identity import Caller

NOUN = "Agent Deployment"
_REQUESTS = ("body", "deployment_request", "requests")


class Deployments:
    """How the traffic of agents is shared out."""

    def __init__(self, store: AgentStore, people: People) -> None:
        self._store = store
        self._people = people

    async def create(self, actor: Actor, agent_id: str, body: Body) -> Body:
        """Share out the traffic anew. Branches that are not named get none, and can still be asked for by id."""
        caller = caller_of(actor)

        async def work(transaction: DocumentTransaction) -> Agent:
            agent = await self._store.agent(caller.workspace_id, agent_id, transaction)
            traffic = _traffic_in(agent, body)
            deployment: Body = {"traffic": traffic, "source": "manual", "user_id": caller.user_id}
            await transaction.insert(DEPLOYMENTS, agent.workspace_id, deployment, parent_id=agent.id)
            await self._store.note(transaction, actor, created(NOUN), agent.id)
            return await self._store.save(transaction, replace(agent, traffic=traffic))

        agent = await self._store.changing(work)
        return {"traffic_percentage_branch_id_map": agent.traffic}

    async def page(self, caller: Caller, agent_id: str, *, page: int, page_size: int) -> Body:
        """The history, newest first, by page number."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        rows = [row async for row in every(self._store.documents, DEPLOYMENTS, agent.workspace_id, _of(agent))]
        shown = rows[(page - 1) * page_size : page * page_size]
        people = await self._people.people(caller.workspace_id, {row.body["user_id"] for row in shown})
        return {
            "meta": {"total": len(rows), "page": page, "page_size": page_size},
            "results": [
                {
                    **_deployment_body(row, is_active=row.id == rows[0].id),
                    "access_info": access_info(caller, row.body["user_id"], people),
                }
                for row in shown
            ],
        }


def _of(agent: Agent) -> Query:
    return Query(parent_id=agent.id)


def _deployment_body(row: Document, *, is_active: bool) -> Body:
    return {
        "id": row.id,
        "traffic_percentage_branch_id_map": row.body["traffic"],
        "deployed_at_unix_secs": row.created_at // SECOND,
        "is_active": is_active,
        "source": row.body["source"],
    }


def _traffic_in(agent: Agent, body: Body) -> dict[str, float]:
    traffic: dict[str, float] = {}
    for index, item in enumerate(body["deployment_request"]["requests"]):
        branch = agent.branch(item["branch_id"])
        percentage = float(item["deployment_strategy"]["traffic_percentage"])
        if branch.id in traffic:
            raise Invalid(
                (*_REQUESTS, index, "branch_id"), f"The branch {branch.id!r} is named twice.", type="branch_repeated"
            )
        if branch.is_archived and percentage:
            raise Conflict(
                f"The branch {branch.name!r} is archived and cannot take calls. Restore it first.",
                status="branch_archived",
            )
        traffic[branch.id] = percentage
    check_sum(traffic, _REQUESTS)
    return traffic
