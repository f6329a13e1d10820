"""A caller who asks, listens, and does as they are wont: interrupts, coughs, hums, or hangs up at once.

    opening   the first message sounds; half a second after it the caller asks
    asking    the question is being sent, frame by frame, as fast as it is spoken
    waiting   for the answer; after six seconds without one the turn was missed
    listening the answer sounds; half a second after it the caller asks again
    barging   the caller speaks into the answer; it has to fall silent

Habits: `turns` interrupts every second answer after 1.2 s of it. `cough` and `mhm` hear the first answer to its end,
remember it, and make their sound 1.2 s into each further one: the rest of it has to be heard exactly once. `short`
hangs up 0.3 s after the first sound.
"""

import json
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from bench.calls import scenario
from bench.calls.frames import frame
from bench.calls.line import Line, error_in
from bench.calls.playout import Playout, compared
from bench.calls.sounds import Sound, silence, sound
from bench.calls.tally import EXACT_MS, Tally

Habit = Literal["turns", "cough", "mhm", "short"]
Phase = Literal["opening", "asking", "waiting", "listening", "barging", "over"]

PATIENCE_SECONDS = 6.0
FIRST_SOUND_SECONDS = 20.0
BREATH_SECONDS = 0.5
INTO_REPLY_SECONDS = 1.2
RESUMES_WITHIN_SECONDS = 4.0
SHORT_CALL_SECONDS = 0.3
_BYTES_PER_SECOND = scenario.SAMPLE_BYTES * scenario.SAMPLE_RATE_HZ
HELLO = frame(b'{"type":"conversation_initiation_client_data"}')


@dataclass(frozen=True)
class Voice:
    """The sounds of a kind of caller, shared by all of them."""

    habit: Habit
    question: Sound
    disturbance: Sound | None
    silence: bytes

    @classmethod
    def of(cls, habit: Habit, chunk_ms: int) -> "Voice":
        noise = sound(habit, chunk_ms) if habit in ("cough", "mhm") else None
        return cls(habit, sound("utterance", chunk_ms), noise, silence(chunk_ms))


class Caller(Line):
    """One caller and one call."""

    def __init__(self, host: str, path: str, voice: Voice, tally: Tally, done: Callable[[bool], None]) -> None:
        super().__init__(host, path)
        self._voice = voice
        self._tally = tally
        self._done = done
        self._phase: Phase = "opening"
        self._playout = Playout()
        self._saying: tuple[bytes, ...] = ()
        self._said = 0
        self._spoke_at = 0.0
        self._began_at = 0.0
        self._is_admitted = False
        self._error = ""
        self._interrupts_next = False
        self._is_silenced = False
        self._closed_id = -1
        self._undisturbed = b""
        self._talked_over_until = 0.0  # a reply that went on under the question is no answer to it
        self._disturbed_at = 0.0

    # The line

    def opened(self) -> None:
        self.send(HELLO)

    def ended(self, reason: str) -> None:
        self._phase = "over"
        told = self._error or reason
        if self._is_admitted:
            self._tally.count("lost")
        elif told:
            self._tally.count("refused")
            self._tally.refused_ms.append((time.perf_counter() - self.connected_at) * 1000)
        else:
            self._tally.count("unclear")
        self._tally.reasons[told or "no reason given"] += 1
        self._done(self._is_admitted)

    def message(self, content: bytes, now: float) -> None:
        event: dict[str, Any] = orjson.loads(content)
        match event.get("type"):
            case "audio":
                self._hear(event["audio_event"], now)
            case "interruption":
                self._fall_silent(event["interruption_event"]["event_id"], now)
            case "ping":
                pong = {"type": "pong", "event_id": event["ping_event"]["event_id"]}
                self.send(frame(json.dumps(pong).encode()))
            case "error":
                self._error = error_in(event)
            case _:
                pass

    # What is heard

    def _hear(self, audio: dict[str, Any], now: float) -> None:
        encoded: str = audio["audio_base_64"]
        pcm = b64decode(encoded) if self._voice.disturbance is not None else b""
        size = len(pcm) or len(encoded) * 3 // 4
        if int(audio["event_id"]) <= self._closed_id:
            self._tally.count("stale_ids")
        match self._phase:
            case "opening" if not self._is_admitted:
                self._admitted(now)
            case "waiting" if now > self._talked_over_until:
                self._answered(now)
            case "waiting":
                self._talked_over_until = self._playout.until + size / _BYTES_PER_SECOND
            case "barging" if self._is_silenced:
                self._tally.count("stale_chunks")
            case "asking":
                self._tally.observed("early_replies")
            case _:
                pass
        gap = self._playout.add(size / _BYTES_PER_SECOND, now, pcm)
        if gap and self._phase in ("listening", "opening"):
            self._tally.time(self._tally.underrun_ms, gap * 1000)

    def _admitted(self, now: float) -> None:
        self._is_admitted = True
        self._began_at = now
        self._tally.count("admitted")
        self._tally.first_audio_ms.append((now - self.connected_at) * 1000)
        self._playout.begin()

    def _answered(self, now: float) -> None:
        self._tally.time(self._tally.voice_to_voice_ms, (now - self._spoke_at) * 1000)
        self._tally.observed("replies")
        self._phase = "listening"
        self._began_at = now
        self._disturbed_at = 0.0
        self._playout.begin(keeping=self._voice.disturbance is not None)

    def _fall_silent(self, event_id: int, now: float) -> None:
        self._closed_id = max(self._closed_id, event_id)
        self._playout.flush(now)
        if self._phase == "barging":
            self._is_silenced = True
        elif self._disturbed_at and self._phase == "listening":
            self._tally.time(self._tally.pause_ms, (now - self._disturbed_at) * 1000)
        elif self._phase in ("listening", "opening"):
            self._tally.observed("false_interruptions")

    # What is said: one frame for every tick of the generator's clock

    def tick(self, now: float) -> None:
        """Send the next frame, and see what time it is."""
        if not self.is_open or self.is_over:
            return
        if self._said < len(self._saying):
            self.send(self._saying[self._said])
            self._said += 1
            if self._said == len(self._saying):
                self._spoken(now)
            return
        self.send(self._voice.silence)
        match self._phase:
            case "opening":
                self._open(now)
            case "waiting":
                self._wait(now)
            case "listening":
                self._listen(now)
            case _:
                pass

    def _open(self, now: float) -> None:
        if not self._is_admitted:
            if now - self.connected_at > FIRST_SOUND_SECONDS:
                self._tally.count("silent")
                self._leave()
        elif self._voice.habit == "short":
            if now > self._began_at + SHORT_CALL_SECONDS:
                self._leave()
        elif now > self._playout.until + BREATH_SECONDS:
            self._ask("asking", now)

    def _wait(self, now: float) -> None:
        if now > self._spoke_at + PATIENCE_SECONDS:
            self._tally.observed("missed_turns")
            self._ask("asking", now)

    def _listen(self, now: float) -> None:
        if self._voice.disturbance is not None:
            self._listen_and_disturb(self._voice.disturbance, now)
        elif self._interrupts_next and now > self._began_at + INTO_REPLY_SECONDS:
            self._interrupts_next = False
            self._ask("barging", now)
        elif not self._interrupts_next and now > self._playout.until + BREATH_SECONDS:
            self._interrupts_next = True
            self._ask("asking", now)

    def _ask(self, phase: Phase, now: float) -> None:
        self._phase = phase
        self._is_silenced = False
        self._say(self._voice.question, now)

    def _say(self, what: Sound, now: float) -> None:
        """Begin to speak now; the first frame, with what is spoken from now on, is sent at the next tick."""
        self._saying, self._said = what.frames, 0
        self._spoke_at = now

    def _spoken(self, now: float) -> None:
        if self._phase == "barging":
            self._judge_silence(now)
        if self._phase in ("asking", "barging"):
            self._phase = "waiting"
            self._spoke_at = now

    def _judge_silence(self, now: float) -> None:
        """At the end of what was said into the answer it must long be silent."""
        if self._playout.until > now:
            self._tally.observed("missed_interruptions")
            self._talked_over_until = self._playout.until
        else:
            self._tally.time(self._tally.silence_ms, (self._playout.until - self._spoke_at) * 1000)

    # Coughs and hums

    def _listen_and_disturb(self, noise: Sound, now: float) -> None:
        is_first = not self._undisturbed
        if not is_first and not self._disturbed_at and now > self._began_at + INTO_REPLY_SECONDS:
            self._disturbed_at = now
            self._say(noise, now)
        elif now > self._playout.until + (BREATH_SECONDS if self._is_complete else RESUMES_WITHIN_SECONDS):
            self._judge_reply(is_first=is_first)
            self._ask("asking", now)

    @property
    def _is_complete(self) -> bool:
        return self._playout.heard_seconds * 1000 > scenario.REPLY_MS - EXACT_MS

    def _judge_reply(self, *, is_first: bool) -> None:
        parts = self._playout.parts()
        if is_first:
            self._undisturbed = b"".join(parts)
        elif self._tally.is_measuring:
            self._judge_disturbed(parts)

    def _judge_disturbed(self, parts: list[bytes]) -> None:
        tally = self._tally
        tally.count("disturbed")
        if len(parts) > 1:
            tally.count("paused")
        if not self._is_complete:
            tally.count("cut_short")
            return
        found = compared(parts, self._undisturbed)
        tally.repeated_ms.append(found.repeated_ms)
        tally.skipped_ms.append(found.skipped_ms)
        if not found.is_same:
            tally.count("torn")
        elif max(found.repeated_ms, found.skipped_ms) > EXACT_MS:
            tally.count("inexact")

    def _leave(self) -> None:
        self._phase = "over"
        self.hang_up()
        self._done(self._is_admitted)
