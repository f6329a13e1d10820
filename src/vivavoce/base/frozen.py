"""Frozen dataclasses that cost little to declare.

`@frozen` is `@dataclass(frozen=True, slots=True)`, and a dataclass to everybody who asks: `fields`, `replace`, `asdict`
and `match` know it, and it compares, hashes, copies and prints as such a one does. Only the price is another. The
standard library writes six methods as text for every class and compiles each of them; for five hundred classes that
was a quarter of a server's start, and most of them make no object in its first minute. Here

- `__init__` is written as text as well, because nothing is quicker to call, but when the first object is made;
- the other methods are not written but closed over the fields' names.

Two things to know. A frozen class is derived from frozen classes only. What FastAPI reads parameters from stays a plain
`dataclass`: it looks at the signature of `__init__` before there is one.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, cast, dataclass_transform, overload

T = TypeVar("T")

_UNSENT = object()


@overload
def frozen(made: type[T], /) -> type[T]: ...


@overload
def frozen(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made: type[T] | None = None, /, *, kw_only: bool = False) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class a frozen dataclass with slots."""
    return _frozen(made, kw_only) if made is not None else lambda made: _frozen(made, kw_only)


def _frozen(made: type[T], kw_only: bool) -> type[T]:
    # Where there is none, the standard library would write one, which takes longer than all the rest.
    made.__doc__ = made.__doc__ or made.__name__
    own = frozenset(name for name, value in vars(made).items() if value is not None)
    made = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(made)
    for name, method in _methods(made).items():
        if name not in own:
            setattr(made, name, method)
    return made


def _methods(made: type) -> dict[str, Callable[..., Any]]:
    known = fields(made)
    compared = _values([each.name for each in known if each.compare])
    hashed = _values([each.name for each in known if (each.compare if each.hash is None else each.hash)])
    shown = [each.name for each in known if each.repr]
    names = [each.name for each in known]

    def init(self: object, *values: Any, **named: Any) -> None:
        written = _written_init(made)
        made.__init__ = written
        written(self, *values, **named)

    def is_equal(self: object, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def get_hash(self: object) -> int:
        return hash(hashed(self))

    def show(self: object) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def get_state(self: object) -> list[Any]:
        return [getattr(self, name) for name in names]

    def set_state(self: object, state: Sequence[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__init__": init,
        "__eq__": is_equal,
        "__hash__": get_hash,
        "__repr__": show,
        "__getstate__": get_state,
        "__setstate__": set_state,
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
    }


def _values(names: Sequence[str]) -> Callable[[object], tuple[Any, ...]]:
    """The values of these fields. Always a tuple, because its parts are equal when they are the same thing."""
    match names:
        case []:
            return lambda _: ()
        case [name]:
            get = attrgetter(name)
            return lambda holder: (get(holder),)
        case _:
            return cast(Callable[[object], tuple[Any, ...]], attrgetter(*names))


def _refuse_to_set(_: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _written_init(made: type) -> Callable[..., None]:
    """`__init__`, as text and then compiled; fields are set through their slots, which do not refuse."""
    scope: dict[str, Any] = {"_UNSENT": _UNSENT}
    positional, named, lines = list[str](), list[str](), list[str]()
    for each in fields(made):
        value = _value_of(each, scope)
        if each.init:
            (named if each.kw_only else positional).append(_parameter_of(each, scope))
        if value:
            scope[f"_set_{each.name}"] = getattr(made, each.name).__set__
            lines.append(f"_set_{each.name}(self, {value})")
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    text = "\n ".join([f"def __init__({parameters}):", *(lines or ["pass"])])
    exec(compile(text, f"<{made.__qualname__}>", "exec"), scope)  # noqa: S102
    written: Callable[..., None] = scope["__init__"]
    written.__qualname__ = f"{made.__qualname__}.__init__"
    return written


def _parameter_of(each: Field[Any], scope: dict[str, Any]) -> str:
    if each.default is not MISSING:
        scope[f"_default_{each.name}"] = each.default
        return f"{each.name}=_default_{each.name}"
    return f"{each.name}=_UNSENT" if each.default_factory is not MISSING else each.name


def _value_of(each: Field[Any], scope: dict[str, Any]) -> str:
    """What a field is set to, as text; nothing for one that is set by nobody."""
    if each.default_factory is not MISSING:
        scope[f"_make_{each.name}"] = each.default_factory
        made = f"_make_{each.name}()"
        return f"{made} if {each.name} is _UNSENT else {each.name}" if each.init else made
    if each.init:
        return each.name
    if each.default is not MISSING:
        scope[f"_default_{each.name}"] = each.default
        return f"_default_{each.name}"
    return ""
