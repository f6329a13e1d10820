"""The parts as they are now: chosen anew when models come or go, while calls go on with what they began with.

    start           what this machine has is chosen and, where calls by voice need it, loaded
    models came     the choice is made again; what is new is loaded first, and then taken by the calls that begin
    broken models   whoever cannot be loaded is left out of the choice, until models come or go again: the next in the
                    chain speaks or hears instead, and the standing says why

A call takes `parts` once, when it begins. What was replaced stays as long as a call uses it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from vivavoce.base.frozen import frozen
from vivavoce.providers.assembly import Parts, Readiness, assemble
from vivavoce.providers.choices import LOCAL, Choices, lacks, missing_models, of
from vivavoce.providers.registry import Outside, ProviderProblem, Role, options_of
from vivavoce.providers.roster import Seat, roster


@frozen
class Candidate:
    """A provider that somebody wants to try."""

    role: Role
    name: str
    provider: Any
    """As the port of its role wants it."""
    model: str = ""
    """A model of its own, if it is a mind."""
    is_draft: bool = False
    """Whether it exists for the trial alone."""


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

    # Looked at and tried out by administrators

    def roster(self) -> Sequence[Seat]:
        """Who is there for each role, in which order, and what the others lack."""
        return roster(self._choices, self._outside, self.parts.minds)

    def order(self, part: str) -> Sequence[str]:
        """The names of who does something now, and of those who take over when they break, one after the other."""
        role = "language" if part == "mind" else part
        seats = [seat for seat in self.roster() if seat.role == role]
        return [seat.name for place in ("first", "steps_in") for seat in seats if seat.place == place]

    def candidate(self, role: Role, name: str) -> Candidate:
        """A provider that is configured or there by itself, as calls use it."""
        if role == "language":
            mind = next((mind for mind in self.parts.minds.all() if mind.provider == name), None)
            if mind is not None:
                return Candidate(role, name, mind.language, next(iter(mind.models), ""))
        one = of(self._choices, role, name)
        if lacking := lacks(one, self._outside):
            raise ProviderProblem(lacking)
        made = self.parts.made.get((role, name))
        return Candidate(role, name, made.provider if made else one.provider.make(one.options, self._outside))

    def draft(self, role: Role, name: str, given: Mapping[str, Any]) -> Candidate:
        """A provider with options that somebody typed. Its address is a user's, so it leads to public places only, or
        to those that the settings allow."""
        outside = replace(self._outside, configured=self._outside.chosen)
        provider, options = options_of(role, name, given)
        if provider.connects_itself:
            raise ProviderProblem("It opens connections of its own: put it into the settings, then try it.")
        if lacking := provider.lacks(options, outside):
            raise ProviderProblem(lacking)
        models: Sequence[str] = getattr(options, "models", ())
        return Candidate(role, name, provider.make(options, outside), next(iter(models), ""), is_draft=True)

    # When models come or go

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
        if part == "mind":
            return "language", LOCAL
        role, _, name = part.partition(" ")
        return (role, name or self.parts.chosen[role]) if role in self.parts.chosen else None


def _same(one: Parts, other: Parts) -> bool:
    return one.made.keys() == other.made.keys() and all(
        made.provider is other.made[key].provider for key, made in one.made.items()
    )
