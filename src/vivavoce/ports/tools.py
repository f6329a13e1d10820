"""Tools that the shell runs for a mind: webhooks and the like. The engine decides when; this port knows how.

Client tools and system tools are not here: the first go over the line, the second never leave the engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.plan import ToolSpec, VariableValue


@frozen
class ToolRequest:
    """One call of a tool, its arguments as the mind gave them."""

    conversation_id: str
    workspace_id: str
    call_id: str
    tool: ToolSpec
    arguments: Mapping[str, Json]
    variables: Mapping[str, VariableValue]


@frozen
class ToolResult:
    """What it answered, as the mind reads it, and what it says about dynamic variables."""

    text: str
    variables: Mapping[str, VariableValue] = field(default_factory=dict[str, VariableValue])


class ToolBroke(Exception):
    """The tool could not do it; the message is told to the mind."""


class Tools(Protocol):
    """Runs tools."""

    async def call(self, request: ToolRequest) -> ToolResult:
        """Run it; `ToolBroke` if that fails. Cancelling it is breaking the tool off."""
        ...


@dataclass
class CannedTools:
    """The double: answers by name; an exception in its place is raised."""

    answers: Mapping[str, ToolResult | ToolBroke] = field(default_factory=dict[str, ToolResult | ToolBroke])
    called: list[ToolRequest] = field(default_factory=list[ToolRequest])

    async def call(self, request: ToolRequest) -> ToolResult:
        """The answer for this name."""
        self.called.append(request)
        answer = self.answers.get(request.tool.name, ToolBroke(f"There is no tool {request.tool.name!r} here."))
        if isinstance(answer, ToolBroke):
            raise answer
        return answer
