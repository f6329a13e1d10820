"""The bodies of the agent routes besides the document itself, which has its models in `document/`."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, Wire, cleared, unsent
from vivavoce.features.agents.document.agent import ConversationalConfig
from vivavoce.features.agents.document.body import LONGEST_DESCRIPTION, AgentAccess, AgentRead, Name, Tags
from vivavoce.features.agents.document.platform import PlatformSettings
from vivavoce.features.agents.document.widget import WidgetConfig
from vivavoce.features.agents.document.workflow import Workflow

LONGEST_BRANCH_NAME = 140

BranchName = Annotated[str, Field(min_length=1, max_length=LONGEST_BRANCH_NAME)]
BranchDescription = Annotated[str, Field(max_length=LONGEST_DESCRIPTION)]
Protection = Literal["writer_perms_required", "admin_perms_required"]


# ---------------------------------------------------------------------------------------------------------------
# Agents


class AgentCreated(Wire):
    agent_id: str


class AgentSummary(Wire):
    agent_id: str
    name: str
    voice_id: str
    tags: list[str]
    created_at_unix_secs: Integer
    updated_at_unix_secs: Integer
    access_info: AgentAccess
    last_call_time_unix_secs: Integer | None = None
    archived: Flag = False


class AgentsPage(Wire):
    agents: list[AgentSummary]
    next_cursor: str | None = None
    has_more: Flag


class SummaryOrFailure(Wire):
    status: Literal["success", "failure"]
    data: AgentSummary | None = None
    error_code: Integer | None = None
    error_status: str | None = None
    error_message: str | None = None


class AgentDuplicate(Wire):
    name: Name | None = None


class ShareToken(Wire):
    agent_id: str
    conversation_token: str
    expiration_time_unix_secs: Integer | None = None
    conversation_id: str | None = None
    purpose: Literal["signed_url", "shareable_link"] = "shareable_link"
    token_requester_user_id: str | None = None


class AgentLink(Wire):
    agent_id: str
    token: ShareToken | None = None


class KnowledgeBaseSize(Wire):
    number_of_pages: Number


class CostQuestion(Wire):
    prompt_length: Annotated[Integer, Field(ge=0)] | None = None
    number_of_pages: Annotated[Integer, Field(ge=0)] | None = None
    rag_enabled: Flag | None = None
    service_tier: Literal["standard", "fast"] | None = None


class ModelCost(Wire):
    llm: str
    price_per_minute: Number
    price_per_message: Number


class AgentCosts(Wire):
    llm_prices: list[ModelCost]


class WidgetConfigRead(WidgetConfig):
    language: str
    supported_language_overrides: list[str] | None = None
    text_only: Flag = False
    first_message: str | None = None
    use_rtc: Flag | None = None
    file_input_config: dict[str, Any] = {}


class AgentWidget(Wire):
    agent_id: str
    widget_config: WidgetConfigRead


class TalkPage(Wire):
    agent_id: str
    name: str
    may_speak: Flag
    may_chat: Flag
    variables: list[str]
    widget_config: WidgetConfigRead


class WidgetDraft(Wire):
    conversation_config: ConversationalConfig | None = None
    platform_settings: PlatformSettings | None = None


class PictureKept(Wire):
    path: str


class AvatarStored(Wire):
    agent_id: str
    avatar_url: str | None = None


# ---------------------------------------------------------------------------------------------------------------
# Branches, versions, drafts, deployments


class BranchCreate(Wire):
    parent_version_id: str
    name: BranchName
    description: BranchDescription
    conversation_config: dict[str, Any] | None = None
    platform_settings: dict[str, Any] | None = None
    workflow: Workflow | None = None
    include_draft: Flag = False


class BranchCreated(Wire):
    created_branch_id: str
    created_version_id: str


class BranchPatch(Wire):
    name: BranchName = unsent()
    description: Annotated[BranchDescription | None, cleared("")] = None
    is_archived: Annotated[Flag | None, cleared(False)] = None
    protection_status: Annotated[Protection | None, cleared("writer_perms_required")] = None
    auto_rebase: Annotated[Flag | None, cleared(False)] = None


class RebaseAttempt(Wire):
    outcome: str
    attempted_at: Integer


class SyncStatus(Wire):
    last_attempt: RebaseAttempt | None = None


class VersionParents(Wire):
    in_branch_parent_id: str | None = None
    out_of_branch_parent_id: str | None = None
    merged_into_branch_id: str | None = None
    merged_from_branch_id: str | None = None
    merged_from_version_id: str | None = None
    rebased_from_version_id: str | None = None


class VersionRead(Wire):
    id: str
    agent_id: str
    branch_id: str
    version_description: str
    seq_no_in_branch: Integer
    time_committed_secs: Integer
    parents: VersionParents
    access_info: AgentAccess | None = None


class VersionsPage(Wire):
    versions: list[VersionRead]
    next_cursor: str | None = None
    has_more: Flag


class _BranchCommon(Wire):
    id: str
    name: str
    agent_id: str
    description: str
    created_at: Integer
    last_committed_at: Integer
    is_archived: Flag
    protection_status: Protection = "writer_perms_required"
    auto_rebase: Flag = False
    sync_status: SyncStatus | None = None
    access_info: AgentAccess | None = None
    current_live_percentage: Number = 0


class BranchSummary(_BranchCommon):
    parent_branch_id: str | None = None
    draft_exists: Flag = False
    draft_created_at: Integer | None = None
    draft_is_behind_tip: Flag = False
    calls_7d: Integer = 0
    commits_ahead: Integer | None = None
    commits_behind: Integer | None = None
    merged_into_branch_id: str | None = None


class BranchTitle(Wire):
    id: str
    name: str


class BranchRead(_BranchCommon):
    parent_branch: BranchTitle | None = None
    most_recent_versions: list[VersionRead] = []


class ListMeta(Wire):
    total: Integer | None = None
    page: Integer | None = None
    page_size: Integer | None = None


class BranchList(Wire):
    meta: ListMeta = ListMeta()
    results: list[BranchSummary]


class MergeWish(Wire):
    archive_source_branch: Flag = True
    force: Flag = False


class MergeConflict(Wire):
    path: str
    section: str
    base_value: Any = None
    source_value: Any = None
    target_value: Any = None


class MergePreview(AgentRead):
    overridden_fields: list[str] = []
    conflicts: list[MergeConflict] = []
    source_identical_to_target: Flag = False


class Committed(Wire):
    agent_id: str
    branch_id: str
    version_id: str


class DraftCreate(Wire):
    conversation_config: ConversationalConfig
    platform_settings: PlatformSettings
    workflow: Workflow
    name: Name
    tags: Tags | None = None


class Share(Wire):
    type: Literal["percentage"] = "percentage"
    traffic_percentage: Annotated[Number, Field(ge=0, le=100)]


class DeploymentItem(Wire):
    branch_id: str
    deployment_strategy: Share


class DeploymentWish(Wire):
    requests: Annotated[list[DeploymentItem], Field(min_length=1)]


class DeploymentCreate(Wire):
    deployment_request: DeploymentWish


class Deployed(Wire):
    traffic_percentage_branch_id_map: dict[str, Number] = {}


class DeploymentRead(Deployed):
    id: str
    deployed_at_unix_secs: Integer
    is_active: Flag
    source: str = "manual"
    access_info: AgentAccess | None = None


class DeploymentList(Wire):
    meta: ListMeta = ListMeta()
    results: list[DeploymentRead]
