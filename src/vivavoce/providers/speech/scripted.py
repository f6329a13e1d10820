"""An ear that hears its script, with known delays, for measurements and tests."""

from pydantic import Field

from vivavoce.ports.speech import ScriptedEar
from vivavoce.providers.registry import Options, Outside, Provider


class ScriptedEarOptions(Options):
    """The script and the delays; the defaults are those of the call benchmark."""

    lines: tuple[str, ...] = Field(
        default=("where is my order",), description="What is heard, one line for each stretch of speech."
    )
    repeats: bool = Field(default=True, description="Begin again after the last line; otherwise hear nothing more.")
    interim_seconds: float = Field(default=0.3, ge=0, description="From the begin of speech to its interim.")
    final_seconds: float = Field(default=0.15, ge=0, description="From the end of speech to its final.")
    minimum_speech_seconds: float = Field(
        default=0.5, ge=0, description="What is shorter is a cough, and understood as nothing."
    )
    gives_interims: bool = Field(default=True, description="Whether words arrive while they are spoken.")
    sample_rate_hz: int = Field(default=16_000, ge=8_000, le=48_000, description="Rate of the audio it wants.")


def make(options: ScriptedEarOptions, outside: Outside) -> ScriptedEar:
    """The port's own double, with these figures."""
    _ = outside
    return ScriptedEar(**options.model_dump())


PROVIDER = Provider("ear", "Hears its script, for measurements and tests.", ScriptedEarOptions, make)
