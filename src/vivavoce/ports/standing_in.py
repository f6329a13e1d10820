"""Who is told when a provider fails and another one of the installation goes on in its place.

Whoever asks for an ear, a voice or a mind hands over somebody to tell. Nothing is decided by it: it is for the record.
"""

from collections.abc import Callable

from vivavoce.engine.events import SteppedIn

ToldOfStandIns = Callable[[SteppedIn], None]


def tell_nobody(_: SteppedIn) -> None:
    """For those who keep no record."""
