"""Health: what is ready, what is missing, what is still coming; answered under `/healthz` and `/readyz`.

Components register a check by name. A check says how the component stands; a `needed` one that is not ready makes the
whole server not ready. Voice that is still loading is worth telling but keeps no text call away; who asks for voice is
told "not ready" until nothing is coming any more. What is missing for good stands in the report and stops neither.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from vivavoce.base.frozen import frozen

Level = Literal["ready", "coming", "missing"]
Purpose = Literal["text", "voice"]
"""What calls the server is to be ready for."""

CHECK_SECONDS = 2.0


@frozen
class Standing:
    """How a component stands, and a sentence for people where it is not ready."""

    level: Level
    message: str = ""


READY = Standing("ready")

Check = Callable[[], Awaitable[Standing]]


@frozen
class Report:
    """How everything stands. `ready` is whether calls can be taken."""

    ready: bool
    components: Mapping[str, Standing]


@dataclass(slots=True)
class Health:
    """The checks of one server. `stopping` is set when it takes no new calls because it is about to go."""

    stopping: bool = False
    _checks: dict[str, tuple[Check, bool]] = field(default_factory=dict[str, tuple[Check, bool]])

    def register(self, name: str, check: Check, *, needed: bool = True) -> None:
        """Ask `check` whenever somebody wants to know; without a `needed` component no calls are taken."""
        self._checks[name] = (check, needed)

    async def report(self, purpose: Purpose = "text") -> Report:
        """How everything stands right now, and whether such calls can be taken without waiting."""
        names = list(self._checks)
        standings = await asyncio.gather(*(_ask(self._checks[name][0]) for name in names))
        components = dict(zip(names, standings, strict=True))
        if self.stopping:
            components["server"] = Standing("missing", "The server is stopping and takes no new calls.")
        needed = [standing for name, standing in components.items() if name == "server" or self._checks[name][1]]
        ready = all(standing.level == "ready" for standing in needed)
        if purpose == "voice":
            ready = ready and all(standing.level != "coming" for standing in components.values())
        return Report(ready, components)


async def _ask(check: Check) -> Standing:
    try:
        return await asyncio.wait_for(check(), CHECK_SECONDS)
    except TimeoutError:
        return Standing("missing", f"It did not answer within {CHECK_SECONDS:g} seconds.")
    except Exception as error:
        # Whatever a component dies of, the report has to be given; the kind of error says enough to start looking.
        return Standing("missing", f"The check failed with {type(error).__name__}; the log says more.")
