"""All voices of an installation: several providers at once, and whose a voice id is.

An id is looked for in this order; the first that knows it has it:

    voice_ids              the operator's own table in the settings, id -> id of a voice here
    a provider             the first that maps it (its option `voices`) or lists it among its stock
    familiar_voices.json   ids that the contract's clients come with, and what these voices are like: the default
                           provider's stock voice that is most like it speaks
    the default            for everything else, with a warning

The default provider comes first, then every configured one, then what this machine can do by itself. What a provider
lists is learnt once (`learn`), so that finding is a look into a table; a provider that could not be asked is asked
again by the next `learn`, but not before every sentence: until then its ids are passed on to the default as they are.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import orjson

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.voice import FoundVoice, OfferedVoice, StockVoice, Voice

_log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
"""How long a provider may take to list its voices."""


@dataclass(frozen=True, slots=True)
class VoiceProvider:
    """A provider of voices by its name here, and the ids that its settings map."""

    name: str
    voice: Voice
    mapped: frozenset[str] = frozenset()


class AllVoices:
    """Every voice of this installation (`ports.voice.ListedVoices`)."""

    def __init__(self, providers: Sequence[VoiceProvider], voice_ids: Mapping[str, str] | None = None) -> None:
        self.providers = providers
        self._voice_ids = voice_ids or {}
        self._stock: dict[str, Sequence[StockVoice]] = {}
        self._owners = _mapped(providers)
        self._learning = asyncio.Lock()

    @property
    def default(self) -> Voice:
        """Who speaks for everybody whom nobody knows."""
        return self.providers[0].voice

    def find(self, choice: VoiceChoice) -> FoundVoice:
        """Who speaks."""
        wanted = self._voice_ids.get(choice.voice_id, choice.voice_id)
        if wanted != choice.voice_id:
            choice = replace(choice, voice_id=wanted)
        owner = self._owners.get(wanted)
        if owner is not None:
            return FoundVoice(owner.voice, choice)
        known = self._stock.get(self.providers[0].name)
        if not wanted or known is None:
            return FoundVoice(self.default, choice)
        alike = _most_alike(wanted, known)
        if alike is not None:
            return FoundVoice(self.default, replace(choice, voice_id=alike.voice_id))
        return FoundVoice(self.default, replace(choice, voice_id=""), self._unknown(wanted, known))

    def _unknown(self, voice_id: str, known: Sequence[StockVoice]) -> str:
        instead = known[0].name if known else f"the voice of {self.providers[0].name}"
        return f"Nobody here has a voice {voice_id!r}: {instead} speaks instead."

    async def learn(self, *, anew: bool = False) -> None:
        """Ask the providers for their voices: those that have not answered yet, or all of them."""
        async with self._learning:
            asked = [each for each in self.providers if anew or each.name not in self._stock]
            await asyncio.gather(*(self._ask(each) for each in asked))
            owners = _mapped(self.providers)
            for provider in self.providers:
                for stock in self._stock.get(provider.name, ()):
                    owners.setdefault(stock.voice_id, provider)
            self._owners = owners

    async def _ask(self, provider: VoiceProvider) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._stock[provider.name] = tuple(await provider.voice.stock())
        except Exception as error:
            # A provider must not take the others' voices along; what broke is for the log.
            _log.warning("The voices of %s are not known: %s", provider.name, error or type(error).__name__)

    def offered(self) -> Sequence[OfferedVoice]:
        """The stock voices that are known, each the first provider's that has it."""
        return [
            OfferedVoice(provider.name, stock)
            for provider in self.providers
            for stock in self._stock.get(provider.name, ())
            if self._owners.get(stock.voice_id) is provider
        ]

    @property
    def is_whole(self) -> bool:
        """Whether every provider has told its voices."""
        return all(each.name in self._stock for each in self.providers)


def _mapped(providers: Sequence[VoiceProvider]) -> dict[str, VoiceProvider]:
    return {voice_id: provider for provider in reversed(providers) for voice_id in provider.mapped}


@cache
def familiar_voices() -> Mapping[str, Mapping[str, str]]:
    """Voice id -> what that voice is like."""
    return orjson.loads(files("vivavoce.providers").joinpath("familiar_voices.json").read_bytes())


def _most_alike(voice_id: str, stock: Sequence[StockVoice]) -> StockVoice | None:
    """The stock voice most like a familiar one: of its gender above all, then of its accent, then of its age."""
    familiar = familiar_voices().get(voice_id)
    if familiar is None or not stock:
        return None
    return max(
        stock,
        key=lambda each: (
            4 * (each.gender == familiar["gender"])
            + 2 * (each.accent == familiar["accent"])
            + (each.age == familiar["age"])
        ),
    )
