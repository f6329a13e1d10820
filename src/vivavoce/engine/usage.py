"""What a turn took: its waterfall of times, its tokens and its characters.

The engine sees every moment that matters, so the waterfall needs no clock of its own: each stage is the audio time
or the call time of the event that reached it, in seconds since the call began. A stage that did not happen (no
speech in a typed turn, no audio in a text-only call) is None. The record stores it per agent turn; the figures of
the whole call are sums over the turns.
"""

from __future__ import annotations

from dataclasses import replace

from vivavoce.base.frozen import frozen
from vivavoce.engine.events import Tokens


@frozen(kw_only=True)
class Waterfall:
    """One agent turn, from the caller's last sound to the agent's last."""

    speech_ended: float | None = None
    transcript_final: float | None = None
    turn_ended: float | None = None
    """When the engine decided that it was the agent's turn."""
    first_token: float | None = None
    first_sentence: float | None = None
    """When the first piece of text went to the voice."""
    first_audio: float | None = None
    """When the voice gave its first audio."""
    first_played: float | None = None
    last_played: float | None = None

    @property
    def voice_to_voice_seconds(self) -> float | None:
        """What the caller waited: from the end of speech to the first sound of the answer."""
        if self.speech_ended is None or self.first_played is None:
            return None
        return self.first_played - self.speech_ended


@frozen(kw_only=True)
class Usage:
    """What providers will charge for."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    voiced_characters: int = 0
    voiced_seconds: float = 0.0

    def with_tokens(self, tokens: Tokens) -> Usage:
        """Add what one run of the mind took."""
        return replace(
            self,
            input_tokens=self.input_tokens + tokens.input_tokens,
            output_tokens=self.output_tokens + tokens.output_tokens,
            cached_tokens=self.cached_tokens + tokens.cached_tokens,
        )

    def plus(self, other: Usage) -> Usage:
        """The sum of both."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            voiced_characters=self.voiced_characters + other.voiced_characters,
            voiced_seconds=self.voiced_seconds + other.voiced_seconds,
        )
