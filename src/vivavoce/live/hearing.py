"""Hearing: the caller's frames become events.

A frame goes straight to the voice-activity batch and to the ear; there is no queue between. Opinions on windows come
back and are smoothed into `SpeechStarted` and `SpeechStopped`; a stop asks the turn model. What the ear understands
is reported as it comes. Where a decision is near and silence is not certain, that is reported, too: a first window of
voice may be the caller going on, and audio that is overdue may hold their voice (a line that stutters, a process that
was held up).

    probability  ____/^^^^^^^^^\\____/^\\____      start: voice for `start_seconds`
    started          *                           stop: none for `stop_seconds`; its time is where the voice ended
    stopped                      *

A start is believed after two windows: it only pauses a reply, and what proves to be a cough lets it go on.
"""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, replace

from vivavoce.base.frozen import frozen
from vivavoce.engine.events import (
    EarAtWork,
    EarFailed,
    Heard,
    LanguageHeard,
    SilenceInDoubt,
    SpeechStarted,
    SpeechStopped,
    TurnLikelyOver,
)
from vivavoce.live.clock import AudioClock
from vivavoce.live.tail import Tail
from vivavoce.live.within import Within
from vivavoce.ports.conversion import Conversion, Converter
from vivavoce.ports.link import VadScore
from vivavoce.ports.speech import (
    Activity,
    AtWork,
    Ear,
    EarBroke,
    EarWishes,
    Language,
    Listening,
    TurnModel,
    Understood,
    VoiceActivity,
    Words,
)

_log = logging.getLogger(__name__)

SAMPLE_BYTES = 2
TURN_WINDOW_SECONDS = 8.0
OVERDUE_SECONDS = 0.06
"""A frame that is later than this was held up, on the line or here."""
HELD_UP_SECONDS = 0.25
"""A frame that is later than this is not waited for: many clients send nothing while nobody speaks."""
PRESENT_SECONDS = 0.06
"""A window that ends this close to the last frame is the newest one, or the one before it."""
LOOKING_SECONDS = 0.02
"""So long it may take until a window that is complete has been looked at."""
REACHED_SECONDS = 0.4
"""Words that end this close to a pause tell how the sentence ends there; others were overtaken by the caller."""


@frozen
class Smoothing:
    """When a voice begins and ends. Hysteresis, so that a breath between words is not an end."""

    start_probability: float = 0.5
    stop_probability: float = 0.35
    start_seconds: float = 0.06
    stop_seconds: float = 0.1


class ActivityEdges:
    """Turns opinions on windows into starts and stops. Pure: positions in, edges out."""

    def __init__(self, smoothing: Smoothing) -> None:
        self._smoothing = smoothing
        self._speaking = False
        self._since: float | None = None  # where the voice (or the silence) that may become an edge began
        self._previous = 0.0

    @property
    def wavers(self) -> bool:
        """The last window was otherwise than those before it; one more, and it is an edge."""
        return self._since is not None

    def add(self, activity: Activity) -> SpeechStarted | SpeechStopped | None:
        """The next window; an edge if it makes one."""
        begin, self._previous = self._previous, activity.until_seconds
        limit = self._smoothing.stop_probability if self._speaking else self._smoothing.start_probability
        voiced = activity.probability >= limit
        if voiced == self._speaking:
            self._since = None
            return None
        if self._since is None:
            self._since = begin
        needed = self._smoothing.stop_seconds if self._speaking else self._smoothing.start_seconds
        if activity.until_seconds - self._since < needed:
            return None
        at, self._since = self._since, None
        self._speaking = not self._speaking
        return SpeechStarted(at) if self._speaking else SpeechStopped(at)


@frozen
class Senses:
    """What a process hears with; shared by all its calls."""

    activity: VoiceActivity
    ear: Ear
    turn_model: TurnModel | None = None
    smoothing: Smoothing = Smoothing()


class Recent:
    """The last seconds of audio, for the turn model."""

    def __init__(self, rate_hz: int) -> None:
        self._limit_bytes = TURN_WINDOW_SECONDS * rate_hz * SAMPLE_BYTES
        self._frames: deque[bytes] = deque()
        self._bytes = 0

    def add(self, pcm: bytes) -> None:
        """The next frame; the oldest ones go."""
        self._frames.append(pcm)
        self._bytes += len(pcm)
        while self._bytes - len(self._frames[0]) > self._limit_bytes:
            self._bytes -= len(self._frames.popleft())

    def pcm(self) -> bytes:
        """All of it."""
        return b"".join(self._frames)


@dataclass(slots=True, eq=False)
class Pause:
    """A silence that may be the end of a turn, and what its sound says of that."""

    at: float
    by_sound: float | None = None
    told: float | None = None
    """What the engine knows of it."""
    judging: asyncio.Task[None] | None = None


class Hearing:
    """The hearing of one call."""

    def __init__(self, within: Within, senses: Senses, conversion: Conversion) -> None:
        plan, link = within.plan, within.link
        self._senses = senses
        self._within = within
        self._link = link
        self._clock = within.clock
        self._report = within.report
        self._recording = within.recording
        self._wishes = EarWishes(
            plan.language,
            plan.ears.keywords,
            plan.conversation_id,
            within.workspace_id,
            keeps_content=within.keeps_content,
            stepped_in=within.report,
        )
        self._tells_scores = "vad_score" in plan.client_events
        self._audio = AudioClock()
        self._edges = ActivityEdges(senses.smoothing)
        self._seconds_per_byte = 1 / (SAMPLE_BYTES * link.input_rate_hz)
        self._for_activity = conversion(link.input_rate_hz, senses.activity.sample_rate_hz)
        # Mostly all want the same rate; then audio is converted once.
        self._for_ear = self._converter_of_its_own(conversion, senses.ear.sample_rate_hz)
        self._recent: Recent | None = None
        self._for_turn_model: Converter | None = None
        if senses.turn_model is not None:
            self._recent = Recent(senses.turn_model.sample_rate_hz)
            self._for_turn_model = self._converter_of_its_own(conversion, senses.turn_model.sample_rate_hz)
        self._tail = Tail(link.input_rate_hz)
        self._stream = senses.activity.open(self._sensed)
        self._listening: Listening | None = None
        self._words = Words("", 0.0)
        self._pause: Pause | None = None
        self._is_pausing = False
        """A voice has fallen silent, and whether it has finished is not decided."""
        self._doubted_until = 0.0
        self._came_at = 0.0
        """When the last frame came, and how long it was."""
        self._frame_seconds = 0.0

    def _converter_of_its_own(self, conversion: Conversion, rate_hz: int) -> Converter | None:
        if rate_hz == self._senses.activity.sample_rate_hz:
            return None
        return conversion(self._link.input_rate_hz, rate_hz)

    async def listen(self) -> None:
        """Keep the ear open; returns when it ends."""
        try:
            async with self._senses.ear.listen(self._wishes) as listening:
                self._listening = listening
                async for understood in listening:
                    self._understood(understood)
        except EarBroke as failure:
            self._report(EarFailed(self._within.as_told(str(failure), denied=failure.denied)))
        except Exception as error:
            self._within.log_broken(_log, "An ear broke.", error)
            self._report(EarFailed(f"The ear failed ({type(error).__name__})."))
        finally:
            self._listening = None

    def hear(self, pcm: bytes) -> None:
        """The next frame from the line."""
        self._came_at, self._frame_seconds = self._clock.now(), len(pcm) * self._seconds_per_byte
        start = self._audio.advance(self._frame_seconds, self._came_at)
        self._recording.caller(start, pcm)
        self._tail.add(start, pcm)
        converted = self._for_activity.convert(pcm)
        self._stream.add(start, converted)
        if self._listening is not None:
            self._listening.hear(start, converted if self._for_ear is None else self._for_ear.convert(pcm))
        if self._recent is not None:
            self._recent.add(converted if self._for_turn_model is None else self._for_turn_model.convert(pcm))

    def retune(self, language: str) -> None:
        """Listen for another language from here on."""
        self._wishes = replace(self._wishes, language=language)
        if self._listening is not None:
            self._listening.retune(self._wishes)

    def hear_again(self, since: float) -> None:
        """Have the audio since then transcribed once more."""
        if self._listening is not None:
            self._listening.hear_again(since)

    def turn_is_over(self) -> None:
        """It was decided. On a busy machine the turn model comes after that, and nobody needs its opinion any more."""
        self._is_pausing = False
        self._forget_pause()

    def doubt_what_is_overdue(self) -> None:
        """A decision is near: what the caller has sent and is not here yet may hold their voice."""
        expected_at = self._came_at + self._frame_seconds
        if self._is_pausing and OVERDUE_SECONDS < self._clock.now() - expected_at < HELD_UP_SECONDS:
            self._doubt_until(expected_at + HELD_UP_SECONDS)

    def close(self) -> None:
        """Hear nothing any more."""
        self._stream.close()
        self._forget_pause()

    # Voice activity

    def _sensed(self, activity: Activity) -> None:
        if self._tells_scores:
            self._link.tell(VadScore(activity.probability))
        edge = self._edges.add(activity)
        if edge is None:
            if self._is_pausing:
                self._weigh(activity)
            return
        self._is_pausing = isinstance(edge, SpeechStopped)
        if isinstance(edge, SpeechStopped):
            edge = SpeechStopped(self._tail.voice_end(edge.at))
        self._report(edge)
        match edge:
            case SpeechStarted(at):
                self._forget_pause()
                self._words = Words("", at)
                if self._listening is not None:
                    self._listening.speech_started(at)
            case SpeechStopped(at):
                if self._listening is not None:
                    self._listening.speech_stopped(at)
                if self._senses.turn_model is not None:
                    self._pause = pause = Pause(at)
                    judging = self._judge(self._senses.turn_model, pause)
                    pause.judging = self._within.tasks.create_task(judging, name="turn model")

    def _weigh(self, activity: Activity) -> None:
        """A first window of voice may be the caller going on. The next one tells."""
        now = self._clock.now()
        if self._edges.wavers:
            self._doubt_until(now + self._senses.smoothing.start_seconds + self._frame_seconds + LOOKING_SECONDS)
        elif now < self._doubted_until and activity.until_seconds > self._audio.position - PRESENT_SECONDS:
            self._doubt_until(now)

    def _doubt_until(self, until: float) -> None:
        if until != self._doubted_until:
            self._doubted_until = until
            self._report(SilenceInDoubt(until))

    def _forget_pause(self) -> None:
        """Whether the caller had finished is no question any more, and others wait for the model."""
        if self._pause is not None and self._pause.judging is not None:
            self._pause.judging.cancel()
        self._pause = None

    async def _judge(self, model: TurnModel, pause: "Pause") -> None:
        try:
            pcm = self._recent.pcm() if self._recent is not None else b""
            pause.by_sound = await model.probability(pcm)
        except Exception:
            # Silence alone decides then, as if there were no model.
            _log.exception("The turn model broke.")
            return
        if pause is self._pause:
            self._tell_opinion(model, pause)

    def _tell_opinion(self, model: TurnModel, pause: Pause) -> None:
        """By the sound, and by the words if they reach the pause: they may say that the sentence goes on."""
        if pause.by_sound is None:
            return
        reach = self._words.until_seconds >= pause.at - REACHED_SECONDS
        opinion = min(pause.by_sound, model.at_most(self._words.text if reach else "", self._wishes.language))
        if opinion != pause.told:
            pause.told = opinion
            self.doubt_what_is_overdue()
            self._report(TurnLikelyOver(opinion, pause.at))

    def _judge_anew(self) -> None:
        """The words are there, mostly later than the sound was judged; or better ones than those it was judged with."""
        if self._senses.turn_model is not None and self._pause is not None:
            self._tell_opinion(self._senses.turn_model, self._pause)

    # Words

    def _understood(self, understood: Understood) -> None:
        match understood:
            case Words(text, until, final):
                self._words = understood
                if final:
                    self.doubt_what_is_overdue()
                    self._judge_anew()
                self._report(Heard(text, min(until, self._clock.now()), final))
            case Language(code, until):
                self._report(LanguageHeard(code, min(until, self._clock.now())))
            case AtWork(until):
                self._report(EarAtWork(min(until, self._clock.now())))
