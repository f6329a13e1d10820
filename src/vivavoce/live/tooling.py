"""Tooling: calls of the agent's tools. Client tools go over the line, the others through the `Tools` port."""

import asyncio
import logging

from vivavoce.engine.commands import CallTool
from vivavoce.engine.events import ToolFailed, ToolReturned
from vivavoce.live.within import Within
from vivavoce.ports.link import ClientToolCall
from vivavoce.ports.tools import ToolBroke, ToolRequest, Tools

_log = logging.getLogger(__name__)


class Tooling:
    """The tool calls of one call."""

    def __init__(self, within: Within, tools: Tools) -> None:
        self._within = within
        self._tools = tools
        self._report = within.report
        self._running: dict[str, asyncio.Task[None]] = {}
        self._asked: set[str] = set()

    def call(self, command: CallTool) -> None:
        """Run a tool."""
        tool = self._within.plan.tool(command.name)
        if tool is None:
            self._report(ToolFailed(command.call_id, f"There is no tool {command.name!r}."))
        elif tool.kind == "client":
            self._ask_client(command, expects_response=tool.expects_response)
        else:
            request = ToolRequest(
                self._within.conversation_id,
                self._within.workspace_id,
                command.call_id,
                tool,
                command.arguments,
                command.variables,
            )
            task = self._within.tasks.create_task(self._run(request), name=f"tool {command.call_id}")
            self._running[command.call_id] = task
            task.add_done_callback(lambda _: self._running.pop(command.call_id, None))

    def cancel(self, call_id: str) -> None:
        """Nobody waits for this one any more."""
        self._asked.discard(call_id)
        task = self._running.pop(call_id, None)
        if task is not None:
            task.cancel()

    def client_answered(self, call_id: str, result: str, *, is_error: bool) -> None:
        """The client ran its tool. An answer that nobody asked for is dropped."""
        if call_id not in self._asked:
            return
        self._asked.discard(call_id)
        self._report(ToolFailed(call_id, result) if is_error else ToolReturned(call_id, result))

    def close(self) -> None:
        """Break everything off."""
        for call_id in list(self._running):
            self.cancel(call_id)

    def _ask_client(self, command: CallTool, *, expects_response: bool) -> None:
        call = ClientToolCall(
            command.name, command.call_id, command.arguments, command.event_id, expects_response=expects_response
        )
        if expects_response:
            self._asked.add(command.call_id)
        self._within.link.tell(call)
        if not expects_response:
            self._report(ToolReturned(command.call_id, "The client was told."))

    async def _run(self, request: ToolRequest) -> None:
        try:
            result = await self._tools.call(request)
        except ToolBroke as failure:
            self._report(ToolFailed(request.call_id, str(failure)))
        except Exception as error:
            self._within.log_broken(_log, "A tool broke.", error)
            self._report(ToolFailed(request.call_id, f"The tool failed ({type(error).__name__})."))
        else:
            self._report(ToolReturned(request.call_id, result.text, result.variables))
