"""The mouth: sends released audio to the line, a little ahead of the caller's ear, and knows what was heard.

    released   |######################################|          spans, from `Play` and `Resume`
    sent       |#################|                               at most `lead` ahead of the ear
    heard      |##########|                                      the playout clock: now

A client plays what it gets one after the other, so the moment each sample is heard is known to within the network's
delay: a chunk begins when the one before it ends, or now if the line had run dry. That is why it is paced: what was
not sent yet needs not be called back, and what was heard can be told to the word.

Rules
- Spans sound in the order they were released.
- `pause` calls back everything of a run that was not heard, keeps it, and reports how far the caller heard.
- `hush` forgets a run; without `flush` what was sent sounds to its end.
- `Played` is reported when all that was released of a run has been heard, and at a pause.
- One timer, never a task. It may be early: what it does is right at any moment.
"""

import asyncio
from collections import deque

from vivavoce.base.frozen import frozen
from vivavoce.engine.events import Played
from vivavoce.live.speaking import SAMPLE_BYTES, TINY_SECONDS, Made, Speaking, cut_alignment
from vivavoce.live.within import Within

CHUNK_SECONDS = 0.1
STEADY_CHUNK_SECONDS = 0.2
"""Once the caller has plenty to hear: half as many messages, which are most of what a speaking call costs."""


@frozen
class _Span:
    """A released stretch of a run that was not sent yet."""

    run: int
    start: float
    end: float
    event_id: int


@frozen
class _Sent:
    """A chunk on its way to the ear: which stretch of which run, and when it is heard."""

    run: int
    start: float
    end: float
    heard_from: float
    pcm: bytes
    ends_span: bool

    @property
    def heard_until(self) -> float:
        return self.heard_from + (self.end - self.start)


class Mouth:
    """What one call sends."""

    def __init__(self, within: Within, speaking: Speaking) -> None:
        self._link = within.link
        self._clock = within.clock
        self._loop = within.loop
        self._report = within.report
        self._recording = within.recording
        self._speaking = speaking
        self._spans: deque[_Span] = deque()
        self._sent: deque[_Sent] = deque()
        self._released: dict[int, float] = {}
        self._dry_at = 0.0  # when the caller's end will have played all it was sent
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def play(self, run: int, start: float, end: float, event_id: int) -> None:
        """Release a stretch of a run."""
        self._released[run] = max(end, self._released.get(run, 0.0))
        spans = self._spans
        if not spans:
            spans.append(_Span(run, start, end, event_id))
            self._pump()
            return
        # What waits has its timer; this comes after it.
        last = spans[-1]
        if last.run == run and last.end == start and last.event_id == event_id:
            spans[-1] = _Span(run, last.start, end, event_id)
        else:
            spans.append(_Span(run, start, end, event_id))

    def resume(self, run: int, start: float, event_id: int) -> None:
        """Go on with a paused run, from here to where it was released, before everything else."""
        end = self._released.get(run, start)
        self._spans = deque(span for span in self._spans if span.run != run)
        self._spans.appendleft(_Span(run, start, end, event_id))
        self._pump()

    def pause(self, run: int) -> None:
        """Call back what was not heard; report how far the caller heard."""
        now = self._clock.now()
        self._settle(now)
        heard = self._heard_of(run, now)
        self._withdraw(run, now)
        if heard is not None:
            self._report(Played(run, heard, now))
        self._pump()

    def hush(self, run: int, *, flush: bool) -> None:
        """Send no more of a run; with `flush` what was sent is called back too."""
        now = self._clock.now()
        self._settle(now)
        if flush:
            self._withdraw(run, now)
        else:
            self._spans = deque(span for span in self._spans if span.run != run)
        self._released.pop(run, None)
        self._pump()

    def quiet_at(self) -> float:
        """When the caller will have heard everything that was sent."""
        return self._dry_at

    def close(self) -> None:
        """Send nothing any more."""
        self._settle(self._clock.now())
        self._spans.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Sending

    def _pump(self) -> None:
        """Send what may be sent, report what was heard, and set the timer for what comes next."""
        now = self._clock.now()
        self._settle(now)
        while self._spans and self._dry_at - now < self._link.lead_seconds + TINY_SECONDS:
            self._send_chunk(now)
        self._set_timer(now)

    def _send_chunk(self, now: float) -> None:
        span = self._spans.popleft()
        made = self._speaking.made(span.run)
        if made is None:
            # It was heard to its end, and forgotten, before the engine could know.
            self._report(Played(span.run, span.end, now))
            return
        end = min(span.start + self._chunk_seconds(now), span.end)
        if span.end - end < TINY_SECONDS:
            end = span.end
        else:
            self._spans.appendleft(_Span(span.run, end, span.end, span.event_id))
        pcm = self._cut(made, span.start, end)
        heard_from = max(self._dry_at, now)
        self._sent.append(_Sent(span.run, span.start, end, heard_from, pcm, ends_span=end == span.end))
        self._dry_at = heard_from + (end - span.start)
        self._link.play(pcm, span.event_id, cut_alignment(made, span.start, end))

    def _chunk_seconds(self, now: float) -> float:
        plenty = max(self._link.lead_seconds, STEADY_CHUNK_SECONDS) - CHUNK_SECONDS
        return STEADY_CHUNK_SECONDS if self._dry_at - now >= plenty else CHUNK_SECONDS

    def _cut(self, made: Made, start: float, end: float) -> bytes:
        rate = self._link.output_rate_hz
        return bytes(made.pcm[round(start * rate) * SAMPLE_BYTES : round(end * rate) * SAMPLE_BYTES])

    # Hearing

    def _settle(self, now: float) -> None:
        """Account for what has been heard by now."""
        while self._sent and self._sent[0].heard_until <= now + TINY_SECONDS:
            sent = self._sent.popleft()
            self._recording.agent(sent.heard_from, sent.pcm)
            if sent.ends_span and not self._has_more(sent.run):
                self._report(Played(sent.run, sent.end, sent.heard_until))
                self._heard(sent.run, sent.end)

    def _heard(self, run: int, until: float) -> None:
        """All that was released of a run has been heard; if that was all of it, there is nothing to remember."""
        self._speaking.heard(run, until)
        if self._speaking.made(run) is None:
            self._released.pop(run, None)

    def _has_more(self, run: int) -> bool:
        return any(sent.run == run for sent in self._sent) or any(span.run == run for span in self._spans)

    def _heard_of(self, run: int, now: float) -> float | None:
        """How far into a run the caller has heard; None if nothing of it is on its way."""
        on_its_way = [sent for sent in self._sent if sent.run == run]
        waiting = [span for span in self._spans if span.run == run]
        if on_its_way:
            first = on_its_way[0]
            return first.start + max(0.0, now - first.heard_from)
        return waiting[0].start if waiting else None

    def _withdraw(self, run: int, now: float) -> None:
        """Take back everything of a run that was not heard; what follows it moves up."""
        for sent in self._sent:
            if sent.run == run and sent.heard_from < now:
                kept = round((now - sent.heard_from) * self._link.output_rate_hz) * SAMPLE_BYTES
                self._recording.agent(sent.heard_from, sent.pcm[:kept])
        # A client that is silenced drops all it has, of whichever run.
        self._sent = deque()
        self._spans = deque(span for span in self._spans if span.run != run)
        self._dry_at = now

    # Waiting

    def _set_timer(self, now: float) -> None:
        moments: list[float] = []
        if self._spans:
            moments.append(self._dry_at - self._link.lead_seconds)
        if self._sent:
            moments.append(next((sent.heard_until for sent in self._sent if sent.ends_span), self._dry_at))
        if not moments:
            return
        at = max(min(moments), now)
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._loop.call_at(self._clock.loop_time(at), self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._pump()
