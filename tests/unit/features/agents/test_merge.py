"""The three-way merge: a few cases told, and the laws that hold for any three documents."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.features.agents.merge import ABSENT, FieldConflict, changed_at, same, three_way, value_at

BASE = {"prompt": "p", "tts": {"voice": "a", "speed": 1}, "tags": [1, 2], "gone": True}


def merge(base, source, target, *, source_wins=lambda path: False, whole=()):
    return three_way(base, source, target, source_wins=source_wins, whole=whole)


def test_each_side_keeps_what_it_changed_alone():
    source = {**BASE, "prompt": "q", "tts": {"voice": "b", "speed": 1}}
    target = {**BASE, "tts": {"voice": "a", "speed": 2}, "new": None}
    merged = merge(BASE, source, target)
    assert merged.document == {**BASE, "prompt": "q", "tts": {"voice": "b", "speed": 2}, "new": None}
    assert merged.conflicts == ()


def test_what_both_changed_is_named_and_goes_to_whom_the_caller_says():
    source, target = {**BASE, "tags": [3]}, {**BASE, "tags": [4], "tts": {"voice": "z", "speed": 1}}
    ours = merge(BASE, source, target)
    theirs = merge(BASE, source, target, source_wins=lambda path: path == ("tags",))
    assert ours.conflicts == theirs.conflicts == (FieldConflict(("tags",), [1, 2], [3], [4]),)
    assert (ours.document["tags"], theirs.document["tags"]) == ([4], [3])
    assert theirs.document["tts"] == {"voice": "z", "speed": 1}


def test_a_key_taken_away_is_a_change():
    without = {key: value for key, value in BASE.items() if key != "gone"}
    assert "gone" not in merge(BASE, without, BASE).document
    assert "gone" not in merge(BASE, BASE, without).document
    conflict = merge(BASE, without, {**BASE, "gone": False}).conflicts[0]
    assert (conflict.path, conflict.source, conflict.target) == (("gone",), ABSENT, False)


def test_null_is_not_absence_and_one_is_not_true():
    assert merge({}, {"a": None}, {}).document == {"a": None}
    assert not same(1, True)
    assert not same(1, 1.0)
    assert same({"a": [1, {"b": 2, "c": 3}]}, {"a": [1, {"c": 3, "b": 2}]})


def test_a_whole_field_is_not_mixed():
    base = {"workflow": {"nodes": {"a": 1}, "edges": {}}}
    source = {"workflow": {"nodes": {"a": 1, "b": 2}, "edges": {}}}
    target = {"workflow": {"nodes": {"a": 1}, "edges": {"e": 1}}}
    mixed = merge(base, source, target)
    whole = merge(base, source, target, whole=[("workflow",)])
    assert (mixed.document["workflow"], mixed.conflicts) == ({"nodes": {"a": 1, "b": 2}, "edges": {"e": 1}}, ())
    assert (whole.document, [conflict.path for conflict in whole.conflicts]) == (target, [("workflow",)])


def test_both_make_the_same_object_anew():
    merged = merge({}, {"tts": {"voice": "a", "x": 1}}, {"tts": {"voice": "b", "y": 2}})
    assert merged.document == {"tts": {"voice": "b", "y": 2, "x": 1}}
    assert [conflict.path for conflict in merged.conflicts] == [("tts", "voice")]


def test_when_a_field_got_its_value():
    history = [(9, {"a": 2, "b": 1}), (7, {"a": 2}), (5, {"a": 1}), (3, {"a": 1})]
    assert changed_at(("a",), history) == 7
    assert changed_at(("b",), history) == 9
    assert changed_at(("c", "d"), history) == 3
    assert changed_at(("a",), []) == 0


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from("abcd"), values, max_size=4)


@given(documents, documents)
def test_merging_into_something_untouched_gives_the_source(base, source):
    merged = merge(base, source, base)
    assert same(merged.document, source)
    assert merged.conflicts == ()


@given(documents, documents)
def test_merging_something_untouched_changes_nothing(base, target):
    merged = merge(base, base, target)
    assert same(merged.document, target)
    assert merged.conflicts == ()


@given(documents, documents)
def test_the_same_change_twice_is_no_conflict(base, both):
    merged = merge(base, both, both)
    assert same(merged.document, both)
    assert merged.conflicts == ()


@given(documents, documents, documents)
def test_without_a_conflict_the_sides_are_equal(base, one, other):
    forth, back = merge(base, one, other), merge(base, other, one)
    if not forth.conflicts:
        assert same(forth.document, back.document)
    assert {conflict.path for conflict in forth.conflicts} == {conflict.path for conflict in back.conflicts}


@given(documents, documents, documents)
def test_who_wins_a_conflict_is_the_mirror_of_the_other_way_round(base, one, other):
    forced = merge(base, one, other, source_wins=lambda path: True)
    mirrored = merge(base, other, one, source_wins=lambda path: False)
    assert same(forced.document, mirrored.document)


@given(documents, documents, documents, st.booleans())
def test_every_conflict_stands_as_one_of_its_sides(base, source, target, forced):
    merged = merge(base, source, target, source_wins=lambda path: forced)
    for conflict in merged.conflicts:
        wanted = conflict.source if forced else conflict.target
        found = value_at(merged.document, conflict.path)
        assert found is wanted or same(found, wanted)


@given(documents, documents, documents)
def test_merging_again_changes_nothing(base, source, target):
    """After a merge the source is the common ancestor, so that nothing is merged twice."""
    once = merge(base, source, target, source_wins=lambda path: True).document
    assert same(merge(source, source, once).document, once)
