"""A tone with known delays, for measurements and tests."""

from pydantic import Field

from vivavoce.ports.voice import ScriptedVoice
from vivavoce.providers.registry import Options, Outside, Provider


class ScriptedVoiceOptions(Options):
    """The delays and lengths; the defaults are those of the call benchmark."""

    sample_rate_hz: int = Field(default=16_000, ge=8_000, le=48_000, description="Rate of its audio.")
    first_byte_seconds: float = Field(default=0.1, ge=0, description="From a piece of text to its first audio.")
    chunk_seconds: float = Field(default=0.1, gt=0, description="Length of a chunk of audio.")
    seconds_per_piece: float | None = Field(
        default=1.5, gt=0, description="Length of every sentence; null makes it as long as its text."
    )
    seconds_per_character: float = Field(
        default=0.06, gt=0, description="Length of a character, where sentences are as long as their text."
    )
    speed: float = Field(default=5.0, gt=0, description="How many times faster than real time audio is made.")
    amplitude: int = Field(default=9_000, ge=0, le=32_767, description="Loudness of the tone, as its largest sample.")


def make(options: ScriptedVoiceOptions, outside: Outside) -> ScriptedVoice:
    """The port's own double, with these figures."""
    _ = outside
    return ScriptedVoice(**options.model_dump())


PROVIDER = Provider("voice", "A tone with known delays, for measurements and tests.", ScriptedVoiceOptions, make)
