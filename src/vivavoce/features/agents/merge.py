"""Merging two documents that grew out of the same one, field by field.

    base ──┬── source     what the branch made of it
           └── target     what became of it meanwhile

Rules
- What only one side changed is taken from that side. What both made the same is taken once.
- Objects are merged key by key; anything else, lists too, is one value. So is every path in `whole`.
- A field that both sides changed differently is a conflict. It is always named, whoever wins it; who wins is the
  caller's decision, field by field (`source_wins`).
- Absent is a value of its own here: a key that one side took away is a change like any other.
- `1`, `1.0` and `true` are three values, as they are in JSON.

Pure: no time, no storage. `changed_at` reads a history that others fetched.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import Final, Literal, TypeAlias, TypeGuard

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json

Path: TypeAlias = tuple[str, ...]


class _Absent(Enum):
    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent.ABSENT
"""There is no such key; JSON has no word for it."""

Value: TypeAlias = Json | Literal[_Absent.ABSENT]


@frozen
class FieldConflict:
    """A field that both sides changed, each its own way."""

    path: Path
    base: Value
    source: Value
    target: Value


@frozen
class Merged:
    """The outcome: a document, and the fields somebody should look at."""

    document: Body
    conflicts: tuple[FieldConflict, ...]


def three_way(
    base: Mapping[str, Json],
    source: Mapping[str, Json],
    target: Mapping[str, Json],
    *,
    source_wins: Callable[[Path], bool],
    whole: Collection[Path] = (),
) -> Merged:
    """`target` with what `source` changed since `base`."""
    merge = _Merge(source_wins, frozenset(whole))
    document = merge.objects((), base, source, target)
    return Merged(document, tuple(merge.conflicts))


class _Merge:
    def __init__(self, source_wins: Callable[[Path], bool], whole: frozenset[Path]) -> None:
        self._source_wins = source_wins
        self._whole = whole
        self.conflicts: list[FieldConflict] = []

    def objects(
        self, path: Path, base: Mapping[str, Json], source: Mapping[str, Json], target: Mapping[str, Json]
    ) -> Body:
        result: Body = {}
        for key in (*target, *(key for key in source if key not in target)):
            sides = (base.get(key, ABSENT), source.get(key, ABSENT), target.get(key, ABSENT))
            value = self._value((*path, key), *sides)
            if value is not ABSENT:
                result[key] = value
        return result

    def _value(self, path: Path, base: Value, source: Value, target: Value) -> Value:
        if same(source, target) or same(source, base):
            return target
        if same(target, base):
            return source
        if _is_object(source) and _is_object(target) and path not in self._whole:
            return self.objects(path, base if _is_object(base) else {}, source, target)
        self.conflicts.append(FieldConflict(path, base, source, target))
        return source if self._source_wins(path) else target


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same JSON, whatever the order of their keys."""
    if _is_object(one) and _is_object(other):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if _is_list(one) and _is_list(other):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def value_at(document: Mapping[str, Json], path: Path) -> Value:
    """What stands at a path, or `ABSENT`."""
    found: Value = document
    for key in path:
        if not _is_object(found) or key not in found:
            return ABSENT
        found = found[key]
    return found


def changed_at(path: Path, history: Sequence[tuple[int, Mapping[str, Json]]]) -> int:
    """When a field got the value it has: `history` is times and documents, newest first, the common base last.

    A field that never changed counts as old as the base; 0 if there is no history at all.
    """
    for (time, newer), (_, older) in pairwise(history):
        if not same(value_at(newer, path), value_at(older, path)):
            return time
    return history[-1][0] if history else 0


def _is_object(value: Value) -> TypeGuard[Body]:
    return isinstance(value, dict)


def _is_list(value: Value) -> TypeGuard[list[Json]]:
    return isinstance(value, list)
