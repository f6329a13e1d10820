"""The routes of agents themselves. Branches and what hangs on them, and the widget, have files of their own."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from starlette.responses import Response

from vivavoce.api.auth import ConvaiReader, ConvaiWriter
from vivavoce.api.pages import Direction, Paging, Search, page_body, paging
from vivavoce.api.preconditions import Expecting, etag
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent, sent_or_not, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.agents.document.body import AgentCreate, AgentPatch, AgentRead
from vivavoce.features.agents.document.spellings import in_todays_words
from vivavoce.features.agents.records import agent_tag
from vivavoce.features.agents.schema import AgentCreated, AgentDuplicate, AgentLink, AgentsPage, SummaryOrFailure
from vivavoce.features.agents.service import Agents
from vivavoce.features.workspace.service import Acting
from vivavoce.ports import documents

router = Router(tags=["Agents"])

MOST_SUMMARIES = 100

AgentsIn = Annotated[Agents, Depends(provided(Agents))]
NewAgent = Annotated[Body, Depends(sent(AgentCreate, in_todays_words))]
AgentChange = Annotated[Body, Depends(sent(AgentPatch, in_todays_words))]
Naming = Annotated[Body, Depends(sent_or_not(AgentDuplicate))]
PagesIn = Annotated[Paging, Depends(paging())]
Ignored = Annotated[bool, Query(deprecated=True, description="Every agent is versioned; ignored.")]
AgentIds = Annotated[list[str] | None, Query(max_length=MOST_SUMMARIES, description="Ids; repeat the parameter.")]
Elements = Annotated[bool, Query(description="Parts of the workflow that procedures make; shown either way.")]
BranchId = Annotated[str | None, Query(description="The branch to work on; the main one if not given.")]
VersionId = Annotated[str | None, Query(description="The version to read; the branch's newest if not given.")]

AgentSortBy = Literal["name", "created_at", "call_count_7d"]


@router.post("/v1/convai/agents/create", response_model=shown(AgentCreated))
async def create_agent(
    body: NewAgent, caller: ConvaiWriter, actor: Acting, agents: AgentsIn, enable_versioning: Ignored = True
) -> Body:
    """Create an agent."""
    return {"agent_id": await agents.create(actor, body)}


@router.get("/v1/convai/agents", response_model=shown(AgentsPage))
async def list_agents(
    caller: ConvaiReader,
    agents: AgentsIn,
    wanted: PagesIn,
    search: Search = None,
    archived: Annotated[bool, Query(description="Only those put away, or only those not.")] = False,
    tags: Annotated[list[str] | None, Query(description="Any of these tags; repeat the parameter.")] = None,
    created_by_user_id: Annotated[str | None, Query(description="Who made them; @me is the caller.")] = None,
    show_only_owned_agents: Annotated[bool, Query(deprecated=True, description="As created_by_user_id=@me.")] = False,
    sort_by: AgentSortBy = "created_at",
    sort_direction: Direction = "desc",
) -> Response:
    """List agents."""
    creator = created_by_user_id or ("@me" if show_only_owned_agents else None)
    facets = {
        "archived": ["true" if archived else "false"],
        "tag": tags or [],
        "creator": [caller.user_id if creator == "@me" else creator] if creator else [],
    }
    query = documents.Query(
        page_size=wanted.page_size,
        cursor=wanted.cursor,
        search=search or None,
        sort_by="name" if sort_by == "name" else "created_at",
        descending=sort_direction != "asc",
        facets=facets,
    )
    return json_reply(page_body("agents", await agents.page(caller, query)))


@router.get("/v1/convai/agents/summaries", response_model=dict[str, shown(SummaryOrFailure)])
async def get_summaries(caller: ConvaiReader, agents: AgentsIn, agent_ids: AgentIds = None) -> Response:
    """What the list says of some agents, by id."""
    return json_reply(await agents.summaries(caller, agent_ids or []))


@router.get("/v1/convai/agents/{agent_id}", response_model=shown(AgentRead))
async def get_agent(
    agent_id: str,
    caller: ConvaiReader,
    agents: AgentsIn,
    branch_id: BranchId = None,
    version_id: VersionId = None,
    include_procedure_generated_workflow_elements: Elements = False,
) -> Response:
    """Read an agent, at a branch or a version."""
    return _tagged(await agents.get(caller, agent_id, branch_id=branch_id, version_id=version_id))


@router.patch("/v1/convai/agents/{agent_id}", response_model=shown(AgentRead))
async def patch_agent(
    agent_id: str,
    body: AgentChange,
    caller: ConvaiWriter,
    actor: Acting,
    agents: AgentsIn,
    expected: Expecting,
    branch_id: BranchId = None,
    enable_versioning_if_not_enabled: Ignored = True,
    include_procedure_generated_workflow_elements: Elements = False,
) -> Response:
    """Change an agent: a new version on a branch."""
    return _tagged(await agents.patch(actor, agent_id, body, branch_id=branch_id, expected=expected))


def _tagged(agent: Body) -> Response:
    return json_reply(agent, headers=etag(agent_tag(agent["version_id"], agent["name"], agent["tags"])))


@router.delete("/v1/convai/agents/{agent_id}", status_code=200)
async def delete_agent(
    agent_id: str,
    caller: ConvaiWriter,
    actor: Acting,
    agents: AgentsIn,
    force: Annotated[bool, Query(description="Delete it even though others use it.")] = False,
) -> Body:
    """Delete an agent with all its versions."""
    await agents.delete(actor, agent_id, force=force)
    return {}


@router.post("/v1/convai/agents/{agent_id}/duplicate", response_model=shown(AgentCreated))
async def duplicate_agent(agent_id: str, body: Naming, caller: ConvaiWriter, actor: Acting, agents: AgentsIn) -> Body:
    """Copy an agent."""
    return {"agent_id": await agents.duplicate(actor, agent_id, body.get("name"))}


@router.get("/v1/convai/agents/{agent_id}/link", response_model=shown(AgentLink))
async def get_link(agent_id: str, caller: ConvaiReader, agents: AgentsIn) -> Body:
    """The token that lets people talk to an agent by a link, if it has one."""
    return await agents.link(caller, agent_id)
