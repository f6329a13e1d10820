"""Shows people at a terminal how far a pull is."""

import sys

from vivavoce.storage.models.pulling import Pulled


class Meter:
    """Shows how far a pull is: one line rewritten on a terminal, else a line for every quarter of a model."""

    def __init__(self, *, live: bool | None = None) -> None:
        self._live = sys.stderr.isatty() if live is None else live
        self._shown: tuple[str, int] = ("", -1)

    def show(self, pulled: Pulled) -> None:
        """Show it if it is news."""
        percent = pulled.done_bytes * 100 // pulled.total_bytes
        step = percent if self._live else percent // 25 * 25
        if (pulled.model_id, step) == self._shown:
            return
        self._shown = (pulled.model_id, step)
        line = f"  {pulled.model_id:<20} {step:>3} %  of {pulled.total_bytes / 1e6:,.0f} MB"
        _write(f"\r{line}\033[K" if self._live else f"{line}\n")

    def end(self) -> None:
        """Leave the line."""
        if self._live and self._shown[0]:
            _write("\n")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
