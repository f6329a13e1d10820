"""The family tree of versions."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.features.agents.lineage import Node, ahead_and_behind, ancestors, common_ancestor, own_line


def tree(**parents: str):
    """`tree(a="", b="a", c="a b")`: nodes in the order they were committed."""
    return {id: Node(id, time, tuple(of.split())) for time, (id, of) in enumerate(parents.items())}


#   a - b ---- e - f        main
#        \- c - d /         dev, merged into main at f
MERGED = tree(a="", b="a", c="b", d="c", e="b", f="e d")


def test_ancestors_include_the_version_itself():
    assert ancestors(MERGED, "d") == {"a", "b", "c", "d"}
    assert ancestors(MERGED, "unknown") == frozenset()


def test_the_common_ancestor_is_the_newest_one():
    assert common_ancestor(MERGED, "d", "e") == "b"
    assert common_ancestor(MERGED, "d", "f") == "d", "after a merge the source's tip is common to both"
    assert common_ancestor(tree(a="", z=""), "a", "z") is None


def test_ahead_and_behind():
    assert ahead_and_behind(MERGED, "d", "e") == (2, 1)
    assert ahead_and_behind(MERGED, "d", "f") == (0, 2)
    assert ahead_and_behind(tree(a="", z=""), "a", "z") is None


def test_the_own_line_goes_back_to_the_base():
    assert own_line(MERGED, "d", "b") == ("d", "c", "b")
    assert own_line(MERGED, "b", "b") == ("b",)


def test_the_own_line_ends_where_it_gets_older_than_a_base_that_came_in_from_aside():
    #   a - b - c       main          a - x - y(rebased onto c) - z      dev
    rebased = tree(a="", x="a", b="a", c="b", y="x c", z="y")
    assert own_line(rebased, "z", "c") == ("z", "y", "c")


def test_parents_that_nobody_knows_are_ignored():
    assert ancestors(tree(b="lost"), "b") == {"b"}


@st.composite
def trees(draw):
    count = draw(st.integers(1, 12))
    nodes = {}
    for number in range(count):
        parents = draw(st.lists(st.integers(0, number - 1), max_size=2, unique=True)) if number else []
        nodes[str(number)] = Node(str(number), number, tuple(map(str, parents)))
    return nodes


@given(trees(), st.data())
def test_no_common_ancestor_is_newer_than_the_one_found(nodes, data):
    one, other = (data.draw(st.sampled_from(sorted(nodes))) for _ in range(2))
    common = ancestors(nodes, one) & ancestors(nodes, other)
    found = common_ancestor(nodes, one, other)
    assert found == (max(common, key=int) if common else None)
    assert found == common_ancestor(nodes, other, one)
