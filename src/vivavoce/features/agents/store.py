"""Reading agents and moving their branches: the few operations that everything else here is made of.

Two functions matter. `commit` puts a new version on a branch and returns the agent as it is then; nothing is stored
until `save`. `changing` runs a piece of work in a transaction and does it again where somebody else was faster, on
what they left; so two patches at once both arrive, and neither is lost.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from vivavoce.base.errors import Conflict, NotFound
from vivavoce.base.json import Body
from vivavoce.features.agents import references
from vivavoce.features.agents.lineage import Node, Tree
from vivavoce.features.agents.records import (
    ADDRESSES,
    AGENTS,
    CONTENTS,
    EVERYWHERE,
    VERSIONS,
    Agent,
    Branch,
    Parents,
    Version,
    content_address,
)
from vivavoce.features.workspace.service import Activity, Actor, AuditLog, Repeating
from vivavoce.ports.clock import Clock
from vivavoce.ports.documents import Document, DocumentReader, Documents, DocumentTransaction, Kind, Query, Reference
from vivavoce.ports.jobs import Job

T = TypeVar("T")

FOLLOW_MAIN = "agents.follow_main"

# Another change of the agent; the same document, or a draft of the same person, stored for the first time.
_SOMEBODY_WAS_FASTER = ("agent_changed", "agent_content_exists", "version_exists", "draft_changed", "draft_exists")
_PAGE_SIZE = 100
_LONGEST_HISTORY = 20_000
_REMEMBERED_WORKSPACES = 10_000


class AgentStore:
    """Agents, branches and versions as they lie in the database."""

    def __init__(self, documents: Documents, clock: Clock, audit: AuditLog) -> None:
        self.documents = documents
        self.clock = clock
        self._audit = audit
        self._repeating = Repeating(documents, _SOMEBODY_WAS_FASTER)
        # An agent never moves, and every call asks for it.
        self._workspaces: dict[str, str] = {}

    # -----------------------------------------------------------------------------------------------------------
    # Reading

    async def agent(self, workspace_id: str, agent_id: str, reader: DocumentReader | None = None) -> Agent:
        """The agent, or `NotFound`."""
        row = await (reader or self.documents).get(AGENTS, workspace_id, agent_id)
        if row is None:
            raise NotFound.of("agent", agent_id)
        return Agent.read(row)

    async def workspace_of(self, agent_id: str) -> str | None:
        """The workspace that an agent lives in, or lived in, for callers who belong to none."""
        known = self._workspaces.get(agent_id)
        if known is None:
            row = await self.documents.get(ADDRESSES, EVERYWHERE, agent_id)
            if row is None:
                return None
            if len(self._workspaces) >= _REMEMBERED_WORKSPACES:
                self._workspaces.clear()
            known = self._workspaces[agent_id] = str(row.body["workspace_id"])
        return known

    async def called(self, agent_id: str) -> Agent | None:
        """The agent that somebody calls by its id alone; None if there is no such agent."""
        workspace_id = await self.workspace_of(agent_id)
        row = None if workspace_id is None else await self.documents.get(AGENTS, workspace_id, agent_id)
        return None if row is None else Agent.read(row)

    async def version(self, agent: Agent, version_id: str, reader: DocumentReader | None = None) -> Version:
        """A version of this agent, or `NotFound`."""
        row = await (reader or self.documents).get(VERSIONS, agent.workspace_id, version_id)
        if row is None or row.parent_id != agent.id:
            raise NotFound.of("version", version_id)
        return Version.read(row)

    async def config_of(self, agent: Agent, version_id: str, reader: DocumentReader | None = None) -> Body:
        """What a version of this agent says."""
        if version_id == agent.main.tip:
            return agent.config
        version = await self.version(agent, version_id, reader)
        row = await (reader or self.documents).get(CONTENTS, agent.workspace_id, version.content)
        assert row is not None, f"version {version_id} has lost its content"
        return row.body

    async def tree(self, agent: Agent, reader: DocumentReader | None = None) -> Tree:
        """The family tree of all versions of an agent."""
        versions = [version async for version in self._versions(agent, reader or self.documents)]
        return {version.id: Node(version.id, version.committed_at, version.parents.ids()) for version in versions}

    async def _versions(self, agent: Agent, reader: DocumentReader) -> AsyncIterator[Version]:
        count = 0
        async for row in every(reader, VERSIONS, agent.workspace_id, Query(parent_id=agent.id)):
            count += 1
            if count > _LONGEST_HISTORY:
                raise Conflict(f"The agent has more than {_LONGEST_HISTORY} versions, too many to compare branches.")
            yield Version.read(row)

    # -----------------------------------------------------------------------------------------------------------
    # Writing

    async def changing(self, work: Callable[[DocumentTransaction], Awaitable[T]]) -> T:
        """Do some work in a transaction, again from the start where another writer got in between."""
        return await self._repeating.done(work)

    async def note(self, transaction: DocumentTransaction, actor: Actor, activity: Activity, agent_id: str) -> None:
        """Write down who did what to an agent, together with it."""
        await self._audit.record(transaction, actor, activity, Reference(AGENTS.kind, agent_id))

    async def save(self, transaction: DocumentTransaction, agent: Agent) -> Agent:
        """Store the agent's row as it is now; `Conflict` if it changed since it was read."""
        assert agent.row is not None
        return Agent.read(await transaction.update(AGENTS, agent.row, agent.written()))

    async def commit(
        self,
        transaction: DocumentTransaction,
        agent: Agent,
        branch: Branch,
        config: Body,
        *,
        author: str,
        description: str = "",
        parents: Parents | None = None,
    ) -> tuple[Agent, Branch]:
        """Put a version on a branch, new or known; the agent's row is not saved yet.

        A document that says exactly what the tip says is no news and makes no version, unless it comes in from
        another branch.
        """
        content = content_address(agent.id, config)
        if parents is None:
            parents = Parents(in_branch=branch.tip or None)
            if content == await self._content_of_tip(transaction, agent, branch):
                return agent, branch
        version = Version(
            agent_id=agent.id,
            branch_id=branch.id,
            number=branch.commits + 1,
            content=content,
            committed_at=await self._after(transaction, agent, branch, parents),
            author=author,
            description=description,
            parents=parents,
        )
        version = await self._insert(transaction, agent, version, config)
        used = tuple((use.kind, use.id) for use in references.references(config))
        moved = replace(branch, tip=version.id, commits=version.number, committed_at=version.committed_at, uses=used)
        if branch.id == agent.main_branch_id:
            moved = replace(moved, uses=())
            agent = replace(agent, config=config)
            await self._tell_followers(transaction, agent)
        return agent.with_branch(moved), moved

    async def _tell_followers(self, transaction: DocumentTransaction, agent: Agent) -> None:
        """Have the branches that follow main rebased."""
        for branch in agent.branches.values():
            if branch.auto_rebase and not branch.is_archived:
                payload = {"agent_id": agent.id, "branch_id": branch.id}
                job = Job(FOLLOW_MAIN, agent.workspace_id, payload, unique_key=f"{FOLLOW_MAIN}/{branch.id}")
                await transaction.enqueue(job)

    async def _insert(self, transaction: DocumentTransaction, agent: Agent, version: Version, config: Body) -> Version:
        if await transaction.get(CONTENTS, agent.workspace_id, version.content) is None:
            await transaction.insert(CONTENTS, agent.workspace_id, config, id=version.content, parent_id=agent.id)
        version = replace(version, id=version.address())
        await transaction.insert(VERSIONS, agent.workspace_id, version.written(), id=version.id, parent_id=agent.id)
        return version

    async def _content_of_tip(self, reader: DocumentReader, agent: Agent, branch: Branch) -> str | None:
        if branch.id == agent.main_branch_id:
            return content_address(agent.id, agent.config) if branch.tip else None
        return (await self.version(agent, branch.tip, reader)).content

    async def _after(self, reader: DocumentReader, agent: Agent, branch: Branch, parents: Parents) -> int:
        """A time for a child: now, and later than every parent whatever the clocks of two machines say."""
        times = [self.clock.now()]
        if parents.in_branch is not None:
            times.append(branch.committed_at + 1)
        others = [id for id in parents.ids() if id != parents.in_branch]
        if others:
            rows = await reader.get_many(VERSIONS, agent.workspace_id, others)
            times.extend(Version.read(row).committed_at + 1 for row in rows.values())
        return max(times)


async def every(reader: DocumentReader, kind: Kind, workspace_id: str, query: Query) -> AsyncIterator[Document]:
    """Every document that a query meets, over all pages."""
    query = replace(query, page_size=_PAGE_SIZE)
    while True:
        page = await reader.page(kind, workspace_id, query)
        for row in page.items:
            yield row
        if page.next_cursor is None:
            return
        query = replace(query, cursor=page.next_cursor)
