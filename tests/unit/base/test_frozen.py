"""A frozen class is told from the standard library's by nothing but its price."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from vivavoce.base.frozen import frozen

T = TypeVar("T")
Declares = Callable[[type], type]


def theirs(made: type) -> type:
    return dataclass(frozen=True, slots=True)(made)


def declared(declare: Declares) -> dict[str, Any]:
    """One class of each sort."""

    class Empty:
        pass

    class One:
        """The only one."""

        value: object

    class Sorts(Generic[T]):
        """Every sort of field."""

        kind: ClassVar[str] = "all"
        needed: T
        self_: int = 1
        made: list[int] = field(default_factory=list[int])
        hidden: int = field(default=2, repr=False)
        aside: int = field(default=3, compare=False)
        unhashed: int = field(default=4, hash=False)
        later: int = field(default=5, init=False)
        built: list[int] = field(init=False, default_factory=lambda: [6])
        named: int = field(default=7, kw_only=True)

        def __post_init__(self) -> None:
            assert self.later == 5

    class Own:  # noqa: PLW1641  the decorator adds one
        """With methods of its own."""

        value: int

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "mine"

    whole = {each.__name__: declare(each) for each in (Empty, One, Sorts, Own)}

    class Derived(whole["One"]):
        """One more."""

        more: int = 0

    return whole | {"Derived": declare(Derived)}


OURS, THEIRS = declared(frozen), declared(theirs)

MADE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "empty": lambda of: of["Empty"](),
    "one": lambda of: of["One"](1),
    "by name": lambda of: of["One"](value="x"),
    "all defaults": lambda of: of["Sorts"]("a"),
    "in order": lambda of: of["Sorts"]("a", 9, [1], 8, 7, 6, named=5),
    "another one aside": lambda of: of["Sorts"]("a", aside=0),
    "unlike": lambda of: of["Sorts"]("b"),
    "own methods": lambda of: of["Own"](1),
    "derived": lambda of: of["Derived"](1, 2),
    "derived, with the default": lambda of: of["Derived"](1),
    "not a number": lambda of: of["One"](NAN),
}
NAN = float("nan")


def hash_of(value: object) -> int | str:
    """Or why there is none."""
    try:
        return hash(value)
    except TypeError as error:
        return str(error)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_an_object_is_like_one_of_the_standard_library(make: Callable[[dict[str, Any]], Any]) -> None:
    ours, its = make(OURS), make(THEIRS)
    assert repr(ours) == repr(its)
    assert asdict(ours) == asdict(its)
    assert is_dataclass(ours)
    assert type(ours).__match_args__ == type(its).__match_args__
    assert type(ours).__slots__ == type(its).__slots__
    assert [each.name for each in fields(ours)] == [each.name for each in fields(its)]
    for other in MADE.values():
        assert (ours == other(OURS)) == (its == other(THEIRS))
    assert asdict(copy.deepcopy(ours)) == asdict(its)
    assert copy.copy(ours) == ours
    assert hash_of(ours) == hash_of(its)


def test_nothing_can_be_set_or_deleted() -> None:
    one = OURS["One"](1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'value'"):
        one.value = 2
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'other'"):
        one.other = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'value'"):
        del one.value
    assert one.value == 1


@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1, 2), {}), ((1,), {"value": 1}), ((), {"other": 1})], ids=repr
)
def test_a_wrong_call_is_refused_in_the_same_words(values: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError) as its:
        THEIRS["One"](*values, **named)
    for _ in range(2):  # the first call writes `__init__`
        with pytest.raises(TypeError) as ours:
            OURS["One"](*values, **named)
        assert str(ours.value) == str(its.value)


def test_all_fields_can_be_named_only() -> None:
    @frozen(kw_only=True)
    class Named:
        value: int

    assert Named(value=1) == replace(Named(value=2), value=1)
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        Named(1)  # pyright: ignore


@frozen
class Sent:
    """What goes to another process."""

    text: str
    inner: "Sent | None" = None


def test_it_can_be_sent_to_another_process() -> None:
    sent = Sent("a", Sent("b"))
    assert pickle.loads(pickle.dumps(sent)) == sent


def test_each_object_has_a_list_of_its_own() -> None:
    one, other = OURS["Sorts"]("a"), OURS["Sorts"]("a")
    assert one.made is not other.made
    assert one.built is not other.built


def test_it_can_be_matched_by_place() -> None:
    match Sent("a"):
        case Sent(text, None):
            assert text == "a"
