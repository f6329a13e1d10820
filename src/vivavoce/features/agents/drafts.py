"""Drafts: what one person is writing on a branch and has not published. No call runs one but its writer's own trial;
patching the agent on that branch publishes, and the draft is gone.

`GET .../drafts` is ours: the contract lets clients write and drop drafts but not read them back. One person may sit in
front of two windows, so a draft has a tag, and whoever sends it back never overwrites what the other window wrote.
"""

from vivavoce.api.preconditions import WHATEVER, Precondition
from vivavoce.base.errors import NotFound
from vivavoce.base.json import Body
from vivavoce.features.agents.changes import may_commit
from vivavoce.features.agents.checks import check_references
from vivavoce.features.agents.config import check_config, config_in, name_in, tags_in
from vivavoce.features.agents.people import People
from vivavoce.features.agents.records import DRAFTS, draft_key, draft_tag
from vivavoce.features.agents.render import agent_body
from vivavoce.features.agents.store import AgentStore
from vivavoce.ports.documents import Document, DocumentTransaction
from vivavoce.ports.identity import Caller

_ELSEWHERE = "Your draft was changed in another window meanwhile, or published from there. Read it before you go on."


class Drafts:
    """Everybody's unpublished edits; each sees only their own."""

    def __init__(self, store: AgentStore, people: People) -> None:
        self._store = store
        self._people = people

    async def put(
        self, caller: Caller, agent_id: str, branch_id: str, body: Body, expected: Precondition = WHATEVER
    ) -> Document:
        """Keep the caller's draft of a branch, in place of the one before."""

        async def work(transaction: DocumentTransaction) -> Document:
            agent = await self._store.agent(caller.workspace_id, agent_id, transaction)
            branch = agent.branch(branch_id)
            may_commit(caller, branch)
            tip = await self._store.config_of(agent, branch.tip, transaction)
            config = config_in(body)
            check_config(config)
            await check_references(transaction, caller.workspace_id, config, tip)
            draft: Body = {
                "branch_id": branch.id,
                "user_id": caller.user_id,
                "base": branch.tip,
                "name": name_in(body, agent.name),
                "tags": tags_in(body, agent.tags),
                "config": config,
            }
            old = await transaction.find(DRAFTS, caller.workspace_id, draft_key(branch.id, caller.user_id))
            expected.check(draft_tag(old) if old else None, _ELSEWHERE, status="draft_changed")
            if old is None:
                return await transaction.insert(DRAFTS, caller.workspace_id, draft, parent_id=agent.id)
            return await transaction.update(DRAFTS, old, {**draft, "base": old.body["base"]})

        return await self._store.changing(work)

    async def get(self, caller: Caller, agent_id: str, branch_id: str) -> tuple[Body, str]:
        """The caller's draft of a branch, as the agent would read if it were published; and its tag."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        branch = agent.branch(branch_id)
        draft = await self._store.documents.find(DRAFTS, caller.workspace_id, draft_key(branch.id, caller.user_id))
        if draft is None:
            raise _no_draft(branch_id)
        people = await self._people.people(caller.workspace_id, [agent.created_by])
        config: Body = draft.body["config"]
        shown = agent_body(agent, caller, people, config=config, branch_id=branch.id, version_id=draft.body["base"])
        return {**shown, "name": draft.body["name"], "tags": draft.body["tags"]}, draft_tag(draft)

    async def delete(self, caller: Caller, agent_id: str, branch_id: str, expected: Precondition = WHATEVER) -> None:
        """Drop the caller's draft of a branch."""

        async def work(transaction: DocumentTransaction) -> None:
            agent = await self._store.agent(caller.workspace_id, agent_id, transaction)
            key = draft_key(agent.branch(branch_id).id, caller.user_id)
            draft = await transaction.find(DRAFTS, caller.workspace_id, key)
            if draft is None:
                raise _no_draft(branch_id)
            expected.check(draft_tag(draft), _ELSEWHERE, status="draft_changed")
            await transaction.delete(DRAFTS, caller.workspace_id, draft.id)

        await self._store.changing(work)


def _no_draft(branch_id: str) -> NotFound:
    return NotFound(f"You have no draft on the branch {branch_id!r}.", status="draft_not_found")
