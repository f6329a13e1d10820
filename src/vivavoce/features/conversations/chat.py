"""A call with an agent from within: the operator talks to it from this machine, by text or by voice.

The call is prepared and held like any other, and leaves a record. Two things differ: the holder is told everything that
there is to be told, and a chat is text also where the agent's settings leave that to nobody.
"""

from collections.abc import Mapping
from dataclasses import replace

from vivavoce.base.errors import Malformed
from vivavoce.base.json import Body, Json, patched
from vivavoce.engine.plan import Line
from vivavoce.features.agents.service import Agents
from vivavoce.features.conversations.starting import EVERY_EVENT, Asked, Prepared, Setup, Starting
from vivavoce.ports.identity import Caller

_TEXT_ONLY: Body = {"conversation_config": {"conversation": {"text_only": True}}}


async def prepare_chat(
    starting: Starting, agents: Agents, caller: Caller, agent_id: str, *, source: str, variables: Mapping[str, Json]
) -> Prepared:
    """A chat of somebody of the workspace with one of its agents."""
    return await _prepared(starting, agents, caller, agent_id, source=source, variables=variables, change=_TEXT_ONLY)


async def prepare_spoken(
    starting: Starting, agents: Agents, caller: Caller, agent_id: str, *, source: str, variables: Mapping[str, Json]
) -> Prepared:
    """A spoken call of somebody of the workspace with one of its agents."""
    prepared = await _prepared(starting, agents, caller, agent_id, source=source, variables=variables, change={})
    if prepared.plan.text_only:
        raise Malformed("This agent is for text alone: it has neither ears nor a voice. Talk to it by text.")
    return prepared


async def _prepared(
    starting: Starting,
    agents: Agents,
    caller: Caller,
    agent_id: str,
    *,
    source: str,
    variables: Mapping[str, Json],
    change: Body,
) -> Prepared:
    admitted = await starting.admit(Asked(agent_id=agent_id, caller=caller, source=source))
    running = await agents.running_of(admitted.agent, admitted.conversation_id)
    setup = Setup(config=patched(running.config, change))
    prepared = await starting.prepare(admitted, {"dynamic_variables": dict(variables)}, setup)
    plan = replace(prepared.plan, line=Line(medium="memory"), client_events=EVERY_EVENT)
    return replace(prepared, plan=plan)
