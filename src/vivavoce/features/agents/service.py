"""Agents: made, read, listed, changed, copied, deleted. What other features may use of this one is named here too.

Branches, drafts, deployments and the widget have a service of their own beside this one; all of them work on the
records through `store`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vivavoce.api.preconditions import WHATEVER, Precondition
from vivavoce.base.errors import NotFound, Problem, quoted
from vivavoce.base.json import Body, patched
from vivavoce.base.pages import Page
from vivavoce.features.agents.access import Grant, Signatures, auth_of, check_origin, is_shared
from vivavoce.features.agents.activity import LastCalls
from vivavoce.features.agents.changes import caller_of, may_commit, new_branch
from vivavoce.features.agents.checks import check_references
from vivavoce.features.agents.compile import Call, Compiled, compile_plan
from vivavoce.features.agents.config import REPLACED, changed, check_config, config_in, name_in, tags_in
from vivavoce.features.agents.document.body import LONGEST_NAME
from vivavoce.features.agents.document.defaults import with_defaults
from vivavoce.features.agents.files import running_from
from vivavoce.features.agents.merge import same, three_way
from vivavoce.features.agents.people import People
from vivavoce.features.agents.pictures import blob_folder, with_own_picture
from vivavoce.features.agents.plan.refusal import CannotStart
from vivavoce.features.agents.records import (
    ADDRESSES,
    AGENTS,
    DEPLOYMENTS,
    DRAFTS,
    EVERYWHERE,
    MAIN,
    OWNED,
    Agent,
    Running,
    agent_tag,
    draft_key,
    summary,
)
from vivavoce.features.agents.render import agent_body, summary_body
from vivavoce.features.agents.store import AgentStore, every
from vivavoce.features.agents.traffic import WHOLE, draw
from vivavoce.features.workspace.service import Actor, claim_unused, created, deleted, updated
from vivavoce.ports.blobs import Blobs
from vivavoce.ports.documents import Document, DocumentTransaction, Query
from vivavoce.ports.identity import Caller

__all__ = [
    "AGENTS",
    "Agent",
    "Agents",
    "Call",
    "CannotStart",
    "Compiled",
    "Grant",
    "Running",
    "Signatures",
    "auth_of",
    "check_origin",
    "compile_plan",
    "is_shared",
    "running_from",
]

NOUN = "Agent"
_COPY = " (copy)"
_CHANGED = "Somebody changed this agent since you read it. Nothing was written. Read it again, and decide what stays."
_FORCE = "Change those first, or delete with force=true."


class Agents:
    """The agents of all workspaces; every call names one."""

    def __init__(self, store: AgentStore, people: People, blobs: Blobs, last_calls: LastCalls) -> None:
        self._store = store
        self._people = people
        self._blobs = blobs
        self._last_calls = last_calls

    # -----------------------------------------------------------------------------------------------------------
    # Reading

    async def get(
        self, caller: Caller, agent_id: str, *, branch_id: str | None = None, version_id: str | None = None
    ) -> Body:
        """An agent with every default, at its main branch's tip or where else the caller wants."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        return await self._at(caller, agent, branch_id, version_id)

    async def _at(self, caller: Caller, agent: Agent, branch_id: str | None, version_id: str | None) -> Body:
        found = await self._find(agent, branch_id, version_id)
        people = await self._people.people(caller.workspace_id, {agent.created_by})
        return agent_body(
            agent, caller, people, config=found.config, branch_id=found.branch_id, version_id=found.version_id
        )

    async def _find(self, agent: Agent, branch_id: str | None, version_id: str | None) -> Running:
        if version_id is None:
            branch = agent.branch(branch_id or agent.main_branch_id)
            branch_id, version_id = branch.id, branch.tip
        else:
            # A version outlives its branch, so the branch need not exist any more.
            version = await self._store.version(agent, version_id)
            if branch_id not in (None, version.branch_id):
                raise NotFound(
                    f"The version {version_id!r} is not on the branch {quoted(branch_id or '')}.",
                    status="version_not_found",
                )
            branch_id = version.branch_id
        config = await self._store.config_of(agent, version_id)
        return Running(agent.workspace_id, agent.id, agent.name, branch_id, version_id, config)

    async def called(self, agent_id: str) -> Agent | None:
        """The agent that somebody calls by its id alone; None if there is no such agent."""
        return await self._store.called(agent_id)

    async def running(
        self,
        workspace_id: str,
        agent_id: str,
        conversation_id: str,
        *,
        branch_id: str | None = None,
        version_id: str | None = None,
        draft_of: str | None = None,
    ) -> Running:
        """What a conversation is to run: the branch or version asked for, else as the traffic is shared out.

        With `draft_of` it is that person's draft of the branch, if they have one; no version says the same.
        """
        agent = await self._store.agent(workspace_id, agent_id)
        return await self.running_of(
            agent, conversation_id, branch_id=branch_id, version_id=version_id, draft_of=draft_of
        )

    async def running_of(
        self,
        agent: Agent,
        conversation_id: str,
        *,
        branch_id: str | None = None,
        version_id: str | None = None,
        draft_of: str | None = None,
    ) -> Running:
        """The same, of an agent that was read already."""
        if draft_of is not None:
            branch_id = branch_id or agent.main_branch_id
            draft = await self._store.documents.find(DRAFTS, agent.workspace_id, draft_key(branch_id, draft_of))
            if draft is not None and branch_id in agent.branches:
                return Running(agent.workspace_id, agent.id, draft.body["name"], branch_id, None, draft.body["config"])
        if branch_id is None and version_id is None:
            branch_id = draw(agent.traffic, conversation_id)
        return await self._find(agent, branch_id, version_id)

    async def page(self, caller: Caller, query: Query) -> Page[Body]:
        """One page of the list."""
        page = await self._store.documents.summaries(AGENTS, caller.workspace_id, query)
        people = await self._people.people(caller.workspace_id, {row.body["created_by"] for row in page.items})
        called = await self._last_calls.last_calls(caller.workspace_id, [row.id for row in page.items])
        return page.map(lambda row: summary_body(row, caller, people, called.get(row.id)))

    async def summaries(self, caller: Caller, agent_ids: Sequence[str]) -> Mapping[str, Body]:
        """What the list says of each of some agents, or why it says nothing."""
        ids = list(dict.fromkeys(agent_ids))
        rows = await self._store.documents.get_many(AGENTS, caller.workspace_id, ids)
        people = await self._people.people(caller.workspace_id, {row.body["created_by"] for row in rows.values()})
        called = await self._last_calls.last_calls(caller.workspace_id, list(rows))
        return {
            id: {"status": "success", "data": summary_body(_summarized(rows[id]), caller, people, called.get(id))}
            if id in rows
            else _failure(NotFound.of("agent", id))
            for id in ids
        }

    async def link(self, caller: Caller, agent_id: str) -> Body:
        """The token with which people may talk to the agent by a link, if its settings have one."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        match agent.config:
            case {"platform_settings": {"auth": {"shareable_token": str(token)}}} if token:
                shared = {"agent_id": agent.id, "conversation_token": token, "purpose": "shareable_link"}
                return {"agent_id": agent.id, "token": shared}
            case _:
                return {"agent_id": agent.id, "token": None}

    # -----------------------------------------------------------------------------------------------------------
    # Writing

    async def create(self, actor: Actor, body: Body) -> str:
        """A new agent with its first version, live on its main branch. Returns its id."""
        config = config_in(body)
        check_config(config)
        return await self._insert(actor, self._store.clock.new_id(AGENTS.prefix), name_in(body), tags_in(body), config)

    async def duplicate(self, actor: Actor, agent_id: str, name: str | None) -> str:
        """A new agent that says what another one's main branch says now. Returns its id."""
        caller = caller_of(actor)
        agent = await self._store.agent(caller.workspace_id, agent_id)
        new_id = self._store.clock.new_id(AGENTS.prefix)
        config = await with_own_picture(self._blobs, caller.workspace_id, agent.config, agent.id, new_id)
        copy_name = f"{agent.name[: LONGEST_NAME - len(_COPY)]}{_COPY}" if name is None else name
        return await self._insert(actor, new_id, copy_name, list(agent.tags), config, copied=True)

    async def _insert(
        self, actor: Actor, id: str, name: str, tags: list[str], config: Body, *, copied: bool = False
    ) -> str:
        async def work(transaction: DocumentTransaction) -> None:
            await check_references(transaction, actor.workspace_id, config, before=config if copied else {})
            source = "duplicate" if copied else "manual"
            await self.insert_in(transaction, actor, id=id, name=name, tags=tags, config=config, source=source)

        await self._store.changing(work)
        return id

    async def insert_in(
        self,
        transaction: DocumentTransaction,
        actor: Actor,
        *,
        id: str,
        name: str,
        tags: list[str],
        config: Body,
        source: str = "manual",
    ) -> None:
        """Store a new agent within somebody else's transaction. The document is known to be good."""
        author = caller_of(actor)
        main = new_branch(self._store.clock, MAIN, author)
        agent = Agent(
            id=id,
            workspace_id=actor.workspace_id,
            name=name,
            tags=tags,
            created_by=author.user_id,
            main_branch_id=main.id,
            branches={main.id: main},
            traffic={main.id: WHOLE},
            config=config,
        )
        agent, _ = await self._store.commit(transaction, agent, main, config, author=author.user_id)
        await self._insert_rows(transaction, agent, source)
        await self._store.note(transaction, actor, created(NOUN), agent.id)

    async def _insert_rows(self, transaction: DocumentTransaction, agent: Agent, source: str) -> None:
        await transaction.insert(AGENTS, agent.workspace_id, agent.written(), id=agent.id)
        await transaction.insert(ADDRESSES, EVERYWHERE, {"workspace_id": agent.workspace_id}, id=agent.id)
        deployment: Body = {"traffic": dict(agent.traffic), "source": source, "user_id": agent.created_by}
        await transaction.insert(DEPLOYMENTS, agent.workspace_id, deployment, parent_id=agent.id)

    async def patch(
        self,
        actor: Actor,
        agent_id: str,
        body: Body,
        *,
        branch_id: str | None = None,
        expected: Precondition = WHATEVER,
    ) -> Body:
        """Change an agent; the agent as it is then, at the branch that was changed."""
        caller = caller_of(actor)
        description = str(body.get("version_description") or "")
        agent = await self.change(
            actor, agent_id, body, branch_id=branch_id, description=description, expected=expected
        )
        return await self._at(caller, agent, branch_id, None)

    async def change(
        self,
        actor: Actor,
        agent_id: str,
        body: Body,
        *,
        branch_id: str | None = None,
        description: str = "",
        publishes: bool = True,
        expected: Precondition = WHATEVER,
    ) -> Agent:
        """What was sent is laid over the branch's tip and becomes its next version.

        This is also how a draft is published: the caller's draft on that branch is gone once all of it is in there.
        """
        caller = caller_of(actor)

        async def work(transaction: DocumentTransaction) -> Agent:
            agent = was = await self._store.agent(caller.workspace_id, agent_id, transaction)
            branch = agent.branch(branch_id or agent.main_branch_id)
            may_commit(caller, branch)
            expected.check(agent_tag(branch.tip, agent.name, agent.tags), _CHANGED, status="agent_changed")
            before = await self._store.config_of(agent, branch.tip, transaction)
            config = changed(before, body)
            await check_references(transaction, caller.workspace_id, config, before)
            agent = replace(agent, name=name_in(body, agent.name), tags=tags_in(body, agent.tags))
            agent, branch = await self._store.commit(
                transaction, agent, branch, config, author=caller.user_id, description=description
            )
            draft = await transaction.find(DRAFTS, caller.workspace_id, draft_key(branch.id, caller.user_id))
            if draft is not None and publishes and await self._holds(transaction, agent, config, draft):
                await transaction.delete(DRAFTS, caller.workspace_id, draft.id)
            if agent == was:
                return was
            await self._store.note(transaction, actor, updated(NOUN), agent.id)
            return await self._store.save(transaction, agent)

        return await self._store.changing(work)

    async def _holds(self, transaction: DocumentTransaction, agent: Agent, config: Body, draft: Document) -> bool:
        """Whether nothing of a draft is left to publish. A change from elsewhere must not take somebody's work away."""
        if (draft.body["name"], draft.body["tags"]) != (agent.name, list(agent.tags)):
            return False
        base = with_defaults(await self._store.config_of(agent, draft.body["base"], transaction))
        now = with_defaults(config)
        # What a draft leaves out is not taken away: it is what a patch would leave alone.
        wanted = with_defaults(patched(base, draft.body["config"], REPLACED))
        merged = three_way(base, wanted, now, source_wins=lambda _: True)
        return same(merged.document, now)

    async def delete(self, actor: Actor, agent_id: str, *, force: bool = False) -> None:
        """Remove an agent with all its versions. Refused while others use it, unless by force."""
        caller = caller_of(actor)

        async def work(transaction: DocumentTransaction) -> None:
            if not force:
                await claim_unused(transaction, AGENTS, caller.workspace_id, agent_id, remedy=_FORCE)
            agent = await self._store.agent(caller.workspace_id, agent_id, transaction)
            for kind in OWNED:
                async for row in every(transaction, kind, agent.workspace_id, Query(parent_id=agent.id)):
                    await transaction.delete(kind, agent.workspace_id, row.id)
            await transaction.delete(AGENTS, agent.workspace_id, agent.id)
            await transaction.delete(ADDRESSES, EVERYWHERE, agent.id)
            await self._store.note(transaction, actor, deleted(NOUN), agent.id)

        await self._store.changing(work)
        await self._blobs.delete_folder(caller.workspace_id, blob_folder(agent_id))


def _summarized(row: Document) -> Document:
    return replace(row, body=summary(row.body))


def _failure(problem: Problem) -> Body:
    return {
        "status": "failure",
        "error_code": problem.code,
        "error_status": problem.status,
        "error_message": problem.message,
    }
