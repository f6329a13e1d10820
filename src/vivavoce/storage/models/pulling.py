"""How far a pull is, in a small file beside it, so that every process of the machine can show it.

    MODELS/.pulling/progress.json     written by whoever pulls, percent by percent; a failed pull leaves its reason

The file alone proves nothing, for a pull that was killed leaves one too: the folder's lock tells whether it goes on.
"""

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from vivavoce.base.errors import Problem
from vivavoce.base.frozen import frozen
from vivavoce.storage.models.manifest import Model

_FILE = "progress.json"


@frozen
class Pulled:
    """How far the pull of a model is."""

    model_id: str
    file_name: str
    done_bytes: int
    total_bytes: int


Progress = Callable[[Pulled], None]


@frozen
class Pulling:
    """A pull of some models, under way or failed."""

    model_ids: Sequence[str]
    total_bytes: int
    done_bytes: int = 0
    failure: str = ""

    @property
    def percent(self) -> int:
        """How much of it is there."""
        return self.done_bytes * 100 // max(1, self.total_bytes)


@dataclass(slots=True)
class Teller:
    """Writes down how far a pull of several models is."""

    folder: Path
    pulling: Pulling
    _done: dict[str, int] = field(default_factory=dict[str, int])
    _written_percent: int = -1

    def tell(self, pulled: Pulled) -> None:
        """Write it, if it is news."""
        self._done[pulled.model_id] = pulled.done_bytes
        self.pulling = replace(self.pulling, done_bytes=sum(self._done.values()))
        if self.pulling.percent != self._written_percent:
            self._written_percent = self.pulling.percent
            write(self.folder, self.pulling)


@contextmanager
def telling(folder: Path, models: Sequence[Model]) -> Generator[Teller]:
    """Everybody can read how far the pull within the block is, and why it failed if it did."""
    pulling = Pulling([model.id for model in models], sum(model.size_bytes for model in models))
    teller = Teller(folder, pulling)
    write(folder, pulling)
    try:
        yield teller
    except Problem as problem:
        write(folder, replace(teller.pulling, failure=problem.message))
        raise
    with suppress(OSError):
        (folder / _FILE).unlink(missing_ok=True)


def write(folder: Path, pulling: Pulling) -> None:
    """Leave a note. A full disk is said by the pull itself."""
    part = folder / f"{_FILE}.part"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(pulling)), "utf-8")
        part.replace(folder / _FILE)


def read(folder: Path) -> Pulling | None:
    """The note that somebody left, if it can be read."""
    try:
        return Pulling(**json.loads((folder / _FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
