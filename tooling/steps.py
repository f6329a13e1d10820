"""How `./dev` talks: one calm line per step, what went wrong with what to do about it, and nothing else."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

REPOSITORY = Path(__file__).resolve().parents[1]


class StepError(Exception):
    """A step cannot be done; the message says why and names the remedy."""


def say(message: str) -> None:
    sys.stderr.write(f"dev: {message}\n")
    sys.stderr.flush()


def do(what: str, command: Sequence[str | Path], *, remedy: str, environment: Mapping[str, str] | None = None) -> None:
    """Runs a command that is nobody's business while it works: its output is shown on a terminal, or when it fails."""
    say(f"{what} ...")
    began = time.monotonic()
    watched = sys.stderr.isatty()
    running = _started(
        [str(part) for part in command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=None if watched else subprocess.PIPE,
        stderr=None if watched else subprocess.STDOUT,
        text=True,
    )
    try:
        output, _ = running.communicate()
    except BaseException:
        running.kill()
        raise
    if running.returncode != 0:
        raise StepError("\n".join(part for part in (output, f"{what}: failed. {remedy}") if part))
    say(f"{what}: done in {time.monotonic() - began:.1f} s")


def _started(arguments: Sequence[str], **options: Any) -> "subprocess.Popen[str]":
    """A child that is just being made belongs to nobody yet: who is told to end meanwhile ends it first."""
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    try:
        running = subprocess.Popen(arguments, **options)
    finally:
        signal.signal(signal.SIGTERM, before)
    if told:
        running.kill()
        signal.raise_signal(signal.SIGTERM)
    return running


def passes(
    what: str,
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    shown: bool = True,
    folder: Path = REPOSITORY,
) -> bool:
    """Runs a check in the repository and says whether it passed; what is not `shown` is told when it fails."""
    say(f"{what} ...")
    began = time.monotonic()
    output = None if shown else subprocess.PIPE
    arguments = [str(part) for part in command]
    done = subprocess.run(
        arguments, env=environment, cwd=folder, stdout=output, stderr=output and subprocess.STDOUT, check=False
    )
    if done.returncode != 0 and done.stdout:
        _print(done.stdout)
    say(f"{what}: {'ok' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - began:.1f} s)")
    return done.returncode == 0


@contextmanager
def beside(
    what: str, command: Sequence[str | Path], *, environment: Mapping[str, str]
) -> Generator[Callable[[], bool]]:
    """Runs a check while others run. Whether it passed is asked for later; what it has to say is told then."""
    say(f"{what} ... (beside the next ones)")
    arguments = [str(part) for part in command]
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(
            arguments,
            env=environment,
            cwd=REPOSITORY,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that whatever it starts ends with it
        ) as running,
    ):
        try:
            yield lambda: _passed(what, running, output)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)


def _passed(what: str, running: "subprocess.Popen[bytes]", output: IO[bytes]) -> bool:
    passed = running.wait() == 0
    if not passed:
        output.seek(0)
        _print(output.read())
    say(f"{what}: {'ok' if passed else 'FAILED'}")
    return passed


def _print(output: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(output)
    sys.stdout.flush()


def replace_process(command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
    """Becomes the command, so that signals and the exit status are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = [str(part) for part in command]
    try:
        os.execvpe(arguments[0], arguments, dict(environment))  # noqa: S606
    except FileNotFoundError as error:
        raise StepError(f"there is no command {arguments[0]!r} in the environment or on PATH") from error
