"""The contract report that a test run ends with.

Tests say what they cover (`@pytest.mark.covers("GET /v1/convai/agents/{agent_id}", ...)`) and the fixtures say what
they saw; both travel as `user_properties`, so that the report is the same with any number of test processes.
"""

from collections.abc import Iterable
from typing import Any

import pytest

COVERED = "contract.covered"
STUBBED = "contract.stubbed"
DEFECT = "contract.defect"
HONEST = "contract.honest"

MOST_NAMES = 10


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [each for kind in ("passed", "failed", "error") for each in terminalreporter.stats.get(kind, [])]
    said = [(name, value, each.passed) for each in reports for name, value in getattr(each, "user_properties", [])]
    if not any(name in (COVERED, HONEST) for name, _, _ in said):
        return
    terminalreporter.section("contract")
    for line in lines(said):
        terminalreporter.write_line(line)


def lines(said: Iterable[tuple[str, str, bool]]) -> list[str]:
    """The report, from what tests said of themselves: name, value, and whether the test passed."""
    from tests.contract.surface import contract_version, core_operations, operations

    said = list(said)
    core = {operation.name for operation in core_operations()}
    everything = {operation.name for operation in operations().values()}
    unproven = {value for name, value, passed in said if name in (COVERED, STUBBED) and not passed}
    stubbed = {value for name, value, passed in said if name == STUBBED and passed}
    implemented = {value for name, value, passed in said if name == COVERED and passed} & stubbed - unproven
    honest = {value for name, value, _ in said if name == HONEST}
    missing = core - implemented - honest
    defects = sorted({value for name, value, _ in said if name == DEFECT})
    return [
        f"{contract_version()}: {len(core)} core operations",
        f"  implemented {len(core & implemented):4}  proven by a stateful test that fails with the handler stubbed",
        f"  honest 501  {len(core & honest):4}  listed in src/vivavoce/api/unbuilt.json",
        f"  missing     {len(missing):4}{_few(missing)}",
        f"beyond /v1/convai: {len(everything - core)}",
        f"  implemented {len(everything & implemented - core):4}",
        f"  honest 501  {len(everything & honest - core):4}",
        f"defects of fields: {len(defects)}{_few(defects)}",
    ]


def _few(names: Iterable[str]) -> str:
    """The names, but for a run of a few tests, to which almost everything is missing."""
    listed = sorted(names)
    rest = [f"... and {len(listed) - MOST_NAMES} more"] if len(listed) > MOST_NAMES else []
    return "".join(f"\n    {each}" for each in [*listed[:MOST_NAMES], *rest])
