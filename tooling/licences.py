"""What the product is made of, and under which licences: read from the installed wheels, not from their promises alone.

For every package of requirements/runtime.txt three places are looked at:
- the metadata: an SPDX expression, or the older free words and classifiers;
- the licence texts in the wheel, where a text of the GPL family is noticed whatever the metadata says;
- the compiled code: the wheel's own list of components (CycloneDX, in `sboms/`) if it has one, shared libraries that
  were bundled (`*.libs`, `.dylibs`), and extension modules, into which a library may be linked without a trace. The
  last two cannot be read off, so they stand in tables here, and what is missing there is a problem.

Permissive licences are fine. The Mozilla licence is fine for a package that is used as it was published, since it asks
only that changes to its own files stay open. LGPL is fine for a shared library that can be exchanged, and so is the
GCC runtime, whose exception lets anybody ship it with a program of any licence: most compiled code needs it. GPL
without that exception, AGPL and anything unknown are problems.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from tooling.steps import REPOSITORY

PERMISSIVE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSD-3-Clause-Open-MPI",
        "BSL-1.0",
        "BlueOak-1.0.0",
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "ISC",
        "MIT",
        "MIT-0",
        "PSF-2.0",
        "Python-2.0",
        "Unicode-3.0",
        "Unicode-DFS-2016",
        "Unlicense",
        "Zlib",
    }
)
UNMODIFIED_ONLY = frozenset({"MPL-2.0"})
GCC_RUNTIME = "GPL-3.0-or-later WITH GCC-exception-3.1"
SHARED_LIBRARY_ONLY = frozenset(
    {"LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", GCC_RUNTIME}
)

OLDER_WORDS: Mapping[str, str] = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

ELSEWHERE: Mapping[str, str] = {
    "colorama": "BSD-3-Clause",  # Windows only
}
"""Packages of the lock file that this machine does not install."""

LINKED_IN: Mapping[str, str] = {
    "argon2-cffi-bindings": "the Argon2 reference code (CC0-1.0 OR Apache-2.0)",
    "asyncpg": "",
    "cffi": "libffi (MIT)",
    "ctranslate2": "oneDNN and cpu_features (Apache-2.0), spdlog (MIT), and on x86 Intel oneMKL (Intel Simplified "
    "Software License, free to pass on unmodified)",
    "cryptography": "OpenSSL (Apache-2.0) and the Rust crates of its component list",
    "greenlet": "",
    "httptools": "llhttp and http-parser (MIT)",
    "markupsafe": "",
    "numpy": "pocketfft, Highway, x86-simd-sort, the random generators and others (BSD, MIT, Zlib, 0BSD, CC0-1.0)",
    "onnxruntime": "the parts of its ThirdPartyNotices: Eigen (MPL-2.0), oneDNN, abseil, re2, ONNX and others (MIT, "
    "Apache-2.0, BSD)",
    "obstore": "object_store and the other Rust crates of its component list, AWS-LC or ring (ISC, Apache-2.0)",
    "orjson": "yyjson (MIT) and the Rust crates of its component list",
    "protobuf": "upb and utf8_range (BSD-3-Clause, MIT)",
    "pybase64": "libbase64 (BSD-2-Clause)",
    "pydantic-core": "the Rust crates of its component list",
    "pyyaml": "libyaml (MIT)",
    "soundfile": "in libsndfile, which can be exchanged: LAME and mpg123 (LGPL), FLAC, Ogg, Vorbis and Opus (BSD)",
    "sqlalchemy": "",
    "uvloop": "libuv (MIT)",
    "websockets": "",
}
"""Packages with compiled code, and what of others is in it."""

BUNDLED_LIBRARIES: Mapping[str, str] = {
    "libgcc_s": GCC_RUNTIME,
    "libctranslate2": "MIT",
    "libgfortran": GCC_RUNTIME,
    "libgomp": GCC_RUNTIME,
    "libquadmath": "LGPL-2.1-or-later",
    "libsndfile": "LGPL-2.1-or-later",
    "libscipy_openblas64_": "BSD-3-Clause AND BSD-3-Clause-Open-MPI",
}
"""Shared libraries inside the wheels, by the name before `-` or `.`, and their licences."""

SHIPPED: tuple[tuple[str, str, str], ...] = (
    ("Swagger UI", "Apache-2.0", "the page that shows the API (`src/vivavoce/api/reference_page`)"),
    ("Silero VAD", "MIT", "voice activity (`src/vivavoce/providers/speech/_silero`)"),
    (
        "React, TanStack, @elevenlabs/client, livekit-client, libsamplerate-js and what they bring",
        "MIT, Apache-2.0, BSD",
        "the dashboard (`web/dashboard`); each with its text in `/assets/licences.txt` of a running server",
    ),
    (
        "@elevenlabs/convai-widget-core, changed (`web/dashboard/widget/build/changes.ts`); in it Preact, Radix UI, "
        "Floating UI, Lezer, unified, marked and what they bring; circle-flags",
        "MIT, ISC, BSD-2-Clause",
        "the widget (`web/dashboard/widget`); each with its text in `/embed/licences.txt` of a running server",
    ),
)
"""What of others is in our own wheel."""

COMPILED = re.compile(r"\.(so|dylib|pyd|dll)(\.|$)")
BUNDLE_FOLDER = re.compile(r"(^|/)([^/]+\.libs|\.dylibs|_soundfile_data)/")
LICENCE_FILE = re.compile(r"(licen[sc]e|copying)[^/]*$", re.IGNORECASE)
FORBIDDEN_TEXT = re.compile(r"GNU (AFFERO )?GENERAL PUBLIC LICENSE\s+Version", re.IGNORECASE)
GCC_EXCEPTION_TEXT = re.compile(r"GCC RUNTIME LIBRARY EXCEPTION\s+Version 3\.1")


@dataclass(frozen=True)
class Package:
    """One package of the lock file as it is installed here."""

    name: str
    version: str
    licence: str
    component_licences: frozenset[str] = frozenset()
    compiled_files: tuple[str, ...] = ()
    licence_texts: Mapping[str, str] = field(default_factory=dict[str, str])


def runtime_packages() -> list[Package]:
    """Every package that `pip install vivavoce` brings."""
    locked = (REPOSITORY / "requirements" / "runtime.txt").read_text()
    return [
        _package(name, version) for name, version in re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", locked, re.MULTILINE)
    ]


def problems(package: Package) -> list[str]:
    """Why this package may not be part of the product; empty when it may."""
    found = list(_licence_problems(package))
    for path, text in package.licence_texts.items():
        if FORBIDDEN_TEXT.search(text) and not _is_of_the_gcc_runtime(package, text):
            found.append(f"{package.name}: {path} is a text of the GPL")
    if package.compiled_files and package.name not in LINKED_IN:
        found.append(f"{package.name} has compiled code; say in LINKED_IN what is linked into it")
    for path in _bundled(package):
        found.extend(_library_problems(package.name, path))
    return found


def _is_of_the_gcc_runtime(package: Package, text: str) -> bool:
    """Whether a text of the GPL stands there for a library of GCC that the wheel bundles, with its exception."""
    bundles = any(BUNDLED_LIBRARIES.get(_library(path)) == GCC_RUNTIME for path in _bundled(package))
    return bundles and GCC_EXCEPTION_TEXT.search(text) is not None


def allowed(expression: str, also: frozenset[str] = frozenset()) -> bool:
    """Whether an SPDX expression leaves a way that we take: of `OR` one side, of `AND` both."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
    if not tokens:
        return False
    verdict, rest = _either(tokens, PERMISSIVE | also)
    return verdict and not rest


def page() -> str:
    """docs/licences.md."""
    rows = "".join(f"| {one.name} | {one.version} | {one.licence} |\n" for one in runtime_packages())
    linked = "".join(f"| {name} | {what} |\n" for name, what in LINKED_IN.items() if what)
    bundled = "".join(f"- {name}: {licence}\n" for name, licence in BUNDLED_LIBRARIES.items())
    shipped = "".join(f"| {name} | {licence} | {where} |\n" for name, licence, where in SHIPPED)
    return _PAGE.format(rows=rows, linked=linked, bundled=bundled or "None.\n", shipped=shipped)


def _package(name: str, version: str) -> Package:
    if name in ELSEWHERE:
        return Package(name, version, ELSEWHERE[name])
    distribution = metadata.distribution(name)
    files = [str(file) for file in distribution.files or ()]
    return Package(
        name=name,
        version=version,
        licence=_declared_licence(distribution),
        component_licences=frozenset(_component_licences(distribution, files)),
        compiled_files=tuple(file for file in files if COMPILED.search(file)),
        licence_texts={file: _text(distribution, file) for file in files if LICENCE_FILE.search(file)},
    )


def _declared_licence(distribution: metadata.Distribution) -> str:
    declared = distribution.metadata
    stated = [declared[name] for name in ("License-Expression", "License") if name in declared]
    expression = next(filter(None, stated), "")
    if expression and "\n" not in expression:
        return OLDER_WORDS.get(expression, expression)
    classifiers = declared.get_all("Classifier") or []
    words = [line.rsplit(" :: ", 1)[1] for line in classifiers if line.startswith("License :: OSI Approved :: ")]
    return " AND ".join(OLDER_WORDS.get(word, word) for word in words)


def _component_licences(distribution: metadata.Distribution, files: list[str]) -> Iterator[str]:
    for file in files:
        if "/sboms/" in file and file.endswith(".json"):
            for component in json.loads(_text(distribution, file)).get("components", []):
                yield from _licences_of(component)


def _licences_of(component: Mapping[str, list[dict[str, dict[str, str] | str]]]) -> Iterator[str]:
    for choice in component.get("licenses", []):
        if isinstance(expression := choice.get("expression"), str):
            yield expression
        elif isinstance(one := choice.get("license"), dict):
            yield one.get("id") or one.get("name") or ""


def _text(distribution: metadata.Distribution, file: str) -> str:
    return Path(str(distribution.locate_file(file))).read_text("utf-8", errors="replace")


def _licence_problems(package: Package) -> Iterator[str]:
    if not allowed(package.licence, UNMODIFIED_ONLY):
        yield f"{package.name}: the licence {package.licence!r} is not one that we may use"
    for licence in sorted(package.component_licences):
        if not allowed(licence, UNMODIFIED_ONLY):
            yield f"{package.name}: it contains something under {licence!r}"


def _bundled(package: Package) -> list[str]:
    return [path for path in package.compiled_files if BUNDLE_FOLDER.search(path)]


def _library(path: str) -> str:
    return re.split(r"-[0-9a-f]{6,}|\.|_x86_64|_arm64", path.rsplit("/", 1)[1])[0]


def _library_problems(package: str, path: str) -> Iterator[str]:
    library = _library(path)
    licence = BUNDLED_LIBRARIES.get(library)
    if licence is None:
        yield f"{package}: it bundles the library {library}; say in BUNDLED_LIBRARIES under which licence"
    elif not allowed(licence, UNMODIFIED_ONLY | SHARED_LIBRARY_ONLY):
        yield f"{package}: it bundles the library {library} under {licence}"


def _either(tokens: list[str], good: frozenset[str]) -> tuple[bool, list[str]]:
    verdict, rest = _both(tokens, good)
    while rest[:1] == ["OR"]:
        other, rest = _both(rest[1:], good)
        verdict = verdict or other
    return verdict, rest


def _both(tokens: list[str], good: frozenset[str]) -> tuple[bool, list[str]]:
    verdict, rest = _one(tokens, good)
    while rest[:1] == ["AND"]:
        other, rest = _one(rest[1:], good)
        verdict = verdict and other
    return verdict, rest


def _one(tokens: list[str], good: frozenset[str]) -> tuple[bool, list[str]]:
    if tokens[:1] == ["("]:
        verdict, rest = _either(tokens[1:], good)
        return verdict, rest[1:]
    rest = tokens[1:]
    if rest[:1] == ["WITH"]:  # an exception only ever allows more
        return bool({tokens[0], " ".join(tokens[:3])} & good), rest[2:]
    return bool(tokens) and tokens[0] in good, rest


_PAGE = """# Licences

Generated by `./dev docs` from the installed wheels; `tests/unit/tooling/test_licences.py` looks inside them.

Vivavoce itself is under Apache-2.0. What it is made of is under permissive licences, or under the Mozilla licence where
a package is used exactly as published. LGPL is accepted for an exchangeable shared library inside a wheel, and so is
the runtime of GCC, whose exception allows to ship it with programs of any licence. GPL and AGPL are not.

## Packages that `pip install vivavoce` brings

| package | version | licence |
|---|---|---|
{rows}
## Linked into compiled packages

| package | contains |
|---|---|
{linked}
## Shared libraries bundled in wheels

{bundled}
## Shipped in our own wheel

| what | licence | where |
|---|---|---|
{shipped}
Tools for development (`requirements/dev.txt`, `tests/contract/package.json`) are not part of the product. One of them
deserves a word: the PostgreSQL wheel that the tests start as a process of its own carries libreadline (GPL-3.0) for
`psql`; nothing of it is shipped or linked.
"""
