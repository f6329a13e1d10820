"""A workflow as a graph: every edge joins two nodes that are there, every order names edges that are there.

The models say what a node and an edge look like; here is what they have to be together. The contract draws one edge
between two nodes, whose `backward_condition` is the way back, so a second edge between the same two is refused.
"""

from collections.abc import Iterable, Iterator, Mapping

from vivavoce.api.faults import Fault
from vivavoce.base.errors import quoted
from vivavoce.base.json import Body, Json

_MOST_NAMED = 5


def graph_problems(workflow: Mapping[str, Json], *, place: tuple[str, ...]) -> list[Fault]:
    """What is wrong with a workflow that its models have accepted, as `{loc, msg, type}`."""
    nodes: Mapping[str, Body] = workflow.get("nodes") or {"start_node": {}}
    edges: Mapping[str, Body] = workflow.get("edges") or {}
    return [*_edges(nodes, edges, (*place, "edges")), *_orders(nodes, edges, (*place, "nodes"))]


def _edges(nodes: Mapping[str, Body], edges: Mapping[str, Body], place: tuple[str, ...]) -> Iterator[Fault]:
    joined = dict[frozenset[str], str]()
    for id, edge in edges.items():
        ends: dict[str, str] = {end: edge[end] for end in ("source", "target")}
        unknown = [end for end, node in ends.items() if node not in nodes]
        for end in unknown:
            message = f"There is no node {quoted(ends[end])} in this workflow. Its nodes: {_some(nodes)}."
            yield _fault((*place, id, end), message, "unknown_node")
        pair = frozenset(ends.values())
        if not unknown and pair in joined:
            message = (
                f"The edge {quoted(joined[pair])} joins these nodes already, and there is one edge between two. "
                "Merge them: the way back is an edge's backward_condition."
            )
            yield _fault((*place, id), message, "duplicate_edge")
        joined.setdefault(pair, id)


def _orders(nodes: Mapping[str, Body], edges: Mapping[str, Body], place: tuple[str, ...]) -> Iterator[Fault]:
    for id, node in nodes.items():
        order: list[str] = node.get("edge_order") or []
        for index, edge in enumerate(order):
            here = (*place, id, "edge_order", index)
            if edge not in edges:
                message = f"There is no edge {quoted(edge)} in this workflow. Its edges: {_some(edges) or 'none'}."
                yield _fault(here, message, "unknown_edge")
            elif edge in order[:index]:
                yield _fault(
                    here, f"The edge {quoted(edge)} stands in this order already. Name it once.", "duplicate_edge"
                )


def _some(names: Iterable[str]) -> str:
    """The first few names, for a message that helps with a typing error."""
    known = [quoted(name) for name in names]
    return ", ".join(known[:_MOST_NAMED]) + (" and more" if len(known) > _MOST_NAMED else "")


def _fault(loc: tuple[str | int, ...], message: str, type: str) -> Fault:
    return {"loc": list(loc), "msg": message, "type": type}
