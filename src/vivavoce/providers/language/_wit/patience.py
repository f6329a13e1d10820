"""Waiting for what makes an answer better, and no longer than a caller would.

What texts mean is found by a model that may be loading, far away or busy with other calls. Without it words decide,
which is a worse answer and a better one than none: who asks a mind gives up after some seconds, and hangs up.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_SECONDS = 1.5
"""Of a mind in a call: less than the least that an agent waits for one."""

_going_on: set[asyncio.Task[Any]] = set()
"""What came too late for its turn and is finished for the next one."""


async def in_time(work: Coroutine[Any, Any, T], seconds: float | None) -> T | None:
    """What comes out of it; None where it breaks or takes longer. Without a limit it takes as long as it takes."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task], timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not task.done():
        _going_on.add(task)
        task.add_done_callback(_ended)
        _log.info("What the texts mean took longer than %g s; their words decide.", seconds)
        return None
    return _result(task)


def _ended(task: asyncio.Task[Any]) -> None:
    _going_on.discard(task)
    if not task.cancelled():
        _result(task)


def _result(task: asyncio.Task[T]) -> T | None:
    failure = task.exception()
    if failure is None:
        return task.result()
    _log.warning("What the texts mean cannot be told (%s); their words decide.", type(failure).__name__)
    return None
