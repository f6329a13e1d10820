"""Limits that hold before anything is parsed: how often, how much, how deep.

Buckets decide in pure code: time is a number that is passed in. They live in one process; a fleet multiplies the
rate by its size, which is what a limit against accidents needs. Quotas that must be exact are counted in the database.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from vivavoce.base.json import Json

_DEEPEST_JSON = 100
_MOST_BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


@dataclass(slots=True)
class Buckets:
    """Token buckets by name. The longest unused one is forgotten first; a forgotten one is full again."""

    per_second: float
    burst: float
    _known: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict[str, _Bucket])

    def take(self, name: str, now_seconds: float) -> float:
        """Take a token: 0 if there was one, else the seconds until there is."""
        bucket = self._filled(name, now_seconds)
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self.per_second
        bucket.tokens -= 1
        return 0.0

    def wait(self, name: str, now_seconds: float) -> float:
        """The seconds until there is a token, without taking it."""
        if name not in self._known:
            return 0.0
        return max(0.0, (1 - self._filled(name, now_seconds).tokens) / self.per_second)

    def _filled(self, name: str, now_seconds: float) -> _Bucket:
        bucket = self._known.get(name)
        if bucket is None:
            bucket = self._known[name] = _Bucket(self.burst, now_seconds)
            if len(self._known) > _MOST_BUCKETS:
                self._known.popitem(last=False)
            return bucket
        self._known.move_to_end(name)
        passed = max(0.0, now_seconds - bucket.filled_at)
        bucket.tokens = min(self.burst, bucket.tokens + passed * self.per_second)
        bucket.filled_at = now_seconds
        return bucket


def is_too_deep(text: bytes, value: Json) -> bool:
    """Whether JSON is nested deeper than anything the house would be asked to walk through."""
    if text.count(b"[") + text.count(b"{") <= _DEEPEST_JSON:
        return False
    level: list[Json] = [value]
    for _ in range(_DEEPEST_JSON):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Json) -> list[Json]:
    match value:
        case dict():
            return [inner for inner in value.values() if isinstance(inner, dict | list)]  # pyright: ignore
        case list():
            return [inner for inner in value if isinstance(inner, dict | list)]  # pyright: ignore
        case _:
            return []
