"""Has the dashboard built before a wheel is packed: whoever installs the wheel needs no Node.

The build is that of `./dev build`, which brings its own Node, and does nothing where the built files are today's.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardHook(BuildHookInterface[Any]):
    """Runs before the files of the wheel are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build, or say why that cannot be; a wheel without its pages would disappoint later."""
        # pip builds in isolation: such variables hide what is installed, pip itself included, which has to fetch Node.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        command = [sys.executable, "-I", str(Path(self.root) / "tooling"), "build"]
        subprocess.run(command, env=environment, check=True)
