"""`vivavoce replay CALL`: live through a call again, and read what happened and why. `--kept` does so with all calls
that people kept as tests, and says which of them are decided otherwise now.

The timeline comes from the engine itself, which is given the same events at the same times; so it also shows where
this version would decide otherwise. A call that was worth looking at is worth keeping: `--save-test` makes it a
recording that every later version has to decide alike, in made-up words unless `--raw` is given.
"""

import asyncio
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivavoce.base.errors import Conflict, Malformed, NotFound
from vivavoce.cli._options import ConfigFile, DataDir, settings_from, why_unreadable

if TYPE_CHECKING:
    from vivavoce.base.json import Body
    from vivavoce.engine.journal import Journal
    from vivavoce.engine.timeline import Moment

RECORDINGS = Path("tests/recordings")


def command(
    call: Annotated[
        str | None,
        typer.Argument(help="A conversation's id, a kept call's, or the path of a journal.", show_default=False),
    ] = None,
    *,
    kept: Annotated[bool, typer.Option("--kept", help="Replay every call that was kept as a test.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show every event, also each token and chunk.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each event.")] = False,
    save_test: Annotated[
        bool, typer.Option("--save-test", help="Keep the call as a test in tests/recordings.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Save the words as they were said, instead of made-up ones.")
    ] = False,
    into: Annotated[Path, typer.Option(help="The folder for the test.")] = RECORDINGS,
    name: Annotated[str | None, typer.Option(help="The test's name.", show_default=False)] = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Print a call as a timeline with the reason for each decision, and check that this version decides alike."""
    from vivavoce.engine.timeline import timeline

    if kept:
        _replay_kept(data_dir, config)
        return
    if call is None:
        raise Malformed("Name a call to replay, or replay all that were kept as tests with --kept.")
    journal = _journal(_text(call, data_dir, config))
    moments = list(timeline(journal))
    _print(journal, moments, everything=everything, as_json=as_json)
    if save_test:
        path = into / f"{name or _name(call)}.jsonl"
        _save(journal, path, raw=raw)
        print(f"Saved as {path}.", file=sys.stderr)
    if any(moment.diverges for moment in moments):
        raise typer.Exit(1)


def _print(journal: "Journal", moments: "list[Moment]", *, everything: bool, as_json: bool) -> None:
    from vivavoce.cli import _timeline
    from vivavoce.engine.timeline import verdict

    if as_json:
        for line in _timeline.as_json(moments):
            print(line)
        return
    print(_timeline.heading(journal.header, len(journal.entries)), end="\n\n")
    for _, line in _timeline.lines(moments, everything=everything):
        print(line)
    print(f"\n{verdict(moments)}")


def _text(call: str, data_dir: Path | None, config: Path | None) -> str:
    """The journal's text."""
    path = Path(call)
    if not path.is_file():
        if not call.startswith(("conv_", "kept_")):
            raise NotFound(
                f"{call!r} is neither a conversation's id (conv_...), nor a kept call's (kept_...), nor a file with a "
                "journal."
            )
        return asyncio.run(_stored(call, data_dir, config))
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(f"{path} cannot be read as a journal: {why_unreadable(error)}.") from None


async def _stored(conversation_id: str, data_dir: Path | None, config: Path | None) -> str:
    from vivavoce.app import open_installation

    async with open_installation(settings_from(data_dir, config)) as (application, caller):
        if conversation_id.startswith("kept_"):
            return (await application.conversations.kept.recording(caller.workspace_id, conversation_id)).decode()
        journal = await application.conversations.history.journal(caller.workspace_id, conversation_id)
    if not journal:
        raise NotFound(f"No journal was kept of {conversation_id}: its agent's settings keep nothing of its calls.")
    return journal.decode("utf-8", "replace")


def _journal(text: str) -> "Journal":
    from vivavoce.engine.journal import JournalError, decode

    try:
        return decode(text)
    except JournalError as error:
        raise Malformed(f"This is no journal that can be replayed. {error}") from None


def _replay_kept(data_dir: Path | None, config: Path | None) -> None:
    results = asyncio.run(_checked(data_dir, config))
    for name, result in results:
        print(f"{'!!' if result['diverges'] else 'ok'}  {name}: {result['verdict']}")
    if not results:
        print("No call was kept as a test yet: `Keep as a test` on a conversation's page does it.", file=sys.stderr)
    if any(result["diverges"] for _, result in results):
        raise typer.Exit(1)


async def _checked(data_dir: Path | None, config: Path | None) -> "list[tuple[str, Body]]":
    from vivavoce.app import open_installation

    async with open_installation(settings_from(data_dir, config)) as (application, caller):
        kept = application.conversations.kept
        each = await kept.all(caller.workspace_id)
        return [(one["name"], await kept.check(caller.workspace_id, one["kept_call_id"])) for one in each]


def _name(call: str) -> str:
    return Path(call).stem


def _save(journal: "Journal", path: Path, *, raw: bool) -> None:
    """Write the recording, with the digests of this version."""
    from vivavoce.engine.redaction import HangsOnWords, recording_of

    if not path.parent.is_dir():
        raise NotFound(f"There is no folder {path.parent}. Name the one for recordings with --into.")
    if path.exists():
        raise Conflict(f"{path} exists already. Give the test another name with --name.")
    try:
        text = recording_of(journal, None if raw else secrets.token_bytes(16))
    except HangsOnWords as refused:
        raise Conflict(f"{refused} It is not saved. Save it with --raw, if the words may be seen.") from None
    path.write_text(text, "utf-8")
