"""`vivavoce talk [AGENT]`: talk to an agent from this terminal, by text or by voice, in this process.

No server has to run. The call is prepared, held and kept like any other; only its line is not a socket but this
terminal, this machine's microphone and speaker, or files.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivavoce.base.errors import Malformed, NotFound
from vivavoce.base.frozen import frozen
from vivavoce.cli._options import ConfigFile, DataDir, settings_from
from vivavoce.live.quick_time import FASTEST, QuickLoop

if TYPE_CHECKING:
    from vivavoce.app import Application
    from vivavoce.cli._terminal import Lines, Screen
    from vivavoce.features.conversations.starting import Prepared
    from vivavoce.live.links.memory import Told
    from vivavoce.ports.identity import Caller
    from vivavoce.settings import Settings

SOURCE = "vivavoce_talk"
END = "/end"


@frozen
class Wishes:
    """How somebody wants to talk."""

    variables: Mapping[str, str]
    as_json: bool
    by_voice: bool | None
    """By voice, by text, or None: as it can be done here."""
    said: Sequence[Path]
    out: Path | None
    at_once: bool
    speed: float | None


def command(
    agent: Annotated[
        str | None, typer.Argument(help="An agent's id or name; without it, the sample agent.", show_default=False)
    ] = None,
    *,
    variable: Annotated[
        list[str] | None,
        typer.Option(help="A dynamic variable, as NAME=VALUE; repeat it.", show_default=False),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what a client is told, one JSON object a line.")
    ] = False,
    voice: Annotated[
        bool | None,
        typer.Option(
            "--voice/--text",
            help="By voice or by text. By voice by itself where a terminal has a microphone, a speaker and models.",
            show_default=False,
        ),
    ] = None,
    said: Annotated[
        list[Path] | None,
        typer.Option("--in", help="A WAV file with something to say; repeat it to take turns.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The WAV file for what the caller heard.", show_default=False)
    ] = None,
    at_once: Annotated[
        bool, typer.Option(help="The first file begins with the call instead of when it is its turn.")
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option(
            help="How many times as fast time passes while nothing is computed: 1 where models compute, else as fast "
            "as can be.",
            show_default=False,
            min=1.0,
            max=FASTEST,
        ),
    ] = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Talk to an agent. By text, a line is a message, also while it answers; /end or Ctrl-D ends the call."""
    files = said or []
    if not files and (out is not None or at_once or speed is not None):
        raise Malformed("--out, --at-once and --speed are for a caller from files. Name one with --in caller.wav.")
    if files and voice is False:
        raise Malformed("--in is something to say by voice; it does not go with --text.")
    variables = dict(_variable(one) for one in variable or ())
    _check_sound(files)
    wishes = Wishes(variables, as_json, True if files else voice, files, out, at_once, speed)
    with asyncio.Runner(loop_factory=QuickLoop) as runner:
        runner.run(_talk(settings_from(data_dir, config), agent, wishes))


def _check_sound(files: Sequence[Path]) -> None:
    """Say what is wrong with a file before any model is loaded: a process that ends while one is, aborts."""
    from vivavoce.cli import _wav

    for path in files:
        _wav.read(path, _wav.LOWEST_HZ)


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise Malformed(f"--variable {text!r}: write NAME=VALUE.")
    return name, value


async def _talk(settings: "Settings", agent: str | None, wishes: Wishes) -> None:
    from vivavoce.app import open_installation
    from vivavoce.features.conversations import chat

    async with open_installation(settings) as (application, caller), application.taking_calls():
        agent_id = await _agent_id(application, caller, agent)
        by_voice = _can_be_spoken(application, wishes) if wishes.by_voice is None else wishes.by_voice
        prepare = chat.prepare_spoken if by_voice else chat.prepare_chat
        prepared = await prepare(
            application.conversations.starting,
            application.agents.agents,
            caller,
            agent_id,
            source=SOURCE,
            variables=wishes.variables,
        )
        await (_hold_spoken if by_voice else _hold)(application, prepared, wishes)


async def _agent_id(application: "Application", caller: "Caller", agent: str | None) -> str:
    from vivavoce.cli import _agents

    if agent is not None:
        return await _agents.find(application, caller, agent)
    sample = await application.agents.ensure_sample(caller.workspace_id, caller.user_id)
    if sample is None:
        raise NotFound("The sample agent was deleted. Name another one, by its id or its name.")
    return sample


# ---------------------------------------------------------------------------------------------------------------
# By voice


def _can_be_spoken(application: "Application", wishes: Wishes) -> bool:
    from vivavoce.cli import _devices, _spoken

    is_person = sys.stdin.isatty() and not wishes.as_json
    return is_person and not _spoken.lacking(application.parts) and not _devices.lacking()


async def _hold_spoken(application: "Application", prepared: "Prepared", wishes: Wishes) -> None:
    from vivavoce.cli import _spoken

    called = _spoken.Called(application, prepared, as_json=wishes.as_json)
    if wishes.said:
        await called.from_files(wishes.said, wishes.out, at_once=wishes.at_once, speed=wishes.speed)
    else:
        await called.with_microphone()


# ---------------------------------------------------------------------------------------------------------------
# By text


async def _hold(application: "Application", prepared: "Prepared", wishes: Wishes) -> None:
    from vivavoce.cli._terminal import JsonScreen, Lines, TextScreen

    is_terminal, as_json = sys.stdin.isatty(), wishes.as_json
    name = prepared.circumstances.agent_name or "agent"
    screen = JsonScreen() if as_json else TextScreen(name, prompts=is_terminal)
    lines = Lines(sys.stdin.fileno())
    conversation_id = prepared.plan.conversation_id
    talker = _Talker(lines, screen, opens=bool(prepared.plan.opening.text), waits=not (is_terminal or as_json))
    screen.begin(conversation_id)
    typing = asyncio.create_task(talker.type())
    try:
        ending = await application.conversations.holding.hold_on(talker.link, prepared)
    finally:
        typing.cancel()
        lines.close()
    screen.end(ending, conversation_id)


class _Talker:
    """Between a terminal and a line. `waits`: lines that are all there already take turns with the agent."""

    def __init__(self, lines: "Lines", screen: "Screen", *, opens: bool, waits: bool) -> None:
        from vivavoce.live.links.memory import MemoryLink

        self.link: MemoryLink = MemoryLink(self._take)
        self._lines = lines
        self._screen = screen
        self._waits = waits
        self._my_turn = asyncio.Event()
        if not opens:
            self._has_turn()

    async def type(self) -> None:
        """Send what is typed, until that ends."""
        from vivavoce.cli._terminal import hang_up_at_interrupt

        hang_up_at_interrupt(self.link)
        while (line := await self._lines.next()) is not None:
            if line.strip() == END:
                self._screen.typed()
                break
            if line.strip():
                await self._say(line.strip())
        if self._waits:
            await self._my_turn.wait()
        self.link.hang_up()

    async def _say(self, line: str) -> None:
        if self._waits:
            await self._my_turn.wait()
        self._my_turn.clear()
        self._screen.typed()
        self.link.say(line)

    def _take(self, event: "Told") -> None:
        from vivavoce.ports.link import ClientToolCall

        self._screen.show(event)
        if isinstance(event, ClientToolCall) and event.expects_response:
            self.link.answer_tool(event.call_id, "This client is a terminal and has no tools.", is_error=True)
        if self.link.is_listening and not self._my_turn.is_set():
            # Once all that this moment brings has been shown.
            asyncio.get_running_loop().call_soon(self._has_turn)

    def _has_turn(self) -> None:
        if not self._my_turn.is_set():
            self._my_turn.set()
            self._screen.listening()
