"""Who may move a branch, and what a new one looks like."""

from vivavoce.base.errors import Conflict, Forbidden
from vivavoce.features.agents.records import BRANCH_PREFIX, Branch
from vivavoce.features.workspace.service import Actor
from vivavoce.ports.clock import Clock
from vivavoce.ports.identity import ALL, Caller


def caller_of(actor: Actor) -> Caller:
    """Who acts, as a caller; the operator at the machine may do everything and is nobody in particular."""
    return actor.caller or Caller(actor.workspace_id, "", "admin", frozenset({ALL}))


def new_branch(clock: Clock, name: str, caller: Caller, *, description: str = "", parent: str | None = None) -> Branch:
    """A branch that nothing has been committed to yet."""
    now = clock.now()
    return Branch(
        id=clock.new_id(BRANCH_PREFIX),
        name=name,
        tip="",
        created_at=now,
        committed_at=now,
        description=description,
        created_by=caller.user_id,
        parent_branch_id=parent,
    )


def may_commit(caller: Caller, branch: Branch) -> None:
    """Refuse a commit to a branch that is put away, or protected from this caller."""
    if branch.is_archived:
        raise Conflict(
            f"The branch {branch.name!r} is archived. Restore it first (is_archived: false).", status="branch_archived"
        )
    check_protection(caller, branch)


def check_protection(caller: Caller, branch: Branch) -> None:
    """Refuse any change of a protected branch by somebody who is not an admin."""
    if branch.protection == "admin_perms_required" and caller.role != "admin":
        raise Forbidden(
            f"The branch {branch.name!r} is protected: only a workspace admin may change it.", status="branch_protected"
        )
