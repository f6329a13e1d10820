"""The routes of branches and of what hangs on them: versions, drafts, deployments."""

from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import Response

from vivavoce.api.auth import ConvaiReader, ConvaiWriter
from vivavoce.api.pages import Paging, page_body, paging
from vivavoce.api.preconditions import Expecting, etag
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent, sent_or_not, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.agents.branching import Branches
from vivavoce.features.agents.deployments import Deployments
from vivavoce.features.agents.document.body import AgentRead
from vivavoce.features.agents.document.spellings import in_todays_words
from vivavoce.features.agents.drafts import Drafts
from vivavoce.features.agents.records import draft_tag
from vivavoce.features.agents.schema import (
    BranchCreate,
    BranchCreated,
    BranchList,
    BranchPatch,
    BranchRead,
    Committed,
    Deployed,
    DeploymentCreate,
    DeploymentList,
    DraftCreate,
    MergePreview,
    MergeWish,
    VersionRead,
    VersionsPage,
)
from vivavoce.features.workspace.service import Acting
from vivavoce.ports import documents

router = Router(tags=["Agent branches"])

AGENT = "/v1/convai/agents/{agent_id}"

BranchesIn = Annotated[Branches, Depends(provided(Branches))]
DraftsIn = Annotated[Drafts, Depends(provided(Drafts))]
DeploymentsIn = Annotated[Deployments, Depends(provided(Deployments))]
PagesIn = Annotated[Paging, Depends(paging())]
NewBranch = Annotated[Body, Depends(sent(BranchCreate, in_todays_words))]
BranchChange = Annotated[Body, Depends(sent(BranchPatch))]
Merging = Annotated[Body, Depends(sent_or_not(MergeWish))]
Draft = Annotated[Body, Depends(sent(DraftCreate, in_todays_words))]
Deployment = Annotated[Body, Depends(sent(DeploymentCreate))]
Elements = Annotated[bool, Query(description="Parts of the workflow that procedures make; shown either way.")]
Target = Annotated[str, Query(description="The branch to merge into.")]
Onto = Annotated[str | None, Query(description="The branch to rebase onto; the main one if not given.")]
OfBranch = Annotated[str, Query(description="The branch that the draft belongs to.")]


@router.post(f"{AGENT}/branches", response_model=shown(BranchCreated))
async def create_branch(
    agent_id: str, body: NewBranch, caller: ConvaiWriter, actor: Acting, branches: BranchesIn
) -> Body:
    """Branch off from a version."""
    return await branches.create(actor, agent_id, body)


@router.get(f"{AGENT}/branches", response_model=shown(BranchList))
async def list_branches(
    agent_id: str,
    caller: ConvaiReader,
    branches: BranchesIn,
    include_archived: Annotated[bool, Query(description="Those put away too.")] = False,
    limit: Annotated[int, Query(gt=1, le=100, description="How many at most.")] = 100,
    include_commit_status: Annotated[bool, Query(description="How far each is from main.")] = False,
) -> Response:
    """List branches."""
    return json_reply(
        await branches.page(
            caller,
            agent_id,
            limit=limit,
            include_archived=include_archived,
            include_commit_status=include_commit_status,
        )
    )


@router.get(f"{AGENT}/branches/{{branch_id}}", response_model=shown(BranchRead))
async def get_branch(agent_id: str, branch_id: str, caller: ConvaiReader, branches: BranchesIn) -> Response:
    """Read a branch with its newest versions."""
    return json_reply(await branches.get(caller, agent_id, branch_id))


@router.patch(f"{AGENT}/branches/{{branch_id}}", response_model=shown(BranchRead))
async def patch_branch(
    agent_id: str, branch_id: str, body: BranchChange, caller: ConvaiWriter, actor: Acting, branches: BranchesIn
) -> Response:
    """Rename, describe, protect, put away or restore a branch."""
    return json_reply(await branches.patch(actor, agent_id, branch_id, body))


@router.delete(f"{AGENT}/branches/{{branch_id}}")
async def delete_branch(
    agent_id: str, branch_id: str, caller: ConvaiWriter, actor: Acting, branches: BranchesIn
) -> Body:
    """Delete a branch. Ours: the contract only archives."""
    await branches.delete(actor, agent_id, branch_id)
    return {}


@router.get(f"{AGENT}/branches/{{source_branch_id}}/merge-preview", response_model=shown(MergePreview))
async def preview_merge(
    agent_id: str,
    source_branch_id: str,
    target_branch_id: Target,
    caller: ConvaiReader,
    branches: BranchesIn,
    force: Annotated[bool, Query(description="Let the source win every conflict.")] = False,
    include_procedure_generated_workflow_elements: Elements = False,
) -> Response:
    """What a merge would make of the target."""
    return json_reply(await branches.preview_merge(caller, agent_id, source_branch_id, target_branch_id, force=force))


@router.post(f"{AGENT}/branches/{{source_branch_id}}/merge", response_model=shown(Committed))
async def merge_branch(
    agent_id: str,
    source_branch_id: str,
    target_branch_id: Target,
    body: Merging,
    caller: ConvaiWriter,
    actor: Acting,
    branches: BranchesIn,
) -> Body:
    """Merge a branch into another one."""
    return await branches.merge(
        actor,
        agent_id,
        source_branch_id,
        target_branch_id,
        force=body.get("force", False),
        archive_source=body.get("archive_source_branch", True),
    )


@router.get(f"{AGENT}/branches/{{branch_id}}/rebase-preview", response_model=shown(MergePreview))
async def preview_rebase(
    agent_id: str,
    branch_id: str,
    caller: ConvaiReader,
    branches: BranchesIn,
    source_branch_id: Onto = None,
    include_procedure_generated_workflow_elements: Elements = False,
) -> Response:
    """What a rebase would make of the branch."""
    return json_reply(await branches.preview_rebase(caller, agent_id, branch_id, source_branch_id))


@router.post(f"{AGENT}/branches/{{branch_id}}/rebase", response_model=shown(Committed))
async def rebase_branch(
    agent_id: str,
    branch_id: str,
    caller: ConvaiWriter,
    actor: Acting,
    branches: BranchesIn,
    source_branch_id: Onto = None,
) -> Body:
    """Bring a branch up to another one."""
    return await branches.rebase(actor, agent_id, branch_id, source_branch_id)


@router.get(f"{AGENT}/versions", response_model=shown(VersionsPage))
async def list_versions(
    agent_id: str,
    caller: ConvaiReader,
    branches: BranchesIn,
    wanted: PagesIn,
    branch_id: Annotated[str | None, Query(description="Only this branch's.")] = None,
) -> Response:
    """The history, newest first. Ours: the contract shows the newest versions of a branch only."""
    query = documents.Query(page_size=wanted.page_size, cursor=wanted.cursor)
    return json_reply(page_body("versions", await branches.versions(caller, agent_id, query, branch_id)))


@router.get(f"{AGENT}/versions/{{version_id}}", response_model=shown(VersionRead))
async def get_version(agent_id: str, version_id: str, caller: ConvaiReader, branches: BranchesIn) -> Body:
    """What is known of a version besides what it says."""
    return await branches.version(caller, agent_id, version_id)


@router.post(f"{AGENT}/drafts")
async def put_draft(
    agent_id: str, branch_id: OfBranch, body: Draft, caller: ConvaiWriter, drafts: DraftsIn, expected: Expecting
) -> Response:
    """Keep an unpublished edit of a branch."""
    row = await drafts.put(caller, agent_id, branch_id, body, expected)
    return json_reply({"agent_id": agent_id, "branch_id": branch_id, "draft_id": row.id}, headers=etag(draft_tag(row)))


@router.get(f"{AGENT}/drafts", response_model=shown(AgentRead))
async def get_draft(agent_id: str, branch_id: OfBranch, caller: ConvaiReader, drafts: DraftsIn) -> Response:
    """The caller's unpublished edit of a branch. Ours."""
    draft, tag = await drafts.get(caller, agent_id, branch_id)
    return json_reply(draft, headers=etag(tag))


@router.delete(f"{AGENT}/drafts")
async def delete_draft(
    agent_id: str, branch_id: OfBranch, caller: ConvaiWriter, drafts: DraftsIn, expected: Expecting
) -> Body:
    """Drop the caller's unpublished edit of a branch."""
    await drafts.delete(caller, agent_id, branch_id, expected)
    return {}


@router.post(f"{AGENT}/deployments", response_model=shown(Deployed))
async def create_deployment(
    agent_id: str, body: Deployment, caller: ConvaiWriter, actor: Acting, deployments: DeploymentsIn
) -> Body:
    """Share out the traffic anew."""
    return await deployments.create(actor, agent_id, body)


@router.get(f"{AGENT}/deployments", response_model=shown(DeploymentList))
async def list_deployments(
    agent_id: str,
    caller: ConvaiReader,
    deployments: DeploymentsIn,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 30,
) -> Response:
    """How the traffic was shared out over time."""
    return json_reply(await deployments.page(caller, agent_id, page=page, page_size=page_size))
