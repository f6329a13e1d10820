"""Two branches of an agent brought together: what `merge` makes of what they and their common ancestor say.

Reads, decides, stores nothing. `branching` commits the outcome or shows it as a preview.
"""

from collections.abc import Mapping

from vivavoce.base.errors import Conflict
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.features.agents.lineage import Tree, common_ancestor, own_line
from vivavoce.features.agents.merge import ABSENT, FieldConflict, Merged, Path, changed_at, same, three_way
from vivavoce.features.agents.records import Agent, Branch
from vivavoce.features.agents.store import AgentStore
from vivavoce.ports.documents import DocumentReader

WHOLE_FIELDS: frozenset[Path] = frozenset({("workflow",), ("procedures",)})
"""Half of one workflow with half of another is no workflow."""


@frozen
class Outcome:
    """A merge or rebase that was worked out but not done."""

    agent: Agent
    source: Branch
    target: Branch
    merged: Merged
    is_nothing: bool
    """The branch that would get a version says all of it already, and there was nothing to settle."""


@frozen
class Joining:
    """Two branches, their common ancestor, and what all three say."""

    store: AgentStore
    reader: DocumentReader
    agent: Agent
    tree: Tree
    source: Branch
    target: Branch
    base: str
    base_config: Body
    source_config: Body
    target_config: Body

    @classmethod
    async def of(
        cls, store: AgentStore, reader: DocumentReader, agent: Agent, source: Branch, target: Branch
    ) -> "Joining":
        tree = await store.tree(agent, reader)
        base = common_ancestor(tree, source.tip, target.tip)
        if base is None:
            raise Conflict(
                f"The branches {source.name!r} and {target.name!r} have no version in common.",
                status="no_common_ancestor",
            )
        configs = [await store.config_of(agent, tip, reader) for tip in (base, source.tip, target.tip)]
        return cls(store, reader, agent, tree, source, target, base, *configs)

    async def forced(self) -> Merged:
        """Every conflict goes to the source."""
        return self._merged(dict.fromkeys(self._conflicting(), True))

    async def newest_first(self) -> Merged:
        """Every conflict goes to the side that changed the field last."""
        conflicting = self._conflicting()
        if not conflicting:
            return self._merged({})
        sources = await self._history(self.source)
        targets = await self._history(self.target)
        return self._merged({path: changed_at(path, sources) > changed_at(path, targets) for path in conflicting})

    def _conflicting(self) -> list[Path]:
        return [conflict.path for conflict in self._merged({}).conflicts]

    def _merged(self, source_wins: Mapping[Path, bool]) -> Merged:
        return three_way(
            self.base_config,
            self.source_config,
            self.target_config,
            source_wins=lambda path: source_wins.get(path, False),
            whole=WHOLE_FIELDS,
        )

    async def _history(self, branch: Branch) -> list[tuple[int, Body]]:
        """What the branch said since the two parted, newest first."""
        line = own_line(self.tree, branch.tip, self.base)
        return [(self.tree[id].committed_at, await self.store.config_of(self.agent, id, self.reader)) for id in line]

    def outcome(self, merged: Merged, onto: Body) -> Outcome:
        """The merge, beside what the branch that would get it says now.

        A conflict that was settled in favour of what is there changes no field, but is worth a version: without it
        the next merge would meet the same conflict again.
        """
        is_nothing = not merged.conflicts and same(merged.document, onto)
        return Outcome(self.agent, self.source, self.target, merged, is_nothing)


def conflict_body(conflict: FieldConflict) -> Body:
    section, *rest = conflict.path
    return {
        "path": ".".join(rest) or section,
        "section": section,
        "base_value": _plain(conflict.base),
        "source_value": _plain(conflict.source),
        "target_value": _plain(conflict.target),
    }


def _plain(value: object) -> Json:
    return None if value is ABSENT else value
