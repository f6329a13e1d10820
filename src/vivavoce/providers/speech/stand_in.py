"""An ear that notices speech and understands none of it: what a call hears where no ear is configured.

Every stretch of speech becomes the same words in brackets. The caller sees them, any mind can make sense of them, and
nothing pretends to have understood.
"""

from pydantic import Field

from vivavoce.ports.speech import ScriptedEar
from vivavoce.providers.registry import Options, Outside, Provider

UNDERSTOOD = "[speech that could not be transcribed]"


class StandInEarOptions(Options):
    """What it writes down."""

    words: str = Field(default=UNDERSTOOD, description="The words that stand for whatever was said.")


def make(options: StandInEarOptions, outside: Outside) -> ScriptedEar:
    """An ear without words."""
    _ = outside
    return ScriptedEar((options.words,), minimum_speech_seconds=0.4, gives_interims=False, repeats=True)


PROVIDER = Provider("ear", "Notices speech and understands none, where no ear is configured.", StandInEarOptions, make)
