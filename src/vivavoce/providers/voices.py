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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import cache
from importlib.resources import files

import orjson

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.conversion import Conversion, equal_rates
from vivavoce.ports.voice import FoundVoice, OfferedVoice, StockVoice, Voice
from vivavoce.providers.health import Board
from vivavoce.providers.voice_cascade import Backup, VoiceCascade

_log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
"""How long a provider may take to list its voices."""


@frozen
class VoiceProvider:
    """A provider of voices by its name here, and the ids that its settings map."""

    name: str
    voice: Voice
    mapped: frozenset[str] = frozenset()


@frozen
class Backups:
    """Who speaks when a voice breaks: providers by their names, in order."""

    names: Sequence[str] = ()
    conversion: Conversion = equal_rates
    board: Board = field(default_factory=Board)


class AllVoices:
    """Every voice of this installation (`ports.voice.ListedVoices`)."""

    def __init__(
        self,
        providers: Sequence[VoiceProvider],
        voice_ids: Mapping[str, str] | None = None,
        backups: Backups | None = None,
    ) -> None:
        self.providers = providers
        self._backed = _backed(providers, backups or Backups(), self._translated)
        self._voice_ids = voice_ids or {}
        self._stock: dict[str, Sequence[StockVoice]] = {}
        self._stock_by_id: Mapping[str, StockVoice] = {}
        self._owners = _mapped(providers)
        self._learning = asyncio.Lock()

    @property
    def default(self) -> Voice:
        """Who speaks for everybody whom nobody knows."""
        return self.providers[0].voice

    def find(self, choice: VoiceChoice) -> FoundVoice:
        """Who speaks, and what it does not know."""
        found = self._find(choice)
        stock = self._stock_by_id.get(found.choice.voice_id) or self._first_in_stock()
        if stock is None:
            return found
        found = replace(found, languages=stock.languages if stock.speaks_only_these else ())
        if not choice.language or found.speaks(choice.language):
            return found
        lacks = f"{stock.name} speaks {', '.join(stock.languages)}, and is to speak {choice.language}."
        return replace(found, warning=f"{found.warning} {lacks}".lstrip())

    def _first_in_stock(self) -> StockVoice | None:
        return next(iter(self._stock.get(self.providers[0].name, ())), None)

    def _find(self, choice: VoiceChoice) -> FoundVoice:
        wanted = self._voice_ids.get(choice.voice_id, choice.voice_id)
        if wanted != choice.voice_id:
            choice = replace(choice, voice_id=wanted)
        owner = self._owners.get(wanted)
        if owner is not None:
            return FoundVoice(self._backed[owner.name], choice)
        default = self._backed[self.providers[0].name]
        known = self._stock.get(self.providers[0].name)
        if not wanted or known is None:
            return FoundVoice(default, choice)
        alike = _most_alike(wanted, known)
        if alike is not None:
            return FoundVoice(default, replace(choice, voice_id=alike.voice_id))
        return FoundVoice(default, replace(choice, voice_id=""), self._unknown(wanted, known))

    def _translated(self, choice: VoiceChoice, provider: VoiceProvider) -> VoiceChoice:
        """A choice that was meant for another provider: its own voice of that id, or the one most like it."""
        stock = self._stock.get(provider.name, ())
        wanted = choice.voice_id
        if wanted in provider.mapped or any(each.voice_id == wanted for each in stock):
            return choice
        meant = next((each for known in self._stock.values() for each in known if each.voice_id == wanted), None)
        alike = _most_alike(wanted, stock) if meant is None else _most_like(meant, stock)
        return replace(choice, voice_id=alike.voice_id if alike is not None else "", model_id="")

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
            self._stock_by_id = {stock.voice_id: stock for known in self._stock.values() for stock in known}

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
    return _most_like(StockVoice(voice_id, "", (), familiar["gender"], familiar["accent"], familiar["age"]), stock)


def _most_like(meant: StockVoice, stock: Sequence[StockVoice]) -> StockVoice | None:
    def likeness(each: StockVoice) -> int:
        return 4 * (each.gender == meant.gender) + 2 * (each.accent == meant.accent) + (each.age == meant.age)

    return max(stock, key=likeness, default=None)


def _backed(
    providers: Sequence[VoiceProvider],
    backups: Backups,
    translated: Callable[[VoiceChoice, VoiceProvider], VoiceChoice],
) -> Mapping[str, Voice]:
    """Each provider's voice, with those behind it that step in."""
    behind = [each for name in backups.names for each in providers if each.name == name]
    # Who is named first in the settings steps in for the others, too.
    behind = [*providers[:1], *behind] if behind else []
    backed: dict[str, Voice] = {}
    for provider in providers:
        itself = Backup(provider.name, provider.voice, _as_it_is)
        steps_in = [Backup(each.name, each.voice, _for(each, translated)) for each in behind if each is not provider]
        cascade = VoiceCascade([itself, *steps_in], backups.conversion, backups.board)
        backed[provider.name] = cascade if steps_in else provider.voice
    return backed


def _as_it_is(choice: VoiceChoice) -> VoiceChoice:
    return choice


def _for(
    provider: VoiceProvider, translated: Callable[[VoiceChoice, VoiceProvider], VoiceChoice]
) -> Callable[[VoiceChoice], VoiceChoice]:
    return lambda choice: translated(choice, provider)
