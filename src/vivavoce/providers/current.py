"""The parts as they are now: chosen anew when models come or go, while calls go on with what they began with.

    start           what this machine has is chosen and, where calls by voice need it, loaded
    models came     the choice is made again; what is new is loaded first, and then taken by the calls that begin
    broken models   whoever cannot be loaded is left out of the choice, until models come or go again: the next in the
                    chain speaks or hears instead, and the standing says why

A call takes `parts` once, when it begins. What was replaced stays as long as a call uses it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from vivavoce.providers.assembly import Parts, Readiness, assemble
from vivavoce.providers.choices import Choices, missing_models
from vivavoce.providers.registry import Outside


class CurrentParts:
    """Holds the parts of a process."""

    def __init__(self, choices: Choices, outside: Outside) -> None:
        self.parts = assemble(choices, outside)
        self._choices = choices
        self._outside = outside
        self._choosing = asyncio.Lock()
        self._arriving: frozenset[str] = frozenset()
        """Parts whose models have come and are being loaded."""

    def missing_models(self) -> Sequence[str]:
        """The local models that calls by voice would use if they were here."""
        return missing_models(self._choices, self._outside)

    def standing(self, name: str) -> Readiness:
        """How a part stands now."""
        found = self.parts.standing(name)
        if found.ready or found.coming or name not in self._arriving:
            return found
        return Readiness(False, "Its model is being loaded.", coming=True)

    async def load_ahead(self) -> None:
        """Load what calls will need."""
        async with self._choosing:
            await self.parts.warmth.warm_ahead()
            await self._leave_out_what_broke()

    async def ready_for_voice(self) -> None:
        """Have everything there that a voice call needs before it begins."""
        await self.parts.ready_for_voice()
        if self.parts.warmth.failures:
            async with self._choosing:
                await self._leave_out_what_broke()
            await self.parts.ready_for_voice()

    async def choose_anew(self) -> bool:
        """Look again at what this machine has; whether anybody else was chosen."""
        async with self._choosing:
            self._outside = replace(self._outside, unusable={})
            found = assemble(self._choices, self._outside, self.parts)
            if _same(found, self.parts):
                return False
            self._arriving = frozenset(name for name, each in found.standings.items() if each.ready)
            try:
                await found.warmth.warm_ahead()
            finally:
                self._arriving = frozenset()
            self.parts = found
            await self._leave_out_what_broke()
            return True

    async def close(self) -> None:
        """End what has threads or connections of its own."""
        await self.parts.close()

    async def _leave_out_what_broke(self) -> None:
        """Choose without those that could not be loaded. It ends: there is one less of them each time."""
        while failures := self.parts.warmth.failures:
            broken = {key: why for name, why in failures.items() if (key := self._provider(name)) is not None}
            if not broken.keys() - self._outside.unusable.keys():
                return
            self._outside = replace(self._outside, unusable={**self._outside.unusable, **broken})
            found = assemble(self._choices, self._outside, self.parts)
            await found.warmth.warm_ahead()
            self.parts = found

    def _provider(self, part: str) -> tuple[str, str] | None:
        """Role and name of the provider behind a part: `voice`, or `voice NAME` for one that steps in."""
        role, _, name = part.partition(" ")
        return (role, name or self.parts.chosen[role]) if role in self.parts.chosen else None


def _same(one: Parts, other: Parts) -> bool:
    return one.made.keys() == other.made.keys() and all(
        made.provider is other.made[key].provider for key, made in one.made.items()
    )
