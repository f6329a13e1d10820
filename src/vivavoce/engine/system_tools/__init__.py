"""The built-in tools that the engine itself carries out: one file each.

A file has the tool's `NAME`, its `offer` (what the mind is told of it) and its `run` (arguments to outcome). An
outcome is a decision, taken by the conversation: nothing is done here. A tool that needs the outside world, such
as a transfer, is not among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from vivavoce.engine.commands import ToolOffer
from vivavoce.engine.plan import EndCall, LanguageDetection, Plan, SkipTurn, SystemTool
from vivavoce.engine.system_tools import end_call, language_detection, skip_turn
from vivavoce.engine.system_tools.outcomes import Outcome, Situation

__all__ = ["find", "offer", "run"]


def name_of(tool: SystemTool) -> str:
    """What the mind calls it."""
    match tool:
        case EndCall():
            return end_call.NAME
        case SkipTurn():
            return skip_turn.NAME
        case LanguageDetection():
            return language_detection.NAME
        case _:
            assert_never(tool)


def find(plan: Plan, name: str) -> SystemTool | None:
    """The built-in tool of this name, if it is switched on."""
    return next((tool for tool in plan.system_tools if name_of(tool) == name), None)


def offer(tool: SystemTool, situation: Situation) -> ToolOffer:
    """What the mind is told of the tool."""
    match tool:
        case EndCall():
            return end_call.offer(tool)
        case SkipTurn():
            return skip_turn.offer(tool)
        case LanguageDetection():
            return language_detection.offer(tool, situation)
        case _:
            assert_never(tool)


def run(tool: SystemTool, arguments: Mapping[str, object], situation: Situation) -> Outcome:
    """What the call amounts to."""
    match tool:
        case EndCall():
            return end_call.run(arguments)
        case SkipTurn():
            return skip_turn.run(arguments)
        case LanguageDetection():
            return language_detection.run(tool, arguments, situation)
        case _:
            assert_never(tool)
