"""The bodies of the agent routes, and the document inside them.

`AgentCreate` is also what a stored document has to be: a patch is merged into the document first and the whole is
checked then, because a patch may name one field of an object whose other fields are required.
"""

from typing import Annotated, Any

from pydantic import Field

from vivavoce.api.schema import KEPT, Flag, Integer, Wire, cleared, section, unsent
from vivavoce.features.agents.document.agent import ConversationalConfig
from vivavoce.features.agents.document.platform import PlatformSettings
from vivavoce.features.agents.document.system_tools import ProcedureVersionRef
from vivavoce.features.agents.document.workflow import Workflow

LONGEST_NAME = 256
LONGEST_TAG = 128
MOST_TAGS = 100
LONGEST_DESCRIPTION = 4096
UNNAMED = "Unnamed agent"

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=LONGEST_TAG)]], Field(max_length=MOST_TAGS)]


class Document(Wire):
    """What a version of an agent consists of."""

    conversation_config: ConversationalConfig = section(ConversationalConfig)
    platform_settings: PlatformSettings = section(PlatformSettings)
    workflow: Workflow = section(Workflow)


class AgentCreate(Wire):
    conversation_config: ConversationalConfig
    platform_settings: PlatformSettings | None = None
    workflow: Workflow | None = None
    name: Name | None = None
    tags: Tags | None = None


class AgentPatch(Wire):
    conversation_config: dict[str, Any] = unsent()
    platform_settings: Annotated[dict[str, Any] | None, cleared(None)] = None
    workflow: dict[str, Any] = unsent()
    name: Annotated[Name | None, cleared(UNNAMED)] = None
    tags: Annotated[Tags | None, cleared([])] = None
    version_description: Annotated[Annotated[str, Field(max_length=LONGEST_DESCRIPTION)] | None, cleared("")] = None
    procedures: Annotated[dict[str, ProcedureVersionRef] | None, KEPT] = None


class AgentMetadata(Wire):
    created_at_unix_secs: Integer
    updated_at_unix_secs: Integer


class AgentAccess(Wire):
    is_creator: Flag
    creator_name: str
    creator_email: str
    role: str


class AgentRead(Document):
    agent_id: str
    name: str
    metadata: AgentMetadata
    phone_numbers: list[dict[str, Any]] = []
    whatsapp_accounts: list[dict[str, Any]] = []
    access_info: AgentAccess | None = None
    tags: list[str] = []
    version_id: str | None = None
    branch_id: str | None = None
    main_branch_id: str | None = None
    procedures: dict[str, Any] = {}
