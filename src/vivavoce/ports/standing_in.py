"""Who is told when a provider fails and another one of the installation goes on in its place, and what.

Whoever asks for an ear, a voice or a mind hands over somebody to tell. Nothing is decided by it: it is for the record.
What a provider says of its failure may repeat what somebody said, and must not outlive a call that nothing is kept of.
"""

import traceback
from collections.abc import Callable
from pathlib import Path

from vivavoce.engine.events import SteppedIn

ToldOfStandIns = Callable[[SteppedIn], None]


def as_told(why: str, *, keeps_content: bool, denied: bool = False) -> str:
    """Why a provider failed, for logs, records, and those who look after the providers."""
    if keeps_content:
        return why
    return "It refuses the key, or the key has run out." if denied else "It failed; what it said of it is not kept."


def about_error(error: BaseException, *, keeps_content: bool) -> dict[str, str]:
    """Where an error happened, for the log. Its own words may repeat what was said: they are customer content."""
    frames = traceback.extract_tb(error.__traceback__)
    about = {"where": " > ".join(f"{'/'.join(Path(each.filename).parts[-2:])}:{each.lineno}" for each in frames)}
    return about | ({"pii_error": "".join(traceback.format_exception(error))} if keeps_content else {})


def tell_nobody(_: SteppedIn) -> None:
    """For those who keep no record."""
