"""The container image and the compose file, as far as they can be judged without an engine to run them."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from vivavoce.settings import Settings

REPOSITORY = Path(__file__).parents[2]
PREFIX = "VIVAVOCE_"


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: word and the rest, continuation lines joined."""
    lines = (line for line in (REPOSITORY / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


@pytest.fixture(scope="module")
def environment(instructions: list[tuple[str, str]]) -> dict[str, str]:
    pairs = (pair.partition("=") for word, rest in instructions if word == "ENV" for pair in shlex.split(rest))
    return {name: value for name, _, value in pairs}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((REPOSITORY / "compose.yaml").read_text())


def settings_named(names: list[str]) -> set[str]:
    return {name.removeprefix(PREFIX).lower() for name in names if name.startswith(PREFIX)}


def test_every_instruction_is_one_that_docker_knows(instructions: list[tuple[str, str]]) -> None:
    known = {"FROM", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert {word for word, _ in instructions} == known
    assert instructions[0][0] == "FROM"


def test_what_is_copied_exists_and_is_not_ignored(instructions: list[tuple[str, str]]) -> None:
    let_in = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [rest.split()[:-1] for word, rest in instructions if word == "COPY" and "--from=" not in rest]
    sources = {source for each in copied for source in each}
    assert sources == let_in
    for source in sources:
        assert (REPOSITORY / source).exists(), source


def test_every_setting_of_the_image_exists(environment: dict[str, str]) -> None:
    named = settings_named(list(environment))
    assert named
    assert named <= set(Settings.model_fields)


def test_every_setting_of_the_compose_file_exists(compose: dict[str, Any]) -> None:
    named = settings_named(list(compose["services"]["server"]["environment"]))
    assert "admin_api_key" in named
    assert named <= set(Settings.model_fields)


def test_the_server_does_not_run_as_root(instructions: list[tuple[str, str]]) -> None:
    words = [word for word, _ in instructions]
    assert ("USER", "vivavoce") in instructions
    assert words.index("USER") < words.index("ENTRYPOINT")


def test_health_is_asked_on_the_port_that_is_served(
    instructions: list[tuple[str, str]], environment: dict[str, str]
) -> None:
    health = next(rest for word, rest in instructions if word == "HEALTHCHECK")
    command = json.loads(health[health.index("[") :])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")
    assert f"127.0.0.1:{environment['VIVAVOCE_PORT']}/readyz" in command[2]


def test_the_port_is_published_on_loopback_alone(compose: dict[str, Any], environment: dict[str, str]) -> None:
    port = environment["VIVAVOCE_PORT"]
    assert compose["services"]["server"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_compose_file_asks_for_its_secrets_and_holds_none(compose: dict[str, Any]) -> None:
    example = (REPOSITORY / ".env.example").read_text()
    text = (REPOSITORY / "compose.yaml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    assert required == {"POSTGRES_PASSWORD", "VIVAVOCE_ADMIN_API_KEY"}
    assert required <= set(re.findall(r"^(\w+)=$", example, re.MULTILINE))


def test_every_volume_that_is_mounted_is_declared(compose: dict[str, Any], environment: dict[str, str]) -> None:
    mounted = [mount.split(":") for service in compose["services"].values() for mount in service["volumes"]]
    assert {name for name, _ in mounted} == set(compose["volumes"])
    assert ["data", environment["VIVAVOCE_DATA_DIR"]] in mounted


def test_the_server_gets_longer_to_stop_than_it_takes(compose: dict[str, Any]) -> None:
    grace_seconds = float(compose["services"]["server"]["stop_grace_period"].removesuffix("s"))
    assert grace_seconds > Settings.model_fields["stop_timeout_seconds"].default


def test_the_modules_run_where_the_image_puts_them(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "src" / "vivavoce", tmp_path / "modules" / "vivavoce")
    command = [sys.executable, "-P", "-m", "vivavoce", "--help"]
    variables = {"PATH": os.defpath, "PYTHONPATH": str(tmp_path / "modules")}
    done = subprocess.run(command, env=variables, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
