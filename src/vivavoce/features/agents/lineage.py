"""The family tree of an agent's versions: who descends from whom.

A version has up to three parents: the one before it on its branch, the one its branch sprang from, and the one that
was merged in or rebased onto. Parents are always committed before their children, so walking back in time order
meets the newest common ancestor first.
"""

import heapq
from collections.abc import Iterator, Mapping

from vivavoce.base.frozen import frozen


@frozen
class Node:
    """A version, as far as its family is concerned. Parents that nobody knows are ignored."""

    id: str
    committed_at: int
    parents: tuple[str, ...] = ()


Tree = Mapping[str, Node]


def ancestors(tree: Tree, tip: str) -> frozenset[str]:
    """The version itself and everything it descends from."""
    return frozenset(node.id for node in _backwards(tree, tip))


def common_ancestor(tree: Tree, one: str, other: str) -> str | None:
    """The newest version that both descend from (or are); None if they are strangers."""
    known = ancestors(tree, one)
    return next((node.id for node in _backwards(tree, other) if node.id in known), None)


def ahead_and_behind(tree: Tree, tip: str, main_tip: str) -> tuple[int, int] | None:
    """How many versions each side has that the other has not; None for strangers."""
    mine, mains = ancestors(tree, tip), ancestors(tree, main_tip)
    if not mine & mains:
        return None
    return len(mine - mains), len(mains - mine)


def own_line(tree: Tree, tip: str, base: str) -> tuple[str, ...]:
    """The versions from `tip` back to `base` along first parents, newest first; `base` comes last.

    A base that came in through a merge or a rebase is not on that line. Then the line ends where it gets older than
    the base: what changed before that did not change since.
    """
    line: list[str] = []
    here = tree.get(tip)
    while here is not None and here.id != base and here.committed_at >= tree[base].committed_at:
        line.append(here.id)
        here = tree.get(here.parents[0]) if here.parents else None
    return (*line, base)


def _backwards(tree: Tree, tip: str) -> Iterator[Node]:
    """Every ancestor once, newest first."""
    if tip not in tree:
        return
    waiting = [(-tree[tip].committed_at, tip)]
    seen = {tip}
    while waiting:
        _, id = heapq.heappop(waiting)
        yield tree[id]
        for parent in tree[id].parents:
            if parent in tree and parent not in seen:
                seen.add(parent)
                heapq.heappush(waiting, (-tree[parent].committed_at, parent))
