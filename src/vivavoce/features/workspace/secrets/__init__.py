"""Workspace secrets: values under a name, sealed, usable by agents and tools, never shown again.

How a value is sealed is `storage/vault`'s business; who uses it, the references of documents say.
"""
