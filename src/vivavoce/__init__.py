"""Vivavoce: an open, self-hostable platform for voice AI agents.

The folders, from the outside in: `cli` (commands), `app` (the composition root), `features` (bounded
contexts), `api` (the HTTP edge they share), `storage` (the outside world's memory), `ports` (what the inside
asks of the outside), `engine` (pure decisions of a call), `base` (words everybody uses).
ARCHITECTURE.md draws the house and says who may import whom.
"""

__version__ = "0.1.0"
