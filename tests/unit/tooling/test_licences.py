"""The product may be given to anybody: no wheel brings a licence that would take that away."""

from dataclasses import replace
from pathlib import Path

import pytest
from tooling import licences
from tooling.licences import REPOSITORY, Package, allowed, page, problems, runtime_packages

HARMLESS = Package("harmless", "1.0", "MIT")


@pytest.mark.parametrize("package", runtime_packages(), ids=lambda package: package.name)
def test_every_wheel_of_the_product_may_be_used(package: Package) -> None:
    assert problems(package) == []


def test_the_page_is_as_generated() -> None:
    written = (REPOSITORY / "docs" / "licences.md").read_text("utf-8")
    assert written == page(), "run ./dev docs"


def test_what_we_ship_of_others_is_there_with_its_licence() -> None:
    assets = REPOSITORY / "src" / "vivavoce" / "api" / "reference_page"
    assert "Apache License" in (assets / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize(
    "expression",
    [
        "MIT",
        "Apache-2.0 OR GPL-2.0-only",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
        "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
        "MIT/Apache-2.0",
        "ISC AND (GPL-3.0-only OR ISC)",
    ],
)
def test_a_way_that_is_open_is_taken(expression: str) -> None:
    assert allowed(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-2.0-or-later",
        "AGPL-3.0-only",
        "(MIT AND GPL-2.0-only)",
        "Proprietary",
        "MIT ISC",
    ],
)
def test_a_licence_that_is_closed_or_unknown_is_refused(expression: str) -> None:
    assert not allowed(expression)


@pytest.mark.parametrize(
    "bad",
    [
        replace(HARMLESS, licence="GPL-3.0-only"),
        replace(HARMLESS, licence="LGPL-3.0-or-later"),
        replace(HARMLESS, licence=""),
        replace(HARMLESS, component_licences=frozenset({"MIT", "AGPL-3.0-only"})),
        replace(HARMLESS, licence_texts={"licenses/COPYING": "GNU GENERAL PUBLIC LICENSE\n  Version 3"}),
        replace(HARMLESS, compiled_files=("harmless/_speedups.so",)),
        replace(HARMLESS, name="uvloop", compiled_files=("uvloop.libs/libx264-1a2b3c4d.so.164",)),
    ],
)
def test_each_way_in_is_watched(bad: Package) -> None:
    assert problems(bad)


def test_lgpl_is_fine_for_a_shared_library_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licences, "LINKED_IN", {"sound": ""})
    monkeypatch.setattr(
        licences, "BUNDLED_LIBRARIES", {"libsndfile": "LGPL-2.1-or-later", "libx264": "GPL-2.0-or-later"}
    )
    sound = replace(HARMLESS, name="sound", compiled_files=("sound.libs/libsndfile-0a1b2c3d.so.1",))
    assert problems(sound) == []
    assert problems(replace(sound, compiled_files=("sound.libs/libx264-0a1b2c3d.so.164",)))


GPL_TEXT = "GNU GENERAL PUBLIC LICENSE\n  Version 3"
GCC_TEXT = "GCC RUNTIME LIBRARY EXCEPTION\n\nVersion 3.1, 31 March 2009\n" + GPL_TEXT


def test_the_gcc_runtime_is_fine_as_a_library_beside_its_exception() -> None:
    fortran = replace(HARMLESS, name="numpy", compiled_files=("numpy.libs/libgfortran-0a1b2c3d.so.5.0.0",))
    assert problems(replace(fortran, licence_texts={"licenses/LICENSE.txt": GCC_TEXT})) == []
    assert problems(replace(fortran, licence_texts={"licenses/LICENSE.txt": GPL_TEXT}))
    assert problems(replace(HARMLESS, licence_texts={"licenses/LICENSE.txt": GCC_TEXT}))
    assert problems(replace(HARMLESS, licence=licences.GCC_RUNTIME))


def test_no_table_speaks_of_what_is_gone() -> None:
    names = {package.name for package in runtime_packages()}
    assert licences.LINKED_IN.keys() <= names
    assert licences.ELSEWHERE.keys() <= names
    for _, _, where in licences.SHIPPED:
        assert Path(REPOSITORY / where.split("`")[1]).exists()
