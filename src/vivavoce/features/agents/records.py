"""The records behind an agent: the agent itself with its branches, its versions, their contents, drafts, deployments.

    Agent        one row: name, tags, branches, traffic, and the document of the main branch's tip, so that the
                 commonest read is one row
    Version      what was committed: where in history, by whom, why; never changed afterwards
    Content      what a version says. Found by its digest and stored once, however many versions say it
    Draft        one person's unpublished edit of a branch; no call ever runs it
    Deployment   how the traffic was shared out, from when on

An agent's row is the one place where branches move. Every commit, merge, archival and deployment replaces it and
names the revision it read, so two of them at once cannot both win: the second is done again on what the first left.

A document (`config`) is kept exactly as it was sent: unknown fields, null against absent, the order of keys and
lists. Defaults are added when it is read (`document/defaults`), never here.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, fields, replace
from typing import Any, Literal, cast

import orjson

from vivavoce.base.errors import NotFound, quoted
from vivavoce.base.frozen import frozen
from vivavoce.base.ids import ENTROPY_BYTES, make_id
from vivavoce.base.json import Body, Json
from vivavoce.features.agents import references
from vivavoce.ports.documents import Document, Kind, Reference

Protection = Literal["writer_perms_required", "admin_perms_required"]

MAIN = "main"
BRANCH_PREFIX = "agtbrch"
VERSION_PREFIX = "agtvrsn"


# ---------------------------------------------------------------------------------------------------------------
# Agents and their branches


@frozen(kw_only=True)
class Branch:
    """A line of versions. `tip` is the newest of them, `commits` counts them."""

    id: str
    name: str
    tip: str
    created_at: int
    committed_at: int
    description: str = ""
    created_by: str = ""
    commits: int = 0
    parent_branch_id: str | None = None
    is_archived: bool = False
    protection: Protection = "writer_perms_required"
    auto_rebase: bool = False
    last_rebase: Body | None = None
    merged_into: str | None = None
    """The branch that this one's `merged_tip` was merged into last."""
    merged_tip: str | None = None
    uses: tuple[tuple[str, str], ...] = ()
    """Kind and id of everything the tip's document refers to."""

    @classmethod
    def read(cls, id: str, body: Body) -> "Branch":
        """A branch as it stands in its agent's row."""
        known: Body = {**body, "id": id, "uses": tuple((kind, used) for kind, used in body.get("uses", ()))}
        return cls(**known)

    def written(self) -> Body:
        """The branch as its agent's row keeps it; what is not set is left out."""
        body: Body = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in ("id", "uses")}
        body["uses"] = [list(use) for use in self.uses]
        return {name: value for name, value in body.items() if value is not None and value is not False and value != ""}


@frozen(kw_only=True)
class Agent:
    """An agent's row."""

    id: str
    workspace_id: str
    name: str
    tags: Sequence[str]
    created_by: str
    main_branch_id: str
    branches: Mapping[str, Branch]
    traffic: Mapping[str, float]
    config: Body
    """The document of the main branch's tip."""
    row: Document | None = None

    @classmethod
    def read(cls, row: Document) -> "Agent":
        """The agent in a row."""
        body = row.body
        branches = {id: Branch.read(id, branch) for id, branch in body["branches"].items()}
        return cls(
            id=row.id,
            workspace_id=row.workspace_id,
            name=body["name"],
            tags=body["tags"],
            created_by=body["created_by"],
            main_branch_id=body["main_branch_id"],
            branches=branches,
            traffic=body["traffic"],
            config=body["config"],
            row=row,
        )

    def written(self) -> Body:
        """The body of the agent's row."""
        return {
            "name": self.name,
            "tags": list(self.tags),
            "created_by": self.created_by,
            "main_branch_id": self.main_branch_id,
            "branches": {id: branch.written() for id, branch in self.branches.items()},
            "traffic": dict(self.traffic),
            "config": self.config,
        }

    @property
    def stored(self) -> Document:
        """The row of an agent that was stored."""
        assert self.row is not None, "only a new agent has no row yet"
        return self.row

    @property
    def main(self) -> Branch:
        """The branch that is always there."""
        return self.branches[self.main_branch_id]

    def branch(self, id: str) -> Branch:
        """A branch by its id, or `NotFound`."""
        if id not in self.branches:
            raise NotFound(f"The agent {self.id!r} has no branch {quoted(id)}.", status="branch_not_found")
        return self.branches[id]

    def with_branch(self, branch: Branch) -> "Agent":
        """The agent with a branch as it is now."""
        return replace(self, branches={**self.branches, branch.id: branch})


def is_archived(config: Mapping[str, Any]) -> bool:
    """Whether a document says that its agent is put away."""
    settings = config.get("platform_settings")
    return isinstance(settings, dict) and cast(Body, settings).get("archived") is True


def _facets(body: Body) -> Mapping[str, Iterable[str]]:
    return {
        "archived": ["true" if is_archived(body["config"]) else "false"],
        "tag": [str(tag) for tag in body["tags"]],
        "creator": [body["created_by"]],
    }


def _references(body: Body) -> Iterable[Reference]:
    main = body["main_branch_id"]
    yield from references.references(body["config"])
    for id, branch in body["branches"].items():
        if id != main and not branch.get("is_archived"):
            yield from (Reference(kind, used) for kind, used in branch.get("uses", ()))


def summary(body: Body) -> Body:
    """What the list shows of an agent's row; a voice that nobody chose is None."""
    match body["config"]:
        case {"conversation_config": {"tts": {"voice_id": str(chosen)}}}:
            voice_id = chosen
        case _:
            voice_id = None
    return {
        "name": body["name"],
        "tags": body["tags"],
        "created_by": body["created_by"],
        "archived": is_archived(body["config"]),
        "voice_id": voice_id,
    }


AGENTS = Kind(references.AGENTS, "agent", facets=_facets, references=_references, summary=summary)


# ---------------------------------------------------------------------------------------------------------------
# Versions


@frozen(kw_only=True)
class Parents:
    """Where a version comes from."""

    in_branch: str | None = None
    out_of_branch: str | None = None
    """The version that the branch sprang from."""
    merged_from_branch: str | None = None
    merged_from: str | None = None
    rebased_from: str | None = None

    def ids(self) -> tuple[str, ...]:
        """The versions that it descends from, its own line first."""
        found = (self.in_branch, self.out_of_branch, self.merged_from, self.rebased_from)
        return tuple(id for id in found if id is not None)


@frozen(kw_only=True)
class Version:
    """One commit. Its id ends in the digest of all that it is, so the same id is the same commit."""

    id: str = ""
    agent_id: str
    branch_id: str
    number: int
    """Which commit of its branch, from 1."""
    content: str
    """The id of what it says."""
    committed_at: int
    author: str = ""
    description: str = ""
    parents: Parents = field(default_factory=Parents)

    @classmethod
    def read(cls, row: Document) -> "Version":
        """The version in a row."""
        body = row.body
        return cls(
            id=row.id,
            agent_id=row.parent_id or "",
            branch_id=body["branch_id"],
            number=body["number"],
            content=body["content"],
            committed_at=body["committed_at"],
            author=body["author"],
            description=body["description"],
            parents=Parents(**body["parents"]),
        )

    def written(self) -> Body:
        """The body of the version's row."""
        parents = {each.name: getattr(self.parents, each.name) for each in fields(Parents)}
        return {
            "branch_id": self.branch_id,
            "number": self.number,
            "content": self.content,
            "committed_at": self.committed_at,
            "author": self.author,
            "description": self.description,
            "parents": {name: id for name, id in parents.items() if id is not None},
        }

    def address(self) -> str:
        """The id that this commit has to have: its time, then the digest of all of it."""
        digest = hashlib.sha256(canonical([self.agent_id, self.written()])).digest()
        return make_id(VERSION_PREFIX, self.committed_at, digest[:ENTROPY_BYTES])


def _version_facets(body: Body) -> Mapping[str, Iterable[str]]:
    return {"branch": [body["branch_id"]]}


VERSIONS = Kind("agent_versions", VERSION_PREFIX, facets=_version_facets, noun="version")
CONTENTS = Kind("agent_contents", "agtcont")


def content_address(agent_id: str, config: Body) -> str:
    """The id of a document within its agent; the order of keys does not matter."""
    digest = hashlib.sha256(agent_id.encode() + b"\0" + canonical(config)).hexdigest()
    return f"{CONTENTS.prefix}_{digest[:40]}"


def canonical(value: Json) -> bytes:
    """JSON text that is the same for the same JSON."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@frozen
class Running:
    """What a conversation runs: one version of one branch, as it was sent; or a draft, which is no version."""

    workspace_id: str
    agent_id: str
    name: str
    branch_id: str
    version_id: str | None
    config: Body


def agent_tag(version_id: str, name: str, tags: Sequence[str]) -> str:
    """What somebody has read of an agent, in a word: the version, and what belongs to the agent as a whole."""
    digest = hashlib.sha256(canonical([name, list(tags)])).hexdigest()
    return f"{version_id}-{digest[:12]}"


# ---------------------------------------------------------------------------------------------------------------
# Drafts and deployments


def draft_key(branch_id: str, user_id: str) -> str:
    """One draft per person and branch."""
    return f"{branch_id}/{user_id}"


def draft_tag(row: Document) -> str:
    """Which state of a draft this is, in a word."""
    return f"{row.id}-{row.revision}"


def _draft_key(body: Body) -> str:
    return draft_key(body["branch_id"], body["user_id"])


def _user(body: Body) -> Mapping[str, Iterable[str]]:
    return {"user": [body["user_id"]]}


DRAFTS = Kind("agent_drafts", "agtdrft", unique=_draft_key, facets=_user, noun="draft")
DEPLOYMENTS = Kind("agent_deployments", "agtdepl", noun="deployment")

OWNED = (VERSIONS, CONTENTS, DRAFTS, DEPLOYMENTS)
"""What goes when an agent goes."""


# ---------------------------------------------------------------------------------------------------------------
# Whose agent is it

EVERYWHERE = "everywhere"
"""The workspace that no caller has: what belongs to the installation as a whole."""

ADDRESSES = Kind("agent_addresses", "agent", noun="agent")
"""Agent id to workspace, for the routes that people without a key come in by (the widget, public calls)."""
