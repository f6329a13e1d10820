"""The commands of `./dev`, one function each; the table at the end is what `./dev help` prints."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from tooling import chromium, dashboard
from tooling.environment import (
    environment_of,
    package_settings,
    python_environment,
    requirements_file,
    uv,
    variables,
)
from tooling.node import DASHBOARD, EXAMPLES, built_example, javascript_examples, lock_node_modules, node_modules
from tooling.steps import REPOSITORY, StepError, beside, do, passes, replace_process, say
from tooling.unsteady import passed_in_the_end

SOURCES = REPOSITORY / "src"
BENCHMARKS = REPOSITORY / "bench"
LOCKED = ("runtime", "dev", "uv", "web")
# One more than there are cores: many tests wait for a server, a browser or a database.
WORKERS = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal", "--durations", "30", "--durations-min", "5")
COVERAGE = ("--cov", "--cov-report=")
TYPES = ("basedpyright", "--warnings")  # takes longest of all checks, and one core

Arguments = list[str]


def serve(arguments: Arguments) -> int:
    """run the server from this clone; what follows goes to `vivavoce serve`"""
    dashboard.build_if_changed()
    return vivavoce(["serve", *arguments])


def vivavoce(arguments: Arguments) -> int:
    """run any command of `vivavoce` from this clone, e.g. ./dev vivavoce talk --text"""
    environment = python_environment("runtime")
    command = [environment / "bin" / "python", "-P", "-m", "vivavoce", *arguments]
    replace_process(command, variables(environment, modules=[SOURCES]))
    return 0


def test(arguments: Arguments) -> int:
    """check, then every test; --all adds the long ones; with pytest arguments, only pytest with those"""
    everything = "--all" in arguments
    chosen = [argument for argument in arguments if argument != "--all"]
    environment = python_environment("dev")
    settings = _test_variables(environment)
    dashboard.build_if_changed(environment)
    pytest = [environment / "bin" / "python", "-P", "-m", "pytest", *([] if everything else ["-m", "not slow"])]
    if chosen:
        return _status(passes("tests", [*pytest, *chosen], environment=settings))
    with beside("types", TYPES, environment=settings) as typed:
        checked = _check(settings, environment)
        pages = passes(
            "dashboard: tests", dashboard.command(environment, dashboard.TESTS), environment=settings, shown=False
        )
        tested = passed_in_the_end(pytest, [*WORKERS, *COVERAGE, REPOSITORY / "tests"], environment=settings)
        checked = typed() and checked
    covered = passes("coverage", ["coverage", "report"], environment=settings)
    verdicts = {"check (./dev fix repairs format and imports)": checked, "dashboard": pages, "tests": tested}
    return _verdict(verdicts | {"coverage": covered})


def check(_arguments: Arguments) -> int:
    """format, lint, types and layers, of the server and of the dashboard"""
    environment = python_environment("dev")
    settings = _plain_variables(environment)
    with beside("types", TYPES, environment=settings) as typed:
        checked = _check(settings, environment)
        return _status(typed() and checked)


def fix(_arguments: Arguments) -> int:
    """repair what a machine can repair: format, imports, simple lint"""
    environment = python_environment("dev")
    settings = _plain_variables(environment)
    dashboard.link_modules(environment)
    repairs: Sequence[tuple[str, Sequence[str | Path]]] = (
        ("lint", ["ruff", "check", "--fix", "--quiet", "."]),
        ("format", ["ruff", "format", "."]),
    )
    results = [passes(name, program, environment=settings) for name, program in repairs]
    pages = dashboard.command(environment, dashboard.REPAIR)
    results.append(passes("dashboard", pages, environment=settings, folder=DASHBOARD))
    return _status(all(results))


def bench(arguments: Arguments) -> int:
    """repeatable measurements; without a name, the list of them"""
    known = sorted(path.stem for path in BENCHMARKS.glob("[!_]*") if path.suffix == ".py" or path.is_dir())
    if not arguments:
        say(f"./dev bench NAME, where NAME is one of: {', '.join(known) or '(none yet)'}")
        return 0
    name, *options = arguments
    if name not in known:
        raise StepError(f"there is no measurement {name!r}; there are: {', '.join(known) or '(none yet)'}")
    environment = python_environment("dev")
    command = [environment / "bin" / "python", "-P", "-m", f"bench.{name}", *options]
    replace_process(command, _bench_variables(environment, BENCHMARKS / name))
    return 0


def _bench_variables(environment: Path, measurement: Path) -> dict[str, str]:
    """What a measurement needs; one that drives a browser gets it, with the dashboard built."""
    if not any(measurement.glob("*.cjs")):
        return _plain_variables(environment) | _peers(measurement)
    dashboard.build_if_changed(environment)
    return _test_variables(environment)


def docs(_arguments: Arguments) -> int:
    """write the generated pages of docs/ anew"""
    environment = python_environment("dev")
    settings = _plain_variables(environment)
    generators = sorted((REPOSITORY / "docs").glob("generate_*.py"))
    written = [passes(f"docs/{path.name}", ["python", "-P", path], environment=settings) for path in generators]
    return _status(all(written))


def build(_arguments: Arguments) -> int:
    """build the dashboard into the package, if its sources changed"""
    dashboard.build_if_changed()
    return 0


def lock(arguments: Arguments) -> int:
    """choose versions anew within requirements/*.in and package.json; --upgrade takes the newest"""
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header"]
    for target in locked_files():
        inputs = os.path.relpath(target.with_suffix(".in"), Path.cwd())
        excludes = target.with_name("excludes.txt")
        left_out = ["--excludes", excludes] if excludes.exists() else []
        command = [uv(), "pip", "compile", "--quiet", *options, *left_out, *arguments, inputs, "-o", target]
        what = f"locking {target.relative_to(REPOSITORY)}"
        do(what, command, remedy="uv says why.", environment=package_settings())
    lock_node_modules(python_environment("dev"))
    return 0


def run(arguments: Arguments) -> int:
    """run any command inside the environment of the tests, e.g. ./dev run python"""
    if not arguments:
        raise StepError("./dev run COMMAND ...: which command?")
    replace_process(arguments, _test_variables(python_environment("dev")))
    return 0


def help_(_arguments: Arguments) -> int:
    """this list"""
    lines = [f"  ./dev {name:8} {command.__doc__}" for name, command in COMMANDS.items()]
    sys.stdout.write("\n".join(["Commands:", *lines, "", "How to work here: docs/how-to/develop.md", ""]))
    return 0


COMMANDS: Mapping[str, Callable[[Arguments], int]] = {
    "serve": serve,
    "vivavoce": vivavoce,
    "test": test,
    "check": check,
    "fix": fix,
    "bench": bench,
    "docs": docs,
    "build": build,
    "lock": lock,
    "run": run,
    "help": help_,
}


def main(arguments: Arguments) -> int:
    """Runs one command and returns its exit status."""
    signal.signal(signal.SIGTERM, _terminated)  # so that a step's own process ends with us
    name = arguments[0] if arguments else "help"
    command = help_ if name in {"-h", "--help"} else COMMANDS.get(name)
    try:
        if command is None:
            raise StepError(f"there is no command {name!r}; ./dev help lists them")
        return command(arguments[1:])
    except StepError as error:
        sys.stderr.write(f"{error}\n" if "\n" in str(error) else f"dev: {error}\n")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def locked_files() -> list[Path]:
    """Every lock file: of product, tools, examples, and of the peers that measurements stand beside."""
    return [
        *map(requirements_file, LOCKED),
        *(found.with_suffix(".txt") for found in sorted(EXAMPLES.glob("*/requirements.in"))),
        *(found.with_suffix(".txt") for found in sorted(BENCHMARKS.glob("*/requirements-*.in"))),
    ]


def _peers(folder: Path) -> dict[str, str]:
    """The environments of a measurement's peers, built where they are missing; it does without those that cannot be."""
    found: dict[str, str] = {}
    for lock in sorted(folder.glob("requirements-*.txt")):
        name = lock.stem.removeprefix("requirements-")
        try:
            found[f"VIVAVOCE_BENCH_{name.upper()}"] = str(environment_of(lock, f"bench-{name}"))
        except StepError as failure:
            say(f"{failure}\nGoing on without {name}.")
    return found


def _terminated(_signal: int, _frame: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def _check(settings: Mapping[str, str], environment: Path) -> bool:
    """All but the types. Runs all of them even if one fails, so that one run tells everything."""
    dashboard.link_modules(environment)
    checks: Sequence[tuple[str, Sequence[str | Path]]] = (
        ("format", ["ruff", "format", "--check", "--quiet", "."]),
        ("lint", ["ruff", "check", "--quiet", "."]),
        ("layers", ["lint-imports", "--no-cache"]),
    )
    results = [passes(name, command, environment=settings, shown=False) for name, command in checks]
    for name, program in dashboard.CHECKS:
        command = dashboard.command(environment, program)
        results.append(passes(name, command, environment=settings, shown=False, folder=DASHBOARD))
    return all(results)


def _plain_variables(environment: Path) -> dict[str, str]:
    return variables(environment, modules=[SOURCES, REPOSITORY])


def _test_variables(environment: Path) -> dict[str, str]:
    settings = _plain_variables(environment)
    settings["VIVAVOCE_TEST_NODE_MODULES"] = str(node_modules(environment))
    for example in javascript_examples():
        name = example.name.upper().replace("-", "_")
        settings[f"VIVAVOCE_TEST_EXAMPLE_{name}"] = str(built_example(example, environment))
    settings[dashboard.MODULES] = str(dashboard.link_modules(environment))
    if chromium.browser_tests_exist() and (found := chromium.chromium()):
        settings[chromium.VARIABLE] = str(found)
    return settings


def _status(good: bool) -> int:
    return 0 if good else 1


def _verdict(parts: Mapping[str, bool]) -> int:
    failed = [name for name, good in parts.items() if not good]
    say(f"FAILED: {', '.join(failed)}" if failed else "everything passed")
    return _status(not failed)
