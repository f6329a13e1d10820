"""Every operation of the contract is built and proven, or honestly refused; the list of refusals only shrinks."""

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.report import HONEST
from tests.contract.running import RunningServer
from tests.contract.surface import Key, contract_version, core_operations, normal, operations

from vivavoce.api.unbuilt import unbuilt_operations

REPOSITORY = Path(__file__).resolve().parents[2]
LIST = "src/vivavoce/api/unbuilt.json"
UNBUILT_MODULE = "vivavoce.api.unbuilt"

listed = {(method, normal(path)) for method, path in unbuilt_operations()}


def built(server: RunningServer) -> set[Key]:
    """The operations of the contract that lead to a route of a feature."""
    found: set[Key] = set()
    for key, operation in operations().items():
        leaf = server.application.server.switchboard.leaves_at(operation.path.translate(BRACES)).get(operation.method)
        if leaf and normal(leaf.route.path) == key[1] and leaf.route.endpoint.__module__ != UNBUILT_MODULE:
            found.add(key)
    return found


BRACES = str.maketrans("", "", "{}")


def test_the_list_names_operations_of_the_contract_only():
    assert json.loads((REPOSITORY / LIST).read_text())["contract"] == contract_version()
    assert listed <= operations().keys()


def test_no_operation_is_forgotten_or_listed_although_it_is_built(running):
    done = built(running)
    assert not done & listed, "built, and still listed: delete these lines"
    assert operations().keys() - done == listed, "neither built nor listed"


def test_what_is_listed_answers_501(running, record_property, request):
    with httpx.Client(base_url=running.base_url) as client:
        for method, path in unbuilt_operations():
            answer = client.request(method, path.translate(BRACES))
            assert (answer.status_code, answer.json()["detail"]["status"]) == (501, "not_built"), (method, path)
            request.node.user_properties.append((HONEST, f"{method} {path}"))


def test_every_built_operation_has_a_stateful_test(running):
    unproven = built(running) - covered_in_sources()
    assert not unproven, "built without a test that covers it"


def test_the_list_only_shrinks():
    for commit, operations_then in earlier_lists():
        grown = listed - operations_then
        assert not grown, f"not in the list of {commit[:12]}: {sorted(grown)}"


def test_the_contract_has_231_core_operations():
    assert len(core_operations()) == 231


def covered_in_sources() -> set[Key]:
    """What the tests of this folder say they cover."""
    found: set[Key] = set()
    for file in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers":
                for argument in node.args:
                    method, path = ast.literal_eval(argument).split(" ")
                    found.add((method, normal(path)))
    return found


def earlier_lists() -> list[tuple[str, set[Key]]]:
    """The list as it was in each commit that changed it, as far back as this clone and this contract go."""
    commits = git("log", "--format=%H", "--", LIST).split()
    then = [(commit, json.loads(git("show", f"{commit}:{LIST}") or "{}")) for commit in commits]
    return [(commit, keys(old)) for commit, old in then if old.get("contract") == contract_version()]


def keys(stored: dict[str, Any]) -> set[Key]:
    return {(method, normal(path)) for method, path in stored["operations"]}


def git(*arguments: str) -> str:
    """What git says; nothing where there is no git or no history, as in an unpacked archive."""
    try:
        done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


@pytest.mark.parametrize("test", sorted(covered_in_sources()), ids=" ".join)
def test_what_a_test_covers_is_in_the_contract(test):
    assert test in operations()
