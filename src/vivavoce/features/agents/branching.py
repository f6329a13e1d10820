"""Branches: made, listed, changed, put away, merged into each other, rebased onto each other; the history of versions.

A merge lays what one branch changed since the two parted over the other branch; a rebase does the same the other way
round and keeps the branch's own changes on top. Both end in a version that names both its parents, so the next merge
starts from there and nothing is merged twice.

Where both changed a field, the later change wins, looked up field by field in the two histories; with `force` the
source wins, and in a rebase the branch's own change does. Every such field is named in the preview.

Merges run between sisters or towards the trunk. Merging a branch into one that sprang from it would go in a circle:
that is what a rebase is for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fastapi.exceptions import RequestValidationError

from vivavoce.base.errors import Conflict, Invalid, NotFound
from vivavoce.base.json import Body
from vivavoce.base.pages import Page
from vivavoce.features.agents.changes import caller_of, check_protection, may_commit, new_branch
from vivavoce.features.agents.checks import check_references
from vivavoce.features.agents.config import changed, check_config
from vivavoce.features.agents.joining import Joining, Outcome, conflict_body
from vivavoce.features.agents.lineage import Tree, ahead_and_behind
from vivavoce.features.agents.people import People, Person
from vivavoce.features.agents.records import DEPLOYMENTS, DRAFTS, VERSIONS, Agent, Branch, Parents, Version, draft_key
from vivavoce.features.agents.render import agent_body, branch_body, branch_summary_body, version_body
from vivavoce.features.agents.store import AgentStore, every
from vivavoce.features.workspace.service import Actor, created, deleted, updated
from vivavoce.ports.clock import SECOND
from vivavoce.ports.documents import DocumentReader, DocumentTransaction, Query
from vivavoce.ports.identity import Caller

NOUN = "Agent Branch"
_NEWEST_VERSIONS = 20
_OF_THE_BRANCH = frozenset({"parent_version_id", "name", "description", "include_draft"})


class Branches:
    """The branches and versions of agents."""

    def __init__(self, store: AgentStore, people: People) -> None:
        self._store = store
        self._people = people

    # -----------------------------------------------------------------------------------------------------------
    # Reading

    async def page(
        self, caller: Caller, agent_id: str, *, limit: int, include_archived: bool, include_commit_status: bool
    ) -> Body:
        """The branches of an agent, the main one first, then the newest."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        wanted = [branch for branch in agent.branches.values() if include_archived or not branch.is_archived]
        wanted.sort(key=lambda branch: (branch.id != agent.main_branch_id, -branch.created_at, branch.id))
        tree: Tree = await self._store.tree(agent) if include_commit_status else {}
        drafts = await self._drafts(caller, agent)
        people = await self._authors(caller, [branch.created_by for branch in wanted])
        results = [
            branch_summary_body(
                agent,
                branch,
                caller,
                people,
                draft=drafts.get(branch.id),
                apart=ahead_and_behind(tree, branch.tip, agent.main.tip),
            )
            for branch in wanted[:limit]
        ]
        return {"meta": {"total": len(wanted), "page": 1, "page_size": limit}, "results": results}

    async def _drafts(self, caller: Caller, agent: Agent) -> Mapping[str, Body]:
        query = Query(parent_id=agent.id, facets={"user": [caller.user_id]})
        rows = [row async for row in every(self._store.documents, DRAFTS, agent.workspace_id, query)]
        return {row.body["branch_id"]: {**row.body, "created_at": row.created_at} for row in rows}

    async def get(self, caller: Caller, agent_id: str, branch_id: str) -> Body:
        """A branch with its newest versions."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        return await self._shown(caller, agent, agent.branch(branch_id))

    async def _shown(self, caller: Caller, agent: Agent, branch: Branch) -> Body:
        query = Query(page_size=_NEWEST_VERSIONS, parent_id=agent.id, facets={"branch": [branch.id]})
        page = await self._store.documents.page(VERSIONS, agent.workspace_id, query)
        newest = sorted((Version.read(row) for row in page.items), key=lambda version: -version.number)
        people = await self._authors(caller, [branch.created_by, *(version.author for version in newest)])
        return branch_body(agent, branch, caller, people, newest)

    async def version(self, caller: Caller, agent_id: str, version_id: str) -> Body:
        """What is known of a version besides what it says."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        version = await self._store.version(agent, version_id)
        return version_body(agent, version, caller, await self._authors(caller, [version.author]))

    async def versions(self, caller: Caller, agent_id: str, query: Query, branch_id: str | None) -> Page[Body]:
        """The history of an agent or of one of its branches, newest first."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        facets = {"branch": [agent.branch(branch_id).id]} if branch_id else {}
        query = replace(query, parent_id=agent.id, facets=facets)
        page = (await self._store.documents.page(VERSIONS, agent.workspace_id, query)).map(Version.read)
        people = await self._authors(caller, [version.author for version in page.items])
        return page.map(lambda version: version_body(agent, version, caller, people))

    async def _authors(self, caller: Caller, user_ids: Sequence[str]) -> Mapping[str, Person]:
        return await self._people.people(caller.workspace_id, set(user_ids))

    # -----------------------------------------------------------------------------------------------------------
    # Making and changing

    async def create(self, actor: Actor, agent_id: str, body: Body) -> Body:
        """A branch that springs from a version, with the changes that were sent along as its first commit."""
        caller = caller_of(actor)

        async def work(transaction: DocumentTransaction) -> Branch:
            agent = await self._store.agent(caller.workspace_id, agent_id, transaction)
            _check_name(agent, body["name"])
            parent = await self._store.version(agent, body["parent_version_id"], transaction)
            before = await self._store.config_of(agent, parent.id, transaction)
            wants_draft = body.get("include_draft", False)
            start = await self._draft_on(transaction, agent, caller.user_id, parent) if wants_draft else before
            sections = {name: part for name, part in body.items() if name not in _OF_THE_BRANCH and part is not None}
            config = changed(start, sections)
            await check_references(transaction, caller.workspace_id, config, before)
            branch = new_branch(
                self._store.clock,
                body["name"],
                caller,
                description=body["description"],
                parent=parent.branch_id,
            )
            agent, branch = await self._store.commit(
                transaction, agent, branch, config, author=caller.user_id, parents=Parents(out_of_branch=parent.id)
            )
            await self._store.note(transaction, actor, created(NOUN), agent.id)
            await self._store.save(transaction, agent)
            return branch

        branch = await self._store.changing(work)
        return {"created_branch_id": branch.id, "created_version_id": branch.tip}

    async def _draft_on(self, transaction: DocumentTransaction, agent: Agent, user_id: str, parent: Version) -> Body:
        """What the new branch starts from: the person's draft on top of the parent version."""
        draft = await transaction.find(DRAFTS, agent.workspace_id, draft_key(parent.branch_id, user_id))
        if draft is None:
            raise Conflict("You have no draft on that branch to include.", status="draft_not_found")
        if agent.branch(parent.branch_id).tip != parent.id:
            raise Conflict(
                "A draft can be included only where parent_version_id is the newest version of its branch.",
                status="version_is_not_tip",
            )
        config: Body = draft.body["config"]
        return config

    async def patch(self, actor: Actor, agent_id: str, branch_id: str, change: Body) -> Body:
        """Rename, describe, protect, put away or restore a branch."""
        caller = caller_of(actor)

        async def work(transaction: DocumentTransaction) -> Agent:
            agent = await self._store.agent(caller.workspace_id, agent_id, transaction)
            branch = agent.branch(branch_id)
            check_protection(caller, branch)
            if change.get("protection_status", branch.protection) != branch.protection and caller.role != "admin":
                check_protection(caller, replace(branch, protection="admin_perms_required"))
            if "name" in change and change["name"] != branch.name:
                _check_name(agent, change["name"])
            if change.get("is_archived"):
                _check_archivable(agent, branch)
            branch = replace(
                branch,
                name=change.get("name", branch.name),
                description=change.get("description", branch.description),
                is_archived=change.get("is_archived", branch.is_archived),
                protection=change.get("protection_status", branch.protection),
                auto_rebase=change.get("auto_rebase", branch.auto_rebase),
            )
            await self._store.note(transaction, actor, updated(NOUN), agent.id)
            return await self._store.save(transaction, agent.with_branch(branch))

        agent = await self._store.changing(work)
        return await self._shown(caller, agent, agent.branch(branch_id))

    async def delete(self, actor: Actor, agent_id: str, branch_id: str) -> None:
        """Remove a branch that was put away before. Its versions stay: other branches may descend from them."""
        caller = caller_of(actor)

        async def work(transaction: DocumentTransaction) -> None:
            agent = await self._store.agent(caller.workspace_id, agent_id, transaction)
            branch = agent.branch(branch_id)
            check_protection(caller, branch)
            _refuse_main(agent, branch)
            if not branch.is_archived:
                raise Conflict(
                    f"The branch {branch.name!r} is in use. Archive it first (is_archived: true).",
                    status="branch_not_archived",
                )
            query = Query(parent_id=agent.id)
            async for row in every(transaction, DRAFTS, agent.workspace_id, query):
                if row.body["branch_id"] == branch_id:
                    await transaction.delete(DRAFTS, agent.workspace_id, row.id)
            left = {id: _without_parent(other, branch) for id, other in agent.branches.items() if id != branch_id}
            traffic = {id: share for id, share in agent.traffic.items() if id != branch_id}
            await self._store.note(transaction, actor, deleted(NOUN), agent.id)
            await self._store.save(transaction, replace(agent, branches=left, traffic=traffic))

        await self._store.changing(work)

    # -----------------------------------------------------------------------------------------------------------
    # Merging

    async def preview_merge(
        self, caller: Caller, agent_id: str, source_id: str, target_id: str, *, force: bool = False
    ) -> Body:
        """What a merge would make of the target, and the fields that both changed."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        outcome = await self._merge_of(self._store.documents, agent, source_id, target_id, force=force)
        return await self._preview(caller, outcome, outcome.target)

    async def merge(
        self,
        actor: Actor,
        agent_id: str,
        source_id: str,
        target_id: str,
        *,
        force: bool = False,
        archive_source: bool = True,
    ) -> Body:
        """Merge a branch into another one; the source is put away, and its traffic goes to the target."""
        caller = caller_of(actor)

        async def work(transaction: DocumentTransaction) -> Branch:
            agent = await self._store.agent(caller.workspace_id, agent_id, transaction)
            outcome = await self._merge_of(transaction, agent, source_id, target_id, force=force)
            source, target = outcome.source, outcome.target
            may_commit(caller, target)
            if archive_source:
                check_protection(caller, source)
            if not outcome.is_nothing:
                parents = Parents(in_branch=target.tip, merged_from_branch=source.id, merged_from=source.tip)
                agent, target = await self._commit(transaction, caller.user_id, outcome, target, parents)
            source = replace(source, merged_into=target.id, merged_tip=source.tip)
            agent = agent.with_branch(source)
            if archive_source and source.id != agent.main_branch_id:
                agent = await self._put_away(transaction, caller, agent, source, target)
            await self._store.note(transaction, actor, updated(NOUN), agent.id)
            await self._store.save(transaction, agent)
            return target

        target = await self._store.changing(work)
        return {"agent_id": agent_id, "branch_id": target.id, "version_id": target.tip}

    async def _put_away(
        self, transaction: DocumentTransaction, caller: Caller, agent: Agent, source: Branch, target: Branch
    ) -> Agent:
        """Archive a merged branch. Its callers go on with the branch that holds its changes now."""
        agent = agent.with_branch(replace(source, is_archived=True))
        share = agent.traffic.get(source.id, 0.0)
        if not share:
            return agent
        traffic = {id: percent for id, percent in agent.traffic.items() if id != source.id}
        traffic[target.id] = traffic.get(target.id, 0.0) + share
        deployment: Body = {"traffic": traffic, "source": "branch_merge", "user_id": caller.user_id}
        await transaction.insert(DEPLOYMENTS, agent.workspace_id, deployment, parent_id=agent.id)
        return replace(agent, traffic=traffic)

    async def _merge_of(
        self, reader: DocumentReader, agent: Agent, source_id: str, target_id: str, *, force: bool
    ) -> Outcome:
        source, target = agent.branch(source_id), agent.branch(target_id)
        _check_merge(agent, source, target)
        work = await Joining.of(self._store, reader, agent, source, target)
        merged = await (work.forced() if force else work.newest_first())
        return work.outcome(merged, onto=work.target_config)

    # -----------------------------------------------------------------------------------------------------------
    # Rebasing

    async def preview_rebase(self, caller: Caller, agent_id: str, branch_id: str, onto_id: str | None) -> Body:
        """What a rebase would make of the branch, and the fields that both changed."""
        agent = await self._store.agent(caller.workspace_id, agent_id)
        outcome = await self._rebase_of(self._store.documents, agent, branch_id, onto_id)
        return await self._preview(caller, outcome, outcome.source)

    async def rebase(self, actor: Actor, agent_id: str, branch_id: str, onto_id: str | None = None) -> Body:
        """Bring a branch up to another one, the main one by default, and keep the branch's own changes on top."""
        caller = caller_of(actor)

        async def work(transaction: DocumentTransaction) -> Branch:
            agent = await self._store.agent(caller.workspace_id, agent_id, transaction)
            outcome = await self._rebase_of(transaction, agent, branch_id, onto_id)
            branch, onto = outcome.source, outcome.target
            may_commit(caller, branch)
            if outcome.is_nothing:
                raise Conflict(
                    f"The branch {branch.name!r} already has everything that {onto.name!r} has.",
                    status="nothing_to_rebase",
                )
            parents = Parents(in_branch=branch.tip, rebased_from=onto.tip)
            agent, branch = await self._commit(transaction, caller.user_id, outcome, branch, parents)
            await self._store.note(transaction, actor, updated(NOUN), agent.id)
            await self._store.save(transaction, agent)
            return branch

        branch = await self._store.changing(work)
        return {"agent_id": agent_id, "branch_id": branch.id, "version_id": branch.tip}

    async def _rebase_of(self, reader: DocumentReader, agent: Agent, branch_id: str, onto_id: str | None) -> Outcome:
        branch, onto = agent.branch(branch_id), agent.branch(onto_id or agent.main_branch_id)
        if branch.id == onto.id:
            raise Conflict(f"The branch {branch.name!r} cannot be rebased onto itself.", status="circular_rebase")
        work = await Joining.of(self._store, reader, agent, branch, onto)
        return work.outcome(await work.forced(), onto=work.source_config)

    async def follow_main(self, workspace_id: str, agent_id: str, branch_id: str) -> None:
        """Rebase a branch that follows main, unless both changed the same fields; remembers how it went."""

        async def work(transaction: DocumentTransaction) -> None:
            agent = await self._store.agent(workspace_id, agent_id, transaction)
            branch = agent.branches.get(branch_id)
            if branch is None or branch.is_archived or not branch.auto_rebase:
                return
            agent, outcome = await self._followed(transaction, agent, branch)
            attempt: Body = {"outcome": outcome, "attempted_at": self._store.clock.now() // SECOND}
            await self._store.save(
                transaction, agent.with_branch(replace(agent.branch(branch_id), last_rebase=attempt))
            )

        try:
            await self._store.changing(work)
        except NotFound:
            return  # The agent was deleted meanwhile: nothing is left to do.

    async def _followed(self, transaction: DocumentTransaction, agent: Agent, branch: Branch) -> tuple[Agent, str]:
        try:
            outcome = await self._rebase_of(transaction, agent, branch.id, None)
            if outcome.merged.conflicts:
                return agent, "conflict"
            if outcome.is_nothing:
                return agent, "succeeded"
            parents = Parents(in_branch=branch.tip, rebased_from=agent.main.tip)
            agent, _ = await self._commit(transaction, branch.created_by, outcome, branch, parents)
        except RequestValidationError:
            return agent, "rejected"
        except Conflict as conflict:
            return agent, "no_common_ancestor" if conflict.status == "no_common_ancestor" else "error"
        return agent, "succeeded"

    # -----------------------------------------------------------------------------------------------------------
    # Both

    async def _commit(
        self, transaction: DocumentTransaction, author: str, outcome: Outcome, branch: Branch, parents: Parents
    ) -> tuple[Agent, Branch]:
        config = outcome.merged.document
        check_config(config)
        other = outcome.target if branch.id == outcome.source.id else outcome.source
        description = f"Rebase onto {other.name}" if parents.rebased_from else f"Merge {other.name}"
        return await self._store.commit(
            transaction, outcome.agent, branch, config, author=author, description=description, parents=parents
        )

    async def _preview(self, caller: Caller, outcome: Outcome, branch: Branch) -> Body:
        agent, conflicts = outcome.agent, outcome.merged.conflicts
        people = await self._authors(caller, [agent.created_by])
        config = outcome.merged.document
        shown = agent_body(agent, caller, people, config=config, branch_id=branch.id, version_id=branch.tip)
        return {
            **shown,
            "overridden_fields": [".".join(conflict.path) for conflict in conflicts],
            "conflicts": [conflict_body(conflict) for conflict in conflicts],
            "source_identical_to_target": outcome.is_nothing,
        }


def _check_name(agent: Agent, name: str) -> None:
    if any(branch.name == name for branch in agent.branches.values()):
        raise Invalid(
            ("body", "name"), f"The agent has a branch named {name!r} already. Choose another name.", type="name_taken"
        )


def _without_parent(branch: Branch, gone: Branch) -> Branch:
    """The branch once another one is gone: what sprang from that springs from where that sprang from."""
    return replace(branch, parent_branch_id=gone.parent_branch_id) if branch.parent_branch_id == gone.id else branch


def _refuse_main(agent: Agent, branch: Branch) -> None:
    if branch.id == agent.main_branch_id:
        raise Conflict("The main branch stays: it cannot be archived or deleted.", status="main_branch")


def _check_archivable(agent: Agent, branch: Branch) -> None:
    _refuse_main(agent, branch)
    share = agent.traffic.get(branch.id, 0.0)
    if share:
        raise Conflict(
            f"The branch {branch.name!r} gets {share:g} % of the traffic. Deploy other branches first.",
            status="branch_is_live",
        )


def _check_merge(agent: Agent, source: Branch, target: Branch) -> None:
    if source.id == target.id:
        raise Conflict(f"The branch {source.name!r} cannot be merged into itself.", status="circular_merge")
    if source.is_archived:
        raise Conflict(f"The branch {source.name!r} is archived. Restore it first.", status="branch_archived")
    parent = target.parent_branch_id
    while parent is not None:
        if parent == source.id:
            raise Conflict(
                f"The branch {target.name!r} sprang from {source.name!r}: merging back would go in a circle. "
                f"Rebase {target.name!r} instead.",
                status="circular_merge",
            )
        parent = agent.branches[parent].parent_branch_id if parent in agent.branches else None
