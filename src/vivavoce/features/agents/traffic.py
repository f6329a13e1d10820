"""Which branch of an agent a conversation runs on.

Percentages are kept per branch and sum to 100. The draw is the conversation's id itself, hashed: the same
conversation gets the same branch in every process, after every restart, and in every replay.
"""

import hashlib
from collections.abc import Mapping

from vivavoce.base.errors import Invalid

Traffic = Mapping[str, float]

WHOLE = 100.0
_TOLERANCE = 1e-6


def check_sum(traffic: Traffic, loc: tuple[str | int, ...]) -> None:
    """Refuse percentages that do not share out all the traffic."""
    total = sum(traffic.values())
    if abs(total - WHOLE) > _TOLERANCE:
        raise Invalid(
            loc, f"The traffic percentages sum to {total:g}, not to 100. Share out all of it.", type="traffic_sum"
        )


def draw(traffic: Traffic, conversation_id: str) -> str | None:
    """The branch for a conversation; None where no branch gets any traffic."""
    live = [(branch_id, share) for branch_id, share in sorted(traffic.items()) if share > 0]
    place = _place_of(conversation_id) * sum(share for _, share in live)
    for branch_id, share in live:
        if place < share:
            return branch_id
        place -= share
    return live[-1][0] if live else None


def _place_of(conversation_id: str) -> float:
    """A number from 0 up to 1 that is the conversation's own."""
    digest = hashlib.sha256(conversation_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
