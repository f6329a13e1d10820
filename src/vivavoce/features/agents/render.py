"""Agents, branches and versions as the contract shows them. Plain data in, plain data out; defaults are added here."""

from collections.abc import Mapping
from functools import cache

from vivavoce.base.json import Body
from vivavoce.features.agents.document.defaults import with_defaults
from vivavoce.features.agents.people import Person, access_info
from vivavoce.features.agents.records import Agent, Branch, Version
from vivavoce.ports.clock import SECOND
from vivavoce.ports.documents import Document
from vivavoce.ports.identity import Caller

PeopleById = Mapping[str, Person]
Apart = tuple[int, int]
"""Commits ahead of main, commits behind it."""


def agent_body(
    agent: Agent, caller: Caller, people: PeopleById, *, config: Body, branch_id: str, version_id: str | None
) -> Body:
    """An agent at one version, whole."""
    return {
        "procedures": {},
        **with_defaults(config),
        "agent_id": agent.id,
        "name": agent.name,
        "tags": agent.tags,
        "metadata": _metadata(agent.stored),
        "phone_numbers": [],
        "whatsapp_accounts": [],
        "access_info": access_info(caller, agent.created_by, people),
        "version_id": version_id,
        "branch_id": branch_id,
        "main_branch_id": agent.main_branch_id,
    }


def _metadata(row: Document) -> Body:
    return {"created_at_unix_secs": row.created_at // SECOND, "updated_at_unix_secs": row.updated_at // SECOND}


def summary_body(row: Document, caller: Caller, people: PeopleById, last_call_at: int | None) -> Body:
    """An agent as it stands in a list, from its row's summary."""
    summary = row.body
    return {
        "agent_id": row.id,
        "name": summary["name"],
        "voice_id": summary["voice_id"] or _default_voice_id(),
        "tags": summary["tags"],
        **_metadata(row),
        "access_info": access_info(caller, summary["created_by"], people),
        "last_call_time_unix_secs": None if last_call_at is None else last_call_at // SECOND,
        "archived": summary["archived"],
    }


@cache
def _default_voice_id() -> str:
    # A list asks this of every agent, and adding all defaults to find one costs more than the rest of its line.
    return str(with_defaults({"conversation_config": {}})["conversation_config"]["tts"]["voice_id"])


def branch_summary_body(
    agent: Agent,
    branch: Branch,
    caller: Caller,
    people: PeopleById,
    *,
    draft: Body | None,
    apart: Apart | None,
) -> Body:
    """A branch as it stands in a list. `draft` is the caller's own; `apart` counts commits ahead and behind."""
    ahead, behind = apart or (None, None)
    return {
        **_branch(agent, branch, caller, people),
        "parent_branch_id": branch.parent_branch_id,
        "draft_exists": draft is not None,
        "draft_created_at": None if draft is None else draft["created_at"] // SECOND,
        "draft_is_behind_tip": draft is not None and draft["created_at"] < branch.committed_at,
        "calls_7d": 0,
        "commits_ahead": ahead,
        "commits_behind": behind,
        "merged_into_branch_id": branch.merged_into if branch.merged_tip == branch.tip else None,
    }


def branch_body(agent: Agent, branch: Branch, caller: Caller, people: PeopleById, newest: list[Version]) -> Body:
    """A branch, with its newest versions."""
    parent = agent.branches.get(branch.parent_branch_id or "")
    return {
        **_branch(agent, branch, caller, people),
        "parent_branch": None if parent is None else {"id": parent.id, "name": parent.name},
        "most_recent_versions": [version_body(agent, version, caller, people) for version in newest],
    }


def _branch(agent: Agent, branch: Branch, caller: Caller, people: PeopleById) -> Body:
    return {
        "id": branch.id,
        "name": branch.name,
        "agent_id": agent.id,
        "description": branch.description,
        "created_at": branch.created_at // SECOND,
        "last_committed_at": branch.committed_at // SECOND,
        "is_archived": branch.is_archived,
        "protection_status": branch.protection,
        "auto_rebase": branch.auto_rebase,
        "sync_status": {"last_attempt": branch.last_rebase},
        "access_info": access_info(caller, branch.created_by, people),
        "current_live_percentage": agent.traffic.get(branch.id, 0.0),
    }


def version_body(agent: Agent, version: Version, caller: Caller, people: PeopleById) -> Body:
    """What is known of a version besides what it says."""
    branch = agent.branches.get(version.branch_id)
    merged_into = branch.merged_into if branch and branch.merged_tip == version.id else None
    parents = version.parents
    return {
        "id": version.id,
        "agent_id": agent.id,
        "branch_id": version.branch_id,
        "version_description": version.description,
        "seq_no_in_branch": version.number,
        "time_committed_secs": version.committed_at // SECOND,
        "parents": {
            "in_branch_parent_id": parents.in_branch,
            "out_of_branch_parent_id": parents.out_of_branch,
            "merged_into_branch_id": merged_into,
            "merged_from_branch_id": parents.merged_from_branch,
            "merged_from_version_id": parents.merged_from,
            "rebased_from_version_id": parents.rebased_from,
        },
        "access_info": access_info(caller, version.author, people),
    }
