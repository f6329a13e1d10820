"""What the talk page needs to know of an agent before anybody talks to it.

The page is ours, at `/talk/{agent_id}`, and whoever has its address may open it. It asks without a key and without a
session, so that it shows everybody the same; what keeps a call from beginning is told here already, in words. The
socket asks everything again: this is courtesy, not a lock.
"""

from vivavoce.base.errors import NotFound
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.features.agents.access import Grant
from vivavoce.features.agents.compile import texts_with_variables
from vivavoce.features.agents.document.defaults import with_defaults
from vivavoce.features.agents.plan.variables import ENVIRONMENT, SYSTEM, Variables
from vivavoce.features.agents.records import is_archived
from vivavoce.features.agents.service import Agents
from vivavoce.features.agents.store import AgentStore
from vivavoce.features.agents.widget import Widgets, widget_config


@frozen
class Visit:
    """What the page's address says, and where the page is."""

    agent_id: str
    our_origin: str
    signature: str | None = None
    branch_id: str | None = None
    version_id: str | None = None


class TalkPages:
    """The agents of all workspaces as the talk page shows them."""

    def __init__(self, store: AgentStore, agents: Agents, widgets: Widgets) -> None:
        self._store = store
        self._agents = agents
        self._widgets = widgets

    async def get(self, visit: Visit) -> Body:
        """An agent as its visitor sees it; raises why there is nothing to see."""
        agent = await self._store.called(visit.agent_id)
        if agent is None:
            raise NotFound("There is no such agent. Check the address.", status="agent_not_found")
        if is_archived(agent.config):
            raise NotFound("This agent has been put away and takes no calls.", status="agent_archived")
        grant = await self._widgets.admit(agent, page_origin=visit.our_origin, signature=visit.signature)
        return await self._shown(agent.workspace_id, visit, grant, agent.main_branch_id)

    async def _shown(self, workspace_id: str, visit: Visit, grant: Grant | None, main_branch_id: str) -> Body:
        version_id = (grant and grant.version_id) or visit.version_id
        branch_id = (grant and grant.branch_id) or visit.branch_id or (None if version_id else main_branch_id)
        running = await self._agents.running(
            workspace_id, visit.agent_id, "", branch_id=branch_id, version_id=version_id
        )
        document = with_defaults(running.config)
        return {
            "agent_id": running.agent_id,
            "name": running.name,
            "may_speak": document["conversation_config"]["conversation"]["text_only"] is not True,
            "may_chat": _may_chat(document),
            "variables": _missing(document["conversation_config"]),
            "widget_config": widget_config(document, visit.our_origin),
        }


def _may_chat(document: Body) -> bool:
    """Whether a visitor may write instead of speaking, or has to."""
    gates = document["platform_settings"]["overrides"]["conversation_config_override"]
    settings: Body = document["conversation_config"]["conversation"]
    return settings["text_only"] is True or gates["conversation"]["text_only"] is True


def _missing(config: Body) -> list[str]:
    """The variables without which no call begins: nobody gave them a placeholder."""
    placeholders = config["agent"]["dynamic_variables"]["dynamic_variable_placeholders"]
    names = Variables.of({}, placeholders).missing(texts_with_variables(config))
    return [name for name in names if not name.startswith((SYSTEM, ENVIRONMENT))]
