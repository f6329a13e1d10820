"""The agent that is there after the first start."""

import asyncio

import pytest
from tests.unit.features.agents.house import ADA, House, by

from vivavoce.base.pages import Page
from vivavoce.features.agents.compile import Call, compile_plan
from vivavoce.features.agents.config import check_config
from vivavoce.features.agents.sample import DOCUMENT, MODEL
from vivavoce.ports.documents import Query

pytestmark = pytest.mark.anyio


async def listed(house: House) -> Page:
    return await house.agents.page(ADA, Query())


async def test_she_is_made_once(house: House):
    first = await house.services.ensure_sample("ws_a", ADA.user_id)
    assert first == await house.services.ensure_sample("ws_a", ADA.user_id)
    (ada,) = (await listed(house)).items
    assert (ada["agent_id"], ada["name"], ada["tags"]) == (first, "Ada", ["sample"])
    assert ada["access_info"]["is_creator"]


async def test_processes_that_start_at_once_make_one(house: House):
    made = await asyncio.gather(*(house.services.ensure_sample("ws_a", ADA.user_id) for _ in range(4)))
    assert len(set(made)) == 1
    assert len((await listed(house)).items) == 1


async def test_she_does_not_come_back(house: House):
    ada = await house.services.ensure_sample("ws_a", ADA.user_id)
    assert ada is not None
    await house.agents.delete(by(ADA), ada)
    assert await house.services.ensure_sample("ws_a", ADA.user_id) is None
    assert (await listed(house)).items == []


async def test_her_document_is_good_and_runs_here(house: House):
    check_config(DOCUMENT)
    ada = await house.services.ensure_sample("ws_a", ADA.user_id)
    assert ada is not None
    running = await house.agents.running("ws_a", ada, "conv_1")
    data = {"conversation_config_override": {"conversation": {"text_only": True}}}
    plan = compile_plan(running, Call(conversation_id="conv_1", started_at_micros=0), data).plan
    assert (plan.mind.model.model, plan.text_only, len(plan.system_tools)) == (MODEL, True, 1)
    assert plan.opening.text.startswith("Hi, I'm Ada.")
