"""The bodies of the agent routes, and the document inside them.

`AgentCreate` is also what a stored document has to be: a patch is merged into the document first and the whole is
checked then, because a patch may name one field of an object whose other fields are required.
"""

from typing import Any

from vivavoce.api.schema import Flag, Integer, Wire, section
from vivavoce.features.agents.document.agent import ConversationalConfig
from vivavoce.features.agents.document.platform import PlatformSettings
from vivavoce.features.agents.document.system_tools import ProcedureVersionRef
from vivavoce.features.agents.document.workflow import Workflow


class Document(Wire):
    """What a version of an agent consists of."""

    conversation_config: ConversationalConfig = section(ConversationalConfig)
    platform_settings: PlatformSettings = section(PlatformSettings)
    workflow: Workflow = section(Workflow)


class AgentCreate(Wire):
    conversation_config: ConversationalConfig
    platform_settings: PlatformSettings | None = None
    workflow: Workflow | None = None
    name: str | None = None
    tags: list[str] | None = None


class AgentPatch(Wire):
    conversation_config: dict[str, Any] | None = None
    platform_settings: dict[str, Any] | None = None
    workflow: dict[str, Any] | None = None
    name: str | None = None
    tags: list[str] | None = None
    version_description: str | None = None
    procedures: dict[str, ProcedureVersionRef] | None = None


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
