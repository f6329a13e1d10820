"""The caller's side of the floor: what they are saying, and whether their turn is over.

A `CallerTurn` gathers what the voice detector, the ear and the turn model report about one turn of the caller. A
turn may have pauses:

        voice      ####### . . . ######### . . . . . . . |
        ear            "my number is"          "five five one"
        turn model          0.2                      0.9 |
                                                         turn over

It is over when three signals agree, or when silence alone has lasted long enough:

- **silence** since the last sound; how much is needed depends on the other two and on `turn_eagerness`;
- **probability**: a turn model that is sure needs little silence, one that doubts needs much;
- **certainty**: while a first sound of a voice may be the caller going on, or while their audio is overdue, nothing is
  decided; a moment later it is known;
- **completeness**: the ear has said its final word about everything that was spoken. A final that does not come is
  waited for, for a while (longer from an ear that is known to be at work), then the words so far are taken. Somebody
  who spells or dictates numbers, or who breaks off after "and", gets patience.

Sound without any words is not a turn: it is forgotten. All of it counts from audio time, so a slow loop or a
detector that works in windows adds no delay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vivavoce.engine.plan import TurnSettings
from vivavoce.engine.words import words_of

SURE = 0.75
"""A turn model at least this sure needs the least silence."""
EVEN = 0.4
"""Below this it thinks that more will come."""
SPELLING_PATIENCE_SECONDS = 1.0
FINAL_WAIT_SECONDS = 1.0
"""So long the final transcript is waited for after the turn would be over."""
WORKING_WAIT_SECONDS = 6.0
"""So long if the ear is known to be at work on it: a wrong answer to half a question takes longer to mend."""
NOISE_SECONDS = 2.0
"""Sound that has no words by then was noise."""
STUCK_SECONDS = 12.0
"""A voice detector that reports a voice while the ear hears nothing for so long is taken to be stuck."""
STUCK_WITHOUT_INTERIMS_SECONDS = 40.0
"""The same where the ear gives only finals: of somebody who talks on it has none for half a minute."""
COVERED_SECONDS = 0.4
"""A final that ends this close to the last sound has heard all of it."""

UNFINISHED_WORDS = frozenset(
    words_of(
        "and but or so because if when that the a an to of for with my your is are um uh er hmm like "
        "und oder aber weil wenn dass der die das ein eine mit von für äh ähm "
        "et ou mais parce que si le la les un une de euh "
        "y o pero porque que el los las un una de con eh"
    )
)
NUMBER_WORDS = frozenset(
    words_of(
        "zero oh one two three four five six seven eight nine ten double triple dash dot at "
        "null eins zwei drei vier fünf sechs sieben acht neun "
        "zéro un deux trois quatre cinq six sept huit neuf "
        "cero uno dos tres cuatro cinco seis siete ocho nueve"
    )
)
_TRAILS_OFF = re.compile(r"(?:,|;|:|-|–|—|\.\.\.|…)\s*$")
_SENTENCE_OVER = re.compile(r"[.!?。！？]\s*$")


@dataclass(slots=True)
class CallerTurn:
    """One turn of the caller, as far as it has come."""

    began_at: float | None = None
    is_speaking: bool = False
    detected: bool = False
    """A voice detector noticed it; otherwise the words themselves are the only sound there is."""
    last_sound_at: float = 0.0
    last_heard_at: float = 0.0
    final_at: float | None = None
    """Up to where the ear has said its final word."""
    at_work_until: float | None = None
    """Up to where the ear has said that it is writing down."""
    final_text: str = ""
    interim_text: str = ""
    probability: float | None = None
    """The turn model's opinion on the present pause."""
    in_doubt_until: float = 0.0
    """Until then it is not known whether they are still silent."""

    # What is reported

    def speech_started(self, at: float) -> None:
        """There is a voice."""
        self._begin(at)
        self.is_speaking = self.detected = True
        self.last_sound_at = max(self.last_sound_at, at)
        self.probability = None

    def speech_stopped(self, at: float) -> None:
        """There is silence again."""
        self._begin(at)
        self.is_speaking = False
        self.last_sound_at = max(self.last_sound_at, at)

    def heard(self, text: str, at: float, *, final: bool) -> None:
        """The ear has words. Words are sound, also where the voice detector missed it."""
        if not text and not self.has_begun:
            return
        is_new = bool(text) and text != self.interim_text
        if is_new and not self.is_speaking and self._goes_beyond_the_detector(at, final=final):
            self.last_sound_at = at
        self._begin(at)
        self.last_heard_at = at
        if final:
            self.final_text = _joined(self.final_text, text)
            self.interim_text = ""
            self.final_at = at
        else:
            self.interim_text = text

    def ear_is_at_work(self, at: float) -> None:
        """A final will follow for what was said up to there."""
        if self.has_begun:
            self.at_work_until = at

    def likely_over(self, probability: float) -> None:
        """The turn model has an opinion on this pause."""
        self.probability = probability

    def silence_in_doubt(self, until: float) -> None:
        """They may be going on; it is known by then."""
        self.in_doubt_until = until

    # What it amounts to

    @property
    def has_begun(self) -> bool:
        """There was a sound."""
        return self.began_at is not None

    @property
    def text(self) -> str:
        """What they said so far."""
        return _joined(self.final_text, self.interim_text)

    @property
    def is_transcribed(self) -> bool:
        """The ear has said its final word on all that was spoken."""
        if self.is_speaking or self.interim_text or self.final_at is None:
            return False
        return self.final_at >= self.last_sound_at - COVERED_SECONDS

    @property
    def is_worth_thinking_about(self) -> bool:
        """There is a pause, and the words are probably all there."""
        if self.is_speaking or not self.text:
            return False
        return self.is_transcribed or self.last_heard_at >= self.last_sound_at

    def is_over_at(self, settings: TurnSettings) -> float | None:
        """When the turn is over if nothing more happens; None while they speak, or have said nothing."""
        if self.is_speaking or not self.text:
            return None
        at = self.last_sound_at + silence_needed(self, settings)
        if not self.is_transcribed:
            at += WORKING_WAIT_SECONDS if self._ear_works else FINAL_WAIT_SECONDS
        return max(at, self.in_doubt_until)

    def is_noise_at(self, stuck_seconds: float = STUCK_SECONDS) -> float | None:
        """When sound without words is forgotten; None while there is a voice, words, or nothing."""
        if not self.has_begun or self.text:
            return None
        if self.is_speaking:
            return max(self.last_sound_at, self.last_heard_at) + stuck_seconds
        return self.last_sound_at + (WORKING_WAIT_SECONDS if self._ear_works else NOISE_SECONDS)

    def is_stuck_at(self, stuck_seconds: float = STUCK_SECONDS) -> float | None:
        """When a voice that goes on without new words is no longer believed."""
        if not self.is_speaking or not self.text:
            return None
        return max(self.last_sound_at, self.last_heard_at) + stuck_seconds

    @property
    def _ear_works(self) -> bool:
        """It has begun on the last sound, and has not come to its end."""
        return self.at_work_until is not None and (self.final_at is None or self.final_at < self.at_work_until)

    def _goes_beyond_the_detector(self, at: float, *, final: bool) -> bool:
        """There is no detector, or it missed that the caller went on."""
        return not self.detected or (not final and at > self.last_sound_at + COVERED_SECONDS)

    def _begin(self, at: float) -> None:
        if self.began_at is None:
            self.began_at = at


def silence_needed(turn: CallerTurn, settings: TurnSettings) -> float:
    """Seconds of silence that end this turn, by what is known of it."""
    silences = settings.silences()
    probability = turn.probability if settings.mode == "turn" else None
    needed = silences.unknown_seconds
    if probability is not None:
        if probability >= SURE or (probability >= EVEN and reads_complete(turn.text)):
            needed = silences.sure_seconds
        elif probability < EVEN:
            needed = silences.unsure_seconds
    if settings.mode == "turn" and (probability is None or probability < SURE) and reads_unfinished(turn.text):
        needed = max(needed, silences.unsure_seconds)
    if settings.spelling_patience == "auto" and reads_spelled(turn.text):
        needed += SPELLING_PATIENCE_SECONDS
    return needed


def reads_complete(text: str) -> bool:
    """It ends like a sentence."""
    return bool(_SENTENCE_OVER.search(text)) and not _TRAILS_OFF.search(text)


def reads_unfinished(text: str) -> bool:
    """It breaks off where nobody ends a sentence."""
    if _TRAILS_OFF.search(text):
        return True
    words = words_of(text)
    return not _SENTENCE_OVER.search(text) and bool(words) and words[-1] in UNFINISHED_WORDS


def reads_spelled(text: str) -> bool:
    """It ends in letters, digits or number words one by one: more may follow after a breath."""
    words = words_of(text)[-2:]
    return len(words) == 2 and all(_is_spelled(word) for word in words)


def _is_spelled(word: str) -> bool:
    return word.isdigit() or word in NUMBER_WORDS or (len(word) == 1 and word not in ("a", "i", "y", "o"))


def is_equivalent(one: str, other: str) -> bool:
    """Both texts say the same, whatever the punctuation."""
    return words_of(one) == words_of(other)


def _joined(first: str, second: str) -> str:
    first, second = first.strip(), second.strip()
    return f"{first} {second}" if first and second else first or second
