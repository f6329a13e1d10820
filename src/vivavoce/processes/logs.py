"""How a process begins to log: as the settings say."""

import sys

from vivavoce.api.logs import configure_logs
from vivavoce.settings import Settings


def start_logs(settings: Settings) -> None:
    """Log to the error stream; for people if one of them is there to read it."""
    people = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    configure_logs(
        level=settings.log_level,
        form="console" if people else "json",
        customer_content=settings.log_customer_content,
    )
