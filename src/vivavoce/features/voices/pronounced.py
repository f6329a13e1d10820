"""A voice that pronounces by rules: any voice, with the text rewritten on its way in and the times put back."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.plan import VoiceChoice
from vivavoce.features.voices.pronouncing import Lexicon, Rewritten
from vivavoce.ports.voice import Manner, Speech, StockVoice, Utterance, Voice, takes_sounds


@frozen
class PronouncedVoice:
    """A voice behind a lexicon (`ports.voice.Voice`)."""

    voice: Voice
    lexicon: Lexicon
    dictionaries: tuple[Mapping[str, Json], ...] = ()
    """Those that are not kept here: the provider may know them."""

    @property
    def sample_rate_hz(self) -> int:
        """The rate of all its audio."""
        return self.voice.sample_rate_hz

    @property
    def takes_sounds(self) -> bool:
        """Whether the voice does."""
        return takes_sounds(self.voice)

    async def stock(self) -> Sequence[StockVoice]:
        """Those of the voice."""
        return await self.voice.stock()

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["PronouncedUtterance"]:
        """Begin an utterance."""
        async with self.voice.speak(self._manner(manner)) as utterance:
            yield PronouncedUtterance(utterance, self.lexicon)

    def _manner(self, manner: Manner) -> Manner:
        return replace(manner, pronunciation_dictionaries=self.dictionaries, soundings=self.lexicon.soundings)


class PronouncedUtterance:
    """One reply being spoken."""

    def __init__(self, utterance: Utterance, lexicon: Lexicon) -> None:
        self._utterance = utterance
        self._lexicon = lexicon
        self._rewritten: dict[int, Rewritten] = {}

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None:
        """Say this too."""
        rewritten = self._lexicon.rewrite(text)
        if rewritten is not None:
            self._rewritten[piece] = rewritten
            text = rewritten.said
        self._utterance.add(piece, text, voice, language)

    def finish(self) -> None:
        """No more text will come."""
        self._utterance.finish()

    async def __aiter__(self) -> AsyncIterator[Speech]:
        """Everything that is spoken."""
        async for speech in self._utterance:
            rewritten = self._rewritten.get(speech.piece)
            if rewritten is None or speech.alignment is None:
                yield speech
            else:
                yield replace(speech, alignment=rewritten.written(speech.alignment))
            if speech.last:
                self._rewritten.pop(speech.piece, None)
