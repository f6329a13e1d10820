"""Several ears, one after the other: when one breaks in the middle of a call, the next is given what was not heard yet.

What came in since the last final (sound, and what voice activity said of it) is kept, at most `KEPT_SECONDS` of it, and
is told to the next ear in the same order. So the caller is asked to repeat nothing; a final comes a little later.

Who goes first is the order in the settings, except that an ear which has failed again and again rests for a while
(`health`). An ear that broke is not asked again in the same call before another one has given words.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from vivavoce.base.frozen import frozen
from vivavoce.engine.events import SteppedIn
from vivavoce.ports.conversion import Conversion, Converter
from vivavoce.ports.speech import Ear, EarBroke, EarWishes, Listening, Understood, Words, gives_interims
from vivavoce.ports.standing_in import about_error, as_told
from vivavoce.providers.health import Board
from vivavoce.providers.registry import Closable, Warmable

_log = logging.getLogger(__name__)

KEPT_SECONDS = 40.0
FRESH_SECONDS = 0.5
"""Kept of a silence, because words begin softly."""
SILENT_SECONDS = 4.0
"""So long an ear may owe words to a caller, where another one is behind it."""
_SAMPLE_BYTES = 2


@frozen
class Named:
    """An ear by its name here."""

    name: str
    ear: Ear


@frozen
class EarCascade:
    """The ears, as one (`ports.speech.Ear`)."""

    ears: Sequence[Named]
    conversion: Conversion
    board: Board

    @property
    def sample_rate_hz(self) -> int:
        """The first one's; the others' sound is converted."""
        return self.ears[0].ear.sample_rate_hz

    @property
    def gives_interims(self) -> bool:
        """Whether the first one does."""
        return self.ears[0].ear.gives_interims

    def gives_interims_in(self, language: str) -> bool:
        """Whether the first one does in this language."""
        return gives_interims(self.ears[0].ear, language)

    @asynccontextmanager
    async def listen(self, wishes: EarWishes) -> AsyncGenerator["CascadeListening"]:
        """Begin to listen to a call."""
        async with AsyncExitStack() as stack:
            yield CascadeListening(self, wishes, stack)

    def order(self) -> Sequence[Named]:
        """Who is asked first: those that rest come last."""
        now = asyncio.get_running_loop().time()
        return sorted(self.ears, key=lambda each: self.board.of("ear", each.name).rests_for(now) > 0)

    async def close(self) -> None:
        """Close them all."""
        for each in self.ears:
            if isinstance(each.ear, Closable):
                await each.ear.close()


class WarmEarCascade(EarCascade):
    """One in which somebody has something to load."""

    async def warm(self) -> None:
        """Load all there is to load: who is needed in the middle of a call should be there. One that cannot be loaded
        is no reason to do without the others."""
        now = asyncio.get_running_loop().time()
        for each in self.ears:
            if isinstance(each.ear, Warmable):
                try:
                    await each.ear.warm()
                except Exception:
                    _log.exception("The ear %s cannot be loaded.", each.name)
                    self.board.of("ear", each.name).broke("It cannot be loaded.", now, hopeless=True)


@frozen
class _Frame:
    at: float
    pcm: bytes


@frozen
class _Started:
    at: float


@frozen
class _Stopped:
    at: float


@frozen
class _Again:
    since: float


_Happened = _Frame | _Started | _Stopped | _Again


class CascadeListening:
    """One call's ears."""

    def __init__(self, cascade: EarCascade, wishes: EarWishes, stack: AsyncExitStack) -> None:
        self._cascade = cascade
        self._wishes = wishes
        self._stack = stack
        """Holds whoever listens now."""
        self._unheard: deque[_Happened] = deque()
        self._unheard_bytes = 0
        self._speaking = False
        self._finals_owed = 0
        self._patience: asyncio.Timeout | None = None
        self._may_stall = False
        self._catching_up = False
        """Whoever listens was told of speech that is over, and has not given its words yet."""
        self._paused_at = asyncio.get_running_loop().time()
        self._listening: Listening | None = None
        self._converter: Converter | None = None

    # What comes in

    def hear(self, at_seconds: float, pcm: bytes) -> None:
        """The next audio."""
        self._happens(_Frame(at_seconds, pcm))

    def speech_started(self, at_seconds: float) -> None:
        """Somebody speaks."""
        self._speaking = True
        self._happens(_Started(at_seconds))

    def speech_stopped(self, at_seconds: float) -> None:
        """Somebody is silent."""
        self._speaking = False
        self._owe_a_final()
        self._paused_at = asyncio.get_running_loop().time()
        self._happens(_Stopped(at_seconds))

    def retune(self, wishes: EarWishes) -> None:
        """Listen for another language from here on."""
        self._wishes = wishes
        if self._listening is not None:
            self._listening.retune(wishes)

    def hear_again(self, since_seconds: float) -> None:
        """Transcribe once more."""
        self._owe_a_final()
        self._happens(_Again(since_seconds))

    def _happens(self, happened: _Happened) -> None:
        self._unheard.append(happened)
        if isinstance(happened, _Frame):
            self._unheard_bytes += len(happened.pcm)
        if self._listening is not None:
            self._tell(self._listening, happened)
        quiet = not self._speaking and not self._finals_owed
        self._keep(FRESH_SECONDS if quiet else KEPT_SECONDS)

    def _keep(self, seconds: float) -> None:
        limit = seconds * self._cascade.sample_rate_hz * _SAMPLE_BYTES
        while self._unheard_bytes > limit:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        oldest = self._unheard.popleft()
        if isinstance(oldest, _Frame):
            self._unheard_bytes -= len(oldest.pcm)

    def _tell(self, listening: Listening, happened: _Happened) -> None:
        match happened:
            case _Frame(at, pcm):
                listening.hear(at, pcm if self._converter is None else self._converter.convert(pcm))
            case _Started(at):
                listening.speech_started(at)
            case _Stopped(at):
                listening.speech_stopped(at)
            case _Again(since):
                listening.hear_again(since)

    # What is understood

    async def __aiter__(self) -> AsyncIterator[Understood]:
        """What was understood, by whoever listens now."""
        broken: set[str] = set()
        before = self._cascade.ears[0].name
        while True:
            named = next(each for each in self._cascade.order() if each.name not in broken)
            self._tell_who(named.name, before)
            before = named.name
            health = self._cascade.board.of("ear", named.name)
            loop = asyncio.get_running_loop()
            health.begun()
            try:
                listening = await self._stack.enter_async_context(named.ear.listen(self._wishes))
                self._begin(listening, named.ear)
                heard = aiter(listening)
                while (understood := await self._next(heard, may_stall=self._is_last(broken))) is not None:
                    if self._is_stale(understood):
                        continue
                    if isinstance(understood, Words) and understood.final:
                        self._settled(understood)
                        health.answered(loop.time() - self._paused_at)
                        broken.clear()
                    yield understood
                return
            except Exception as failure:
                # Whatever kind of failure it is: the next one can hear all the same.
                is_told = isinstance(failure, EarBroke)
                keeps_content = self._wishes.keeps_content
                why = str(failure) if is_told else f"It failed ({type(failure).__name__})."
                denied = is_told and failure.denied
                why = as_told(why, keeps_content=keeps_content, denied=denied)
                health.broke(why, loop.time(), hopeless=denied)
                broken.add(named.name)
                if len(broken) == len(self._cascade.ears):
                    raise
                about = {"pii_reason": why} if is_told else about_error(failure, keeps_content=keeps_content)
                _log.warning("The ear %s broke.", named.name, extra=about)
            finally:
                health.ended()
                self._listening = None
            await self._leave()

    def _is_stale(self, understood: Understood) -> bool:
        """An interim of speech that is long over: the turn is decided by the final, which comes next."""
        return self._catching_up and isinstance(understood, Words) and not understood.final

    def _is_last(self, broken: set[str]) -> bool:
        return len(broken) == len(self._cascade.ears) - 1

    async def _next(self, heard: AsyncIterator[Understood], *, may_stall: bool) -> Understood | None:
        """What is understood next. Whoever owes the words of somebody on the line is waited for only so long, where
        there is another one."""
        self._may_stall = may_stall or not self._wishes.is_live
        due = SILENT_SECONDS if self._finals_owed and not self._may_stall else None
        try:
            async with asyncio.timeout(due) as self._patience:
                return await anext(heard, None)
        except TimeoutError:
            raise EarBroke(f"It gave no words for {SILENT_SECONDS:g} s.") from None
        finally:
            self._patience = None

    def _owe_a_final(self) -> None:
        self._finals_owed += 1
        patience = self._patience
        if patience is not None and patience.when() is None and not self._may_stall:
            patience.reschedule(asyncio.get_running_loop().time() + SILENT_SECONDS)

    async def _leave(self) -> None:
        """Let whoever broke go. What goes wrong with that is not the next one's fault."""
        try:
            await self._stack.aclose()
        except Exception:
            _log.exception("An ear that broke cannot be left.")

    def _tell_who(self, name: str, before: str) -> None:
        """Whoever listens now, where that is somebody else than before."""
        if name != before:
            reason = self._cascade.board.of("ear", before).last_failure
            self._wishes.stepped_in(SteppedIn("ear", before, name, reason))

    def _begin(self, listening: Listening, ear: Ear) -> None:
        here, there = self._cascade.sample_rate_hz, ear.sample_rate_hz
        self._converter = None if here == there else self._cascade.conversion(here, there)
        for happened in list(self._unheard):
            self._tell(listening, happened)
        self._listening = listening
        self._catching_up = self._finals_owed > 0 and not self._speaking

    def _settled(self, final: Words) -> None:
        """What led to this final is heard."""
        self._catching_up = False
        self._finals_owed = max(0, self._finals_owed - 1)
        asked = next(
            (
                place
                for place, each in enumerate(self._unheard)
                if isinstance(each, _Again) or (isinstance(each, _Stopped) and each.at >= final.until_seconds - 1e-6)
            ),
            None,
        )
        for _ in range(0 if asked is None else asked + 1):
            self._forget_oldest()
