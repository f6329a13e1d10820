"""Workspace secrets: values under a name, sealed, usable by agents and tools, never shown again."""
