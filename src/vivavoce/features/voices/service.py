"""What voices offer to other features and to `app`: everything importable is here."""

from vivavoce.features.voices.assembly import Outside, VoiceServices

__all__ = ["Outside", "VoiceServices"]
