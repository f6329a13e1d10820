"""Who speaks in one call: the voices of the installation, as its workspace knows them.

A workspace's own voices become the stock voices that they are made from, with the settings that were set for them, and
the call's pronunciation dictionaries are put before whoever speaks. Made when a call begins, so that nothing is looked
up while it runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.plan import Plan, VoiceChoice
from vivavoce.features.voices.dictionaries import Dictionaries, Located
from vivavoce.features.voices.own import OwnVoices
from vivavoce.features.voices.pronounced import PronouncedVoice
from vivavoce.ports.voice import FoundVoice, Voice, Voices


@frozen
class Cast:
    """The voices of one call, and what people should know of them."""

    voices: Voices
    warnings: tuple[str, ...] = ()


class Casting(Protocol):
    """Finds who speaks in a call."""

    async def cast(self, workspace_id: str, plan: Plan, voices: Voices) -> Cast:
        """The voices of a call with this plan."""
        ...


class AsTheyAre:
    """The double: the installation's voices as they are."""

    async def cast(self, workspace_id: str, plan: Plan, voices: Voices) -> Cast:
        """The same."""
        _ = workspace_id, plan
        return Cast(voices)


class WorkspaceCasting:
    """The voices as a workspace knows them."""

    def __init__(self, own: OwnVoices, dictionaries: Dictionaries) -> None:
        self._own = own
        self._dictionaries = dictionaries

    async def cast(self, workspace_id: str, plan: Plan, voices: Voices) -> Cast:
        """The voices of a call with this plan."""
        located = await self._dictionaries.locate(workspace_id, plan.voice.pronunciation_dictionaries)
        choices = list(dict.fromkeys(_choices(plan)))
        # Whom the installation knows need not be looked for in the database, with the caller waiting.
        strangers = [each.voice_id for each in choices if voices.find(each).warning]
        own = await self._own.named(workspace_id, strangers)
        kept: Mapping[str, Mapping[str, Json]] = await self._own.settings(workspace_id) if own else {}
        made_from = {each.id: _MadeFrom(each.body["base_voice_id"], kept.get(each.id, {})) for each in own}
        known: Voices = WorkspaceVoices(voices, made_from, located) if own or located.lexicon else voices
        told = [_warning(known.find(each), located) for each in choices]
        warnings = (*located.warnings, *filter(None, told))
        return Cast(known, tuple(dict.fromkeys(warnings)))


def _warning(found: FoundVoice, located: Located) -> str:
    lost = located.lexicon.lost_on(found.voice, found.choice.voice_id)
    return " ".join(filter(None, (found.warning, lost)))


def _choices(plan: Plan) -> Iterator[VoiceChoice]:
    """Every voice that the call may come to speak with."""
    yield plan.voice.voice
    yield from (each.voice for each in plan.voice.labelled)
    yield from (preset.voice for preset in plan.languages if preset.voice is not None)


@frozen
class _MadeFrom:
    voice_id: str
    settings: Mapping[str, Json]


@frozen
class WorkspaceVoices:
    """Every voice that one call may name (`ports.voice.Voices`)."""

    voices: Voices
    own: Mapping[str, _MadeFrom]
    located: Located
    _pronounced: dict[int, PronouncedVoice] = field(default_factory=dict[int, PronouncedVoice])
    """By provider: whoever compares voices finds the same one each time."""

    def find(self, choice: VoiceChoice) -> FoundVoice:
        """Who speaks."""
        made_from = self.own.get(choice.voice_id)
        found = self.voices.find(choice if made_from is None else _as_stock(choice, made_from))
        return replace(found, voice=self._behind_rules(found.voice)) if self.located.lexicon else found

    def _behind_rules(self, voice: Voice) -> Voice:
        pronounced = self._pronounced.get(id(voice))
        if pronounced is None:
            pronounced = PronouncedVoice(voice, self.located.lexicon, self.located.elsewhere)
            self._pronounced[id(voice)] = pronounced
        return pronounced


def _as_stock(choice: VoiceChoice, made_from: _MadeFrom) -> VoiceChoice:
    """The stock voice. An agent that does not say how fast it speaks is as fast as its voice."""
    speed: Json = made_from.settings.get("speed")
    says_nothing = choice.speed in (None, 1.0)
    return replace(choice, voice_id=made_from.voice_id, speed=speed if says_nothing and speed else choice.speed)
