"""A workflow holds together: edges join nodes that are there, orders name edges that are there."""

import pytest

from vivavoce.features.agents.document.graph import graph_problems

START = {"type": "start"}
END = {"type": "end"}
NODES = {"start_node": START, "talk": {"type": "override_agent", "label": "Talk"}, "end": END}


def edge(source: str, target: str) -> dict[str, str]:
    return {"source": source, "target": target}


def places(workflow: dict[str, object]) -> list[list[str | int]]:
    return [problem["loc"] for problem in graph_problems(workflow, place=("workflow",))]


@pytest.mark.parametrize(
    "workflow",
    [
        {},
        {"nodes": None, "edges": None},
        {"nodes": {"start_node": START}},
        {"nodes": NODES, "edges": {"a": edge("start_node", "talk"), "b": edge("talk", "end")}},
        {"nodes": {**NODES, "start_node": {"edge_order": ["a"]}}, "edges": {"a": edge("start_node", "talk")}},
        {"nodes": NODES, "edges": {"again": edge("talk", "talk")}},
    ],
)
def test_a_workflow_that_holds_together(workflow: dict[str, object]):
    assert places(workflow) == []


@pytest.mark.parametrize(
    ("workflow", "place"),
    [
        ({"nodes": NODES, "edges": {"a": edge("nobody", "talk")}}, ["edges", "a", "source"]),
        ({"nodes": NODES, "edges": {"a": edge("talk", "nobody")}}, ["edges", "a", "target"]),
        ({"edges": {"a": edge("start_node", "talk")}}, ["edges", "a", "target"]),
        ({"nodes": NODES, "edges": {"a": edge("talk", "end"), "b": edge("talk", "end")}}, ["edges", "b"]),
        ({"nodes": NODES, "edges": {"a": edge("talk", "end"), "b": edge("end", "talk")}}, ["edges", "b"]),
        ({"nodes": {"start_node": {"edge_order": ["a"]}}}, ["nodes", "start_node", "edge_order", 0]),
        (
            {"nodes": {**NODES, "talk": {"edge_order": ["a", "a"]}}, "edges": {"a": edge("talk", "end")}},
            ["nodes", "talk", "edge_order", 1],
        ),
    ],
)
def test_what_does_not_hold_together_is_named(workflow: dict[str, object], place: list[str | int]):
    assert places(workflow) == [["workflow", *place]]


def test_the_message_names_what_is_there():
    [problem] = graph_problems({"nodes": NODES, "edges": {"a": edge("tlak", "end")}}, place=("workflow",))
    assert problem["msg"] == "There is no node 'tlak' in this workflow. Its nodes: 'start_node', 'talk', 'end'."
