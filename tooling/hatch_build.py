"""Has the dashboard built before a wheel is packed: whoever installs the wheel needs no Node.

The build is that of `./dev build`, which brings its own Node, and does nothing where the built files are today's.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardHook(BuildHookInterface[Any]):
    """Runs before the files of the wheel are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build, or say why that cannot be; a wheel without its pages would disappoint later."""
        subprocess.run([sys.executable, str(Path(self.root) / "tooling"), "build"], check=True)
