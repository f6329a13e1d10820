"""`vivavoce simulate AGENT --script FILE`: a caller's script against an agent, in virtual time.

The agent is compiled and the call is held by the same code as every other; only the caller, the mind, the ear, the
voice and the tools are played. So a change of an agent's settings, or of Vivavoce, can be tried in a moment and without
a model.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivavoce.base.errors import NotFound
from vivavoce.cli._options import ConfigFile, DataDir, settings_from, why_unreadable

if TYPE_CHECKING:
    from vivavoce.engine.plan import Plan
    from vivavoce.engine.timeline import Moment
    from vivavoce.features.agents.service import Running
    from vivavoce.live.simulation import Check, Outcome

CONVERSATION = "conv_simulated"


def command(
    agent: Annotated[str, typer.Argument(help="An agent's id or name, or a JSON file with one.")],
    *,
    script: Annotated[Path, typer.Option(help="The caller's script; docs/how-to/simulate.md explains it.")],
    everything: Annotated[bool, typer.Option("--all", help="Show every event, also each token and chunk.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each event and check.")] = False,
    journal: Annotated[
        Path | None, typer.Option(help="Write the journal here, for replay.", show_default=False)
    ] = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Hold a call with a scripted caller in virtual time, print it, and check what the script expects."""
    from vivavoce.live.script import parse
    from vivavoce.live.simulation import simulate
    from vivavoce.providers.language.scripted import Scripted, ScriptedLanguageOptions

    parsed = parse(_read(script))
    plan = _plan(_running(agent, data_dir, config), parsed.variables)
    outcome = simulate(plan, parsed, otherwise=Scripted(ScriptedLanguageOptions()), version=_version())
    if journal is not None:
        journal.write_text(outcome.journal, "utf-8")
    _print(outcome, everything=everything, as_json=as_json)
    if not outcome.holds:
        raise typer.Exit(1)


def _version() -> str:
    from vivavoce import __version__

    return __version__


def _read(script: Path) -> str:
    try:
        return script.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"The script {script} cannot be read: {why_unreadable(error)}.") from None


def _running(agent: str, data_dir: Path | None, config: Path | None) -> "Running":
    from vivavoce.cli import _agents

    if _agents.is_file(agent):
        return _agents.from_file(Path(agent))
    return asyncio.run(_stored(agent, data_dir, config))


async def _stored(agent: str, data_dir: Path | None, config: Path | None) -> "Running":
    from vivavoce.app import open_installation
    from vivavoce.cli import _agents

    async with open_installation(settings_from(data_dir, config)) as (application, caller):
        agent_id = await _agents.find(application, caller, agent)
        return await application.agents.agents.running(caller.workspace_id, agent_id, CONVERSATION)


def _plan(running: "Running", variables: Mapping[str, str]) -> "Plan":
    from vivavoce.engine.plan import Line
    from vivavoce.features.agents.service import Call, compile_plan
    from vivavoce.ports.clock import SystemClock

    call = Call(conversation_id=CONVERSATION, started_at_micros=SystemClock().now(), line=Line(medium="memory"), seed=0)
    return compile_plan(running, call, {"dynamic_variables": dict(variables)}).plan


# ---------------------------------------------------------------------------------------------------------------
# Printing


def _print(outcome: "Outcome", *, everything: bool, as_json: bool) -> None:
    from vivavoce.cli import _timeline
    from vivavoce.engine.journal import decode
    from vivavoce.engine.timeline import timeline

    journal = decode(outcome.journal)
    moments = list(timeline(journal))
    if as_json:
        lines = [*_timeline.as_json(moments), *map(_check_as_json, outcome.checks)]
        print("\n".join(lines))
    else:
        print(_timeline.heading(journal.header, len(moments)), end="\n\n")
        for line in _lines(moments, outcome.checks, everything=everything):
            print(line)
        print(f"\n{_verdict(outcome.checks)}")
    if outcome.stuck is not None:
        print(f"vivavoce: {outcome.stuck}", file=sys.stderr)


def _lines(moments: "Sequence[Moment]", checks: "Sequence[Check]", *, everything: bool) -> Iterator[str]:
    """The timeline, with each expectation where it was looked at."""
    from vivavoce.cli import _timeline

    told = [(moment.at, line) for moment, line in _timeline.lines(moments, everything=everything)]
    found = [(check.at, _check_line(check)) for check in checks]
    return (line for _, line in merge(told, found, key=itemgetter(0)))


def _check_line(check: "Check") -> str:
    mark = "holds" if check.holds else "FAILS"
    return f"{check.at:9.3f}  {mark:<8} {check.step.text} (line {check.step.line}). {check.found}"


def _verdict(checks: "Sequence[Check]") -> str:
    failed = [check for check in checks if not check.holds]
    if not failed:
        return f"Everything is as expected ({len(checks)} expectations)."
    lines = ", ".join(str(check.step.line) for check in failed)
    return f"{len(failed)} of {len(checks)} expectations fail: line {lines} of the script."


def _check_as_json(check: "Check") -> str:
    import orjson

    return orjson.dumps(
        {
            "expect": check.step.text,
            "line": check.step.line,
            "at": check.at,
            "holds": check.holds,
            "found": check.found,
        }
    ).decode()
