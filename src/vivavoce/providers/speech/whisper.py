"""An ear on this machine: Whisper, in many languages, without a network.

    speech    ____/^^^^^^^^^^^\\__/^^^^^^\\_______
    interims         *    *        *               every second, by the small model, while nothing more urgent waits
    finals                      x        *         at each pause; one that is talked over is dropped and done as a whole
    guesses               x    *        *          at each lull, while there is a thread to spare; else at the long ones

Whisper takes a stretch of speech and gives a text; it does not listen along. So a final is begun at the first pause,
when nobody knows yet whether the turn is over: by the time that is decided, the words are there. If the caller goes on
before they are, the stretch simply becomes longer.

Voice activity takes two tenths of a second to believe in a pause. Where a thread is to spare the final is begun before
that, as soon as the voice is no longer loud (`_lull`): a guess, which is dropped when the voice comes back. Where none
is, it takes its place in the queue a little later, when the lull is long.

A machine that is busy hears with its small model, in the language that this knows: words that come in time, some of
them wrong, are better than right ones that come when the caller has given up. See `small_above`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.speech import AtWork, EarBroke, EarWishes, Language, Understood, Words
from vivavoce.providers.local.features import SAMPLE_RATE_HZ
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.whisper import KIND, Transcribe, Transcript, TryOut, Whisper
from vivavoce.providers.registry import Options, Outside, Provider
from vivavoce.providers.speech._heard import Heard
from vivavoce.providers.speech._lull import Lull

_log = logging.getLogger(__name__)

_SAMPLE_BYTES = 2
# What voice activity takes for the begin of speech is a little late, and soft consonants come before it.
LEAD_SECONDS = 0.3
TAIL_SECONDS = 0.2
FIRST_INTERIM_SECONDS = 0.6
INTERIM_SECONDS = 1.0
LULL_SECONDS = 0.08
"""A voice that is quiet for so long may have paused."""
LONG_LULL_SECONDS = 0.12
"""A voice that is quiet for so long has paused: nine of ten such lulls are believed, a tenth of a second later."""
_PAUSE_FACTOR = 7.0
_BUSY_PAUSE_FACTOR = 15.0
# Whisper hears half a minute at most; somebody who talks on gets finals on the way.
LONGEST_SECONDS = 25.0
_ENGLISH = ".en"
"""How the names of models end that know nothing else."""


class WhisperOptions(Options):
    """Which models it uses; each must be on this machine (`vivavoce models`)."""

    model: str = Field(default="whisper-base", description="The model for what the caller said.")
    interim_model: str | None = Field(
        default="whisper-tiny.en", description="The small model that listens along, if it knows the language."
    )
    small_above: float = Field(
        default=0.3,
        ge=0.0,
        le=1.0,
        description=(
            "The small model also writes down what the caller said while urgent work takes more than this part of the"
            " machine's time for models. It is twice as quick, and wrong about twice as often. 1 is never."
        ),
    )


@dataclass(slots=True)
class Leisure:
    """What is left for listening along: an eighth of one core's time, for all calls of this process together; half of
    that on a busy machine.

    Ten callers who speak at once would otherwise keep a core busy with words that the next second makes obsolete, and
    each answer would wait behind them.
    """

    free_at: float = 0.0

    def has_room(self, now: float) -> bool:
        """Whether somebody may be listened along to now."""
        return now >= self.free_at

    def took(self, begun: float, now: float, *, is_busy: bool = False) -> None:
        """It took so long, the wait for a core included; now others are to have seven times as much, or fifteen."""
        factor = _BUSY_PAUSE_FACTOR if is_busy else _PAUSE_FACTOR
        self.free_at = max(self.free_at, now + factor * (now - begun))


@frozen
class Models:
    """The model for what was said, and the small one that listens along."""

    final: Computing[Whisper]
    interim: Computing[Whisper] | None = None
    interim_is_english: bool = False
    small_above: float = 1.0
    """Above this pressure the small model writes finals, too."""
    leisure: Leisure = field(default_factory=Leisure)

    @property
    def is_busy(self) -> bool:
        """Whether all that can wait, or do with less, should."""
        return self.final.pressure > self.small_above

    def writer(self, wishes: EarWishes) -> Computing[Whisper]:
        """Which of them writes down what was said. A recording has time."""
        small = self.interim if wishes.is_live and self.is_busy else None
        return small if small is not None and self.interim_knows(wishes.language) else self.final

    def interim_knows(self, language: str) -> bool:
        """Whether the small model knows a language."""
        return not self.interim_is_english or language.partition("-")[0] == "en"

    async def load(self) -> None:
        """Have them ready."""
        await self.final.load()
        if self.interim is not None:
            await self.interim.load()


@frozen
class WhisperEar:
    """The ear (`ports.speech.Ear`)."""

    models: Models
    sample_rate_hz: int = SAMPLE_RATE_HZ
    gives_interims: bool = True

    def gives_interims_in(self, language: str) -> bool:
        """Whether the small model knows it."""
        return self.models.interim is not None and self.models.interim_knows(language)

    async def warm(self) -> None:
        """Load the models, and use each once."""
        for model in (self.models.final, self.models.interim):
            if model is not None:
                await model.run(Urgency.BACKGROUND, TryOut())

    @asynccontextmanager
    async def listen(self, wishes: EarWishes) -> AsyncGenerator["WhisperListening"]:
        """Begin to listen to a call."""
        await self.models.load()
        listening = WhisperListening(self.models, wishes)
        try:
            yield listening
        finally:
            listening.close()


@frozen
class _Guess:
    """A final that was begun before it was sure that there is a pause."""

    begin: int
    end: int
    transcript: asyncio.Task[Transcript]

    def fits(self, begin: int, voice_end: int) -> bool:
        """It heard all of the stretch."""
        return self.begin == begin and voice_end <= self.end

    def drop(self) -> None:
        """Nobody wants it."""
        if self.transcript.done() and not self.transcript.cancelled():
            self.transcript.exception()  # Nobody wants to know of that either.
        self.transcript.cancel()


class WhisperListening:
    """One call's ear."""

    def __init__(self, models: Models, wishes: EarWishes) -> None:
        self._models = models
        self._wishes = wishes
        self._heard = Heard(SAMPLE_RATE_HZ)
        self._understood: asyncio.Queue[Understood | EarBroke] = asyncio.Queue()
        self._begun: int | None = None
        """The mark where the stretch began that is not written down yet; None while there is none."""
        self._speaking = False
        self._final: asyncio.Task[None] | None = None
        self._interim: asyncio.Task[None] | None = None
        self._next_interim = 0.0
        self._listened_along = False
        """In the stretch that is being spoken."""
        self._said = ""
        self._lull = Lull(SAMPLE_RATE_HZ)
        self._guess: _Guess | None = None

    # What comes in

    def hear(self, at_seconds: float, pcm: bytes) -> None:
        """The next audio."""
        self._heard.add(at_seconds, pcm)
        if not self._speaking or self._begun is None:
            return
        here = self._heard.mark(self._heard.until)
        self._lull.add(pcm)
        if here - self._begun > LONGEST_SECONDS * SAMPLE_RATE_HZ:
            self._write_down(self._begun, self._heard.until)
            self._begun = here
        elif self._lull.seconds >= LULL_SECONDS:
            self._guess_at_pause(self._begun, here)
        elif self._guess is not None:
            self._drop_guess()
        elif self._heard.until >= self._next_interim and self._may_listen_along():
            self._next_interim = self._heard.until + INTERIM_SECONDS
            self._interim = asyncio.create_task(
                self._listen_along(self._begun, here, self._heard.until), name="interim"
            )

    def speech_started(self, at_seconds: float) -> None:
        """A stretch begins, or the one whose final is not there yet goes on."""
        self._speaking = True
        self._next_interim = at_seconds + FIRST_INTERIM_SECONDS
        self._listened_along = False
        self._lull.begin()
        self._drop_guess()
        if self._final is not None and not self._final.done():
            self._final.cancel()
        if self._begun is None:
            self._begun = self._heard.mark(at_seconds - LEAD_SECONDS)

    def speech_stopped(self, at_seconds: float) -> None:
        """A pause: what was said so far is written down."""
        self._speaking = False
        if self._interim is not None:
            self._interim.cancel()
        if self._begun is not None:
            self._write_down(self._begun, at_seconds)

    def retune(self, wishes: EarWishes) -> None:
        """Listen for another language from here on."""
        self._wishes = wishes

    def hear_again(self, since_seconds: float) -> None:
        """Write down once more what was heard since then."""
        self._write_down(self._heard.mark(since_seconds), self._heard.until)

    async def __aiter__(self) -> AsyncIterator[Understood]:
        """What was understood."""
        while True:
            understood = await self._understood.get()
            if isinstance(understood, EarBroke):
                raise understood
            yield understood

    def close(self) -> None:
        """Understand nothing more."""
        self._drop_guess()
        for task in (self._final, self._interim):
            if task is not None:
                task.cancel()

    # Writing down

    def _write_down(self, begin: int, until: float) -> None:
        end = self._heard.mark(until + TAIL_SECONDS)
        self._understood.put_nowait(AtWork(until))
        guess, self._guess = self._guess, None
        if guess is not None and not guess.fits(begin, self._heard.mark(until)):
            guess.drop()
            guess = None
        self._final = asyncio.create_task(self._final_of(begin, end, until, self._final, guess), name="final")

    async def _final_of(
        self, begin: int, end: int, until: float, before: asyncio.Task[None] | None, guess: _Guess | None
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            transcript = await (guess.transcript if guess is not None else self._transcribed(begin, end))
        except Exception:
            _log.exception("Whisper broke.")
            self._understood.put_nowait(EarBroke("The local ear failed."))
            return
        if self._begun == begin:
            self._begun = end if self._speaking else None
        if transcript.language != self._wishes.language.partition("-")[0]:
            self._understood.put_nowait(Language(transcript.language, until))
        self._said = transcript.text
        self._understood.put_nowait(Words(transcript.text, until))

    async def _transcribed(self, begin: int, end: int) -> Transcript:
        wishes = self._wishes
        language = wishes.language.partition("-")[0]
        writer = self._models.writer(wishes)
        # Reading what was said before takes the small model a fifteenth of its time, and it errs as often.
        said = self._said if writer is self._models.final else ""
        work = Transcribe(self._heard.between(begin, end), language, said, _listed(wishes.keywords))
        return await writer.run(Urgency.FINAL if wishes.is_live else Urgency.BACKGROUND, work)

    # Guessing

    def _guess_at_pause(self, begin: int, here: int) -> None:
        if self._guess is None and self._may_guess():
            self._guess = _Guess(begin, here, asyncio.create_task(self._transcribed(begin, here), name="guess"))

    def _may_guess(self) -> bool:
        """With spare time, or if it is hardly in vain; and not while an older stretch is still being written down."""
        if not self._wishes.is_live or (self._final is not None and not self._final.done()):
            return False
        return self._lull.seconds >= LONG_LULL_SECONDS or (self._models.final.spare > 0 and not self._models.is_busy)

    def _drop_guess(self) -> None:
        if self._guess is not None:
            self._guess.drop()
            self._guess = None

    # Listening along

    def _may_listen_along(self) -> bool:
        """Interims are a courtesy: none while anybody waits for something, or in a language the model lacks."""
        model = self._models.interim if self._wishes.is_live else None
        if model is None or model.waiting or (self._interim is not None and not self._interim.done()):
            return False
        # The first words of a stretch tell a voice from a cough; the others are what can wait.
        can_wait = self._listened_along or self._models.is_busy
        if can_wait and not self._models.leisure.has_room(asyncio.get_running_loop().time()):
            return False
        return self._models.interim_knows(self._wishes.language)

    async def _listen_along(self, begin: int, end: int, until: float) -> None:
        model = self._models.interim
        assert model is not None
        self._listened_along = True
        loop = asyncio.get_running_loop()
        begun = loop.time()
        transcript = await model.run(Urgency.INTERIM, Transcribe(self._heard.between(begin, end), careful=False))
        self._models.leisure.took(begun, loop.time(), is_busy=self._models.is_busy)
        if transcript.text and self._speaking:
            self._understood.put_nowait(Words(transcript.text, until, final=False))


def _listed(keywords: Sequence[str]) -> str:
    """Keywords as a text that might have come before: what stands there is more likely to be heard."""
    return f"{', '.join(keywords)}." if keywords else ""


def make(options: WhisperOptions, outside: Outside) -> WhisperEar:
    """The ear, if its model is on this machine."""
    interim = outside.model_place(options.interim_model) if options.interim_model else None
    # A machine with the small model alone hears English, which is better than nothing.
    place = outside.model_place(options.model) or interim
    assert place is not None, "whoever makes it has asked what it lacks"
    final = outside.models.model(KIND, place)
    if interim is None:
        return WhisperEar(Models(final))
    along = outside.models.model(KIND, interim)
    is_english = interim.name.endswith(_ENGLISH)
    return WhisperEar(Models(final, along, interim_is_english=is_english, small_above=options.small_above))


def lacks(options: WhisperOptions, outside: Outside) -> str:
    """Any of its models will do."""
    wanted = needs(options)
    if any(outside.model_place(name) for name in wanted):
        return ""
    return f"The local ear has no model here: vivavoce models pull {' '.join(wanted)}"


def needs(options: WhisperOptions) -> Sequence[str]:
    """Both its models."""
    return [name for name in (options.model, options.interim_model) if name]


PROVIDER = Provider("ear", "Whisper on this machine, in many languages.", WhisperOptions, make, lacks, needs)
