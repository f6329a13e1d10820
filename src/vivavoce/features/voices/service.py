"""What voices offer to other features and to `app`: everything importable is here."""

from vivavoce.features.voices.assembly import Outside, VoiceServices
from vivavoce.features.voices.casting import AsTheyAre, Cast, Casting

__all__ = ["AsTheyAre", "Cast", "Casting", "Outside", "VoiceServices"]
