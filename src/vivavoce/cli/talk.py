"""`vivavoce talk [AGENT]`: talk to an agent from this terminal, by text, in this process.

No server has to run. The call is prepared, held and kept like any other; only its line is not a socket but this
terminal.
"""

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from vivavoce.base.errors import Malformed, NotFound
from vivavoce.cli._options import ConfigFile, DataDir, settings_from

if TYPE_CHECKING:
    from vivavoce.app import Application
    from vivavoce.cli._terminal import Lines, Screen
    from vivavoce.features.conversations.starting import Prepared
    from vivavoce.live.links.memory import Told
    from vivavoce.ports.identity import Caller
    from vivavoce.settings import Settings

SOURCE = "vivavoce_talk"
END = "/end"


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
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Talk to an agent by text. A line is a message, also while the agent answers; /end or Ctrl-D ends the call."""
    variables = dict(_variable(one) for one in variable or ())
    asyncio.run(_talk(settings_from(data_dir, config), agent, variables, as_json=as_json))


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise Malformed(f"--variable {text!r}: write NAME=VALUE.")
    return name, value


async def _talk(settings: "Settings", agent: str | None, variables: dict[str, str], *, as_json: bool) -> None:
    from vivavoce.app import open_installation
    from vivavoce.features.conversations.chat import prepare_chat

    async with open_installation(settings) as (application, caller), application.taking_calls():
        agent_id = await _agent_id(application, caller, agent)
        prepared = await prepare_chat(
            application.conversations.starting,
            application.agents.agents,
            caller,
            agent_id,
            source=SOURCE,
            variables=variables,
        )
        await _hold(application, prepared, as_json=as_json)


async def _agent_id(application: "Application", caller: "Caller", agent: str | None) -> str:
    from vivavoce.cli import _agents

    if agent is not None:
        return await _agents.find(application, caller, agent)
    sample = await application.agents.ensure_sample(caller.workspace_id, caller.user_id)
    if sample is None:
        raise NotFound("The sample agent was deleted. Name another one, by its id or its name.")
    return sample


async def _hold(application: "Application", prepared: "Prepared", *, as_json: bool) -> None:
    from vivavoce.cli._terminal import JsonScreen, Lines, TextScreen

    is_terminal = sys.stdin.isatty()
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
        self._hang_up_at_interrupt()
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

    def _hang_up_at_interrupt(self) -> None:
        """Ctrl-C ends the call as it should end; a second one does not wait for that."""
        loop = asyncio.get_running_loop()

        def hang_up() -> None:
            loop.remove_signal_handler(signal.SIGINT)
            self.link.hang_up()

        loop.add_signal_handler(signal.SIGINT, hang_up)
