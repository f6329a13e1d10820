"""Voices, a file each. What they answer to is `ports.voice.Voice`; when a reply sounds is the engine's business."""
