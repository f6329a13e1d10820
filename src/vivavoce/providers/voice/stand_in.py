"""A soft hum in the rhythm of the words: what a call sounds like where no voice is configured.

It keeps a voice call whole (text, turns, interruptions, timing) and cannot be mistaken for a voice that works.
"""

from pydantic import Field

from vivavoce.ports.voice import ScriptedVoice
from vivavoce.providers.registry import Options, Outside, Provider


class StandInVoiceOptions(Options):
    """How it hums."""

    amplitude: int = Field(default=1_600, ge=0, le=32_767, description="Loudness of the hum, as its largest sample.")


def make(options: StandInVoiceOptions, outside: Outside) -> ScriptedVoice:
    """A voice without words."""
    _ = outside
    return ScriptedVoice(first_byte_seconds=0.0, speed=20.0, amplitude=options.amplitude, rests=True)


PROVIDER = Provider("voice", "A soft hum in place of a voice, where none is configured.", StandInVoiceOptions, make)
