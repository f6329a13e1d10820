"""The rules of the house that import-linter's contracts (pyproject.toml) run here and those they cannot express."""

import ast
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

import vivavoce
from vivavoce.app import KINDS
from vivavoce.ports.documents import Kind

ROOT = Path(vivavoce.__file__).parent
REPOSITORY = ROOT.parents[1]
FEATURES = "vivavoce.features."
PURE = ("vivavoce.engine", "vivavoce.base")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("vivavoce", include_external_packages=True, cache_dir=None)


def test_the_contracts_of_the_layers_hold() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_features_reach_each_other_only_through_service(graph: grimp.ImportGraph) -> None:
    assert _around_the_service(graph) == []


def test_going_around_a_service_is_noticed() -> None:
    graph = grimp.ImportGraph()
    for module in (
        "vivavoce.features.agents.store",
        "vivavoce.features.tools.store",
        "vivavoce.features.tools.service",
    ):
        graph.add_module(module)
    graph.add_import(importer="vivavoce.features.agents.store", imported="vivavoce.features.tools.service")
    assert _around_the_service(graph) == []
    graph.add_import(importer="vivavoce.features.agents.store", imported="vivavoce.features.tools.store")
    assert _around_the_service(graph) == ["vivavoce.features.agents.store -> vivavoce.features.tools.store"]


@pytest.mark.parametrize("package", PURE)
def test_what_is_pure_uses_the_standard_library_alone(graph: grimp.ImportGraph, package: str) -> None:
    third_party = {
        f"{module} -> {imported}"
        for module in graph.modules
        if module == package or module.startswith(f"{package}.")
        for imported in graph.find_modules_directly_imported_by(module)
        if not imported.startswith("vivavoce") and imported.split(".")[0] not in sys.stdlib_module_names
    }
    assert third_party == set()


def test_every_package_says_what_lives_there() -> None:
    silent = [
        str(path.parent.relative_to(ROOT))
        for path in ROOT.rglob("__init__.py")
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in ROOT.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_kind_of_document_is_known_to_reindex() -> None:
    found = {
        value.kind: value
        for name, module in list(sys.modules.items())
        if name.startswith("vivavoce.")
        for attribute, value in vars(module).items()
        if isinstance(value, Kind) and not attribute.startswith("_")
    }
    assert {kind.kind for kind in KINDS} == found.keys()
    assert len(KINDS) == len(found)


def _around_the_service(graph: grimp.ImportGraph) -> list[str]:
    """Imports between features that do not go to a `service` module."""
    return sorted(
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if (own := _feature(importer)) and (other := _feature(imported)) and own != other
        if imported != f"{FEATURES}{other}.service"
    )


def _feature(module: str) -> str:
    return module.removeprefix(FEATURES).split(".")[0] if module.startswith(FEATURES) else ""
