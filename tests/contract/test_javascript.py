"""The official JavaScript SDK against the real server."""

import subprocess
from pathlib import Path

from tests.contract.javascript import node, node_modules

JOURNEYS = ("agentsJourney", "secretsJourney", "settingsJourney", "refusals")


def test_an_afternoon_with_the_javascript_sdk(running):
    script = Path(__file__).with_name("journey.cjs")
    done = subprocess.run(
        [node(), script, node_modules(), running.base_url, running.api_key],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[: len(JOURNEYS)] == [f"{journey}: done" for journey in JOURNEYS]
