"""Voice activity by loudness: whatever is loud is a voice. For tests, quiet rooms, and where nothing better runs."""

from vivavoce.ports.speech import LoudnessActivity
from vivavoce.providers.registry import Options, Outside, Provider


class LoudnessOptions(Options):
    """It has none."""


def make(options: LoudnessOptions, outside: Outside) -> LoudnessActivity:
    """The port's own double."""
    _ = options, outside
    return LoudnessActivity()


PROVIDER = Provider("activity", "Whatever is loud is a voice. For tests.", LoudnessOptions, make)
