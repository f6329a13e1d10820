"""Keeps out of a server what its frameworks load for others.

Frameworks load whatever some of their users want: SQLAlchemy's asyncio side the ORM, uvicorn its command line,
structlog the colours of a terminal. Nobody here uses any of it, and together it is an eighth of what a worker loads.
So a worker says so, before it loads anything else:

    absent    libraries that the frameworks do without where they are not installed; only while it loads, because
              somebody's plug-in may want them
    later     packages whose modules are used here, not they themselves: what a package does when it is imported it
              does when somebody asks for a name of its own, so that whoever does finds all as it should be

Everywhere else, in commands and in tests, the frameworks are as they come; `test_lightness` sees that this stays true.
Standard library only, because it is imported before everything else.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

ABSENT = ("rich",)
LATER = ("sqlalchemy.ext.asyncio", "uvicorn")


@contextmanager
def lean() -> Generator[None]:
    """What is imported within."""
    absent = [name for name in ABSENT if name not in sys.modules]
    for name in absent:
        # As the import system has it: what stands there as None cannot be imported.
        sys.modules[name] = None  # pyright: ignore[reportArgumentType]
    for name in LATER:
        if name not in sys.modules:
            _import_later(name)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def _import_later(name: str) -> None:
    """Have a package there as a place where its modules are found, and no more."""
    spec = find_spec(name)
    assert spec is not None, f"{name} is a dependency"
    assert spec.loader is not None, f"{name} is no namespace"
    package, execute = module_from_spec(spec), spec.loader.exec_module

    def missing(name: str) -> Any:
        # Its modules are no names of its own: the import system asks for them here before it looks for their files.
        if find_spec(f"{package.__name__}.{name}") is not None:
            raise AttributeError(name)
        del package.__getattr__
        execute(package)
        return getattr(package, name)

    package.__getattr__ = missing
    _place(name, package)


def _place(name: str, package: ModuleType) -> None:
    sys.modules[name] = package
    parent, _, own_name = name.rpartition(".")
    if parent:
        setattr(import_module(parent), own_name, package)
