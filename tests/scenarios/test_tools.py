"""Tools: in parallel, before and after speech, late, failing, doubled, and those the engine is itself."""

import pytest
from tests.scenarios.simulation import (
    Simulation,
    Tool,
    answer,
    calls,
    fails,
    hangs_up,
    hears_agent_finish,
    plan,
    says,
    sees,
    types,
    waits,
)

from vivavoce.engine.commands import (
    AgentToolRequest,
    AgentToolResponse,
    CallTool,
    CancelTool,
    Say,
    Think,
    ToolMessage,
)
from vivavoce.engine.plan import ToolSpec

WEATHER = ToolSpec(name="weather", description="Tells the weather.")
ORDER = ToolSpec(name="order")


def use(*mind, specs=(WEATHER, ORDER), tools=None, acts=(), **changes) -> Simulation:
    script = [hears_agent_finish(), says("what is the weather"), *acts, hears_agent_finish(), hangs_up()]
    return Simulation(plan(tools=specs, **changes), script, mind=mind, tools=tools or {}).run()


def results(call: Simulation, think: int) -> list[str]:
    return [one.text for one in call.all(Think)[think].messages if isinstance(one, ToolMessage)]


def test_a_tool_and_the_answer_made_from_it():
    call = use(
        calls("weather", arguments={"city": "Bern"}), answer("It is sunny."), tools={"weather": Tool(result="sunny")}
    )
    [command] = call.all(CallTool)
    assert (command.name, command.arguments) == ("weather", {"city": "Bern"})
    assert results(call, 1) == ["sunny"]
    assert call.transcript()[-1] == "agent: It is sunny."


def test_the_turn_that_called_holds_call_and_result():
    call = use(calls("weather", "Let me see."), answer("Sunny."), tools={"weather": Tool(result="sunny")})
    first, second = call.agent_turns()[1:]
    assert first.text == "Let me see."
    assert (first.calls[0].name, first.results[0].text, first.results[0].is_error) == ("weather", "sunny", False)
    assert second.text == "Sunny."


def test_what_is_said_before_a_tool_is_spoken_while_it_runs():
    call = use(calls("weather", "One moment"), answer("Sunny."), tools={"weather": Tool(delay=3.0)})
    assert call.all(Say)[1].text == "One moment"
    assert call.times(Say)[1] == call.times(CallTool)[0]


def test_several_tools_run_in_parallel_and_are_waited_for_together():
    both = answer(tools=(("weather", {}), ("order", {})))
    call = use(both, answer("Done."), tools={"weather": Tool(1.0, "sunny"), "order": Tool(2.0, "sent")})
    assert len(set(call.times(CallTool))) == 1
    assert len(call.all(Think)) == 2
    assert results(call, 1) == ["sunny", "sent"]


def test_a_tool_after_speech_starts_when_the_speech_is_heard():
    spec = ToolSpec(name="weather", execution="after_speech")
    call = use(calls("weather", "I will look out of the window now."), answer("Sunny."), specs=(spec,))
    assert call.times(CallTool)[0] - call.line.play_started[1] >= 34 * 0.06 - 0.01


def test_a_tool_after_speech_without_speech_starts_at_once():
    spec = ToolSpec(name="weather", execution="after_speech")
    call = use(calls("weather"), answer("Sunny."), specs=(spec,))
    assert call.times(CallTool)[0] - call.times(Think)[0] < 0.3


def test_a_tool_after_speech_is_never_started_if_the_speech_is_cut():
    spec = ToolSpec(name="weather", execution="after_speech")
    acts = (sees(Say, 2), waits(0.5), says("no stop that"))
    call = use(calls("weather", "I will look out of the window now."), answer("Fine."), specs=(spec,), acts=acts)
    assert call.all(CallTool) == []


def test_an_async_tool_does_not_hold_up_the_conversation():
    spec = ToolSpec(name="weather", execution="async")
    call = use(
        calls("weather"),
        answer("I will tell you when I know."),
        answer("It is sunny."),
        specs=(spec,),
        tools={"weather": Tool(6.0, "sunny")},
        acts=(hears_agent_finish(),),
    )
    assert call.transcript()[2:] == ["agent: ", "agent: I will tell you when I know.", "agent: It is sunny."]
    assert "still running" in results(call, 1)[0]
    assert results(call, 2) == ["sunny"]


def test_a_tool_that_does_not_answer_is_given_up():
    spec = ToolSpec(name="weather", timeout_seconds=2.0)
    call = use(calls("weather"), answer("I do not know."), specs=(spec,), tools={"weather": Tool(result=None)})
    assert call.times(CancelTool)[0] - call.times(CallTool)[0] == pytest.approx(2.0)
    assert results(call, 1) == ["No result within 2 seconds."]


def test_a_result_after_that_is_ignored():
    spec = ToolSpec(name="weather", timeout_seconds=0.5)
    call = use(calls("weather"), answer("I do not know."), specs=(spec,), tools={"weather": Tool(1.0, "sunny")})
    assert "sunny" not in repr(call.turns())


def test_a_tool_that_fails_is_explained_to_the_mind():
    call = use(calls("weather"), answer("It does not work."), tools={"weather": Tool(fails=True)})
    assert results(call, 1) == ["no connection"]
    assert call.agent_turns()[1].results[0].is_error


def test_a_tool_that_does_not_exist_is_explained_too():
    call = use(calls("telepathy"), answer("I cannot do that."))
    assert call.all(CallTool) == []
    assert results(call, 1) == ["There is no tool called telepathy."]


def test_a_tool_that_expects_no_answer_is_not_waited_for():
    spec = ToolSpec(name="weather", kind="client", expects_response=False)
    call = use(calls("weather"), answer("Shown."), specs=(spec,), tools={"weather": Tool(result=None)})
    assert call.times(Think)[1] == call.times(CallTool)[0]


def test_the_same_call_twice_is_made_once():
    twice = answer(tools=(("weather", {"city": "Bern"}), ("weather", {"city": "Bern"})))
    assert len(use(twice, answer("Sunny.")).all(CallTool)) == 1


def test_the_same_tool_with_other_arguments_is_another_call():
    twice = answer(tools=(("weather", {"city": "Bern"}), ("weather", {"city": "Basel"})))
    assert len(use(twice, answer("Sunny.")).all(CallTool)) == 2


def test_a_call_id_that_was_used_before_is_another_call():
    """There are servers that call the first call of every answer `call_1`."""
    first = answer(tools=(("weather", {}),), call_ids=("one",))
    again = answer(tools=(("order", {}),), call_ids=("one",))
    call = use(first, again, answer("Sunny, and on its way."))
    assert [made.call_id for made in call.all(CallTool)] == ["one", "one_2"]
    asked = [message for message in call.all(Think)[-1].messages if isinstance(message, ToolMessage)]
    assert [message.call_id for message in asked] == ["one", "one_2"]


def test_the_client_is_told_of_request_and_response():
    call = use(calls("weather"), answer("Sunny."), tools={"weather": Tool(result="sunny")})
    [request], [response] = call.all(AgentToolRequest), call.all(AgentToolResponse)
    assert (request.tool_name, request.tool_type, response.result) == ("weather", "webhook", "sunny")
    assert request.event_id < response.event_id


def test_variables_a_result_assigns_are_live_in_the_next_tool():
    specs = (WEATHER, ToolSpec(name="order", variables=("city", "system__conversation_id", "missing")))
    call = use(
        calls("weather"),
        calls("order"),
        answer("Done."),
        specs=specs,
        tools={"weather": Tool(result="ok", variables={"city": "Bern"})},
        variables={"city": "?"},
    )
    assert call.all(CallTool)[1].variables == {"city": "Bern", "system__conversation_id": "conv_1"}
    assert call.agent_turns()[1].results[0].variables == {"city": "Bern"}


def test_an_async_tool_that_never_answers_is_news_too():
    spec = ToolSpec(name="weather", execution="async", timeout_seconds=5.0)
    call = use(
        calls("weather"),
        answer("I will tell you."),
        answer("I could not find out."),
        specs=(spec,),
        tools={"weather": Tool(result=None)},
        acts=(hears_agent_finish(),),
    )
    assert call.transcript()[-1] == "agent: I could not find out."
    assert len(call.all(CancelTool)) == 1


def test_the_mind_is_offered_tools_and_told_to_speak_first_where_asked():
    spec = ToolSpec(name="weather", description="Tells the weather.", forces_pre_tool_speech=True)
    [offer] = use(answer("Hm."), specs=(spec,)).all(Think)[0].tools
    assert offer.name == "weather"
    assert "before calling" in offer.description


def test_a_mind_that_only_ever_calls_tools_has_to_answer_in_the_end():
    call = use(*[calls("weather", arguments={"n": n}) for n in range(8)], answer("Enough."))
    assert call.all(Think)[-1].tools == ()
    assert call.transcript()[-1] == "agent: Enough."


def test_a_model_that_fails_after_calling_a_tool_is_not_asked_again_for_that():
    failing = answer(tools=(("weather", {}),))
    call = Simulation(
        plan(tools=(WEATHER,)),
        [hears_agent_finish(), says("what is the weather"), hears_agent_finish(), hangs_up()],
        mind=[failing, fails(), answer("Sunny.")],
    ).run()
    assert len(call.all(CallTool)) == 1
    assert call.transcript()[-1] == "agent: Sunny."


def test_a_tool_that_runs_when_the_call_ends_is_cancelled():
    acts = (sees(CallTool), hangs_up())
    call = use(calls("weather"), tools={"weather": Tool(result=None)}, acts=acts)
    assert [cancel.call_id for cancel in call.all(CancelTool)] == ["call_1"]


def test_a_result_that_comes_after_the_reply_was_cut_is_in_the_next_prompt():
    acts = (sees(CallTool), waits(0.5), types("forget it"), hears_agent_finish(), says("so what is the weather"))
    call = use(
        calls("weather", "Let me look that up for you right now."),
        answer("Fine."),
        answer("It was sunny."),
        tools={"weather": Tool(2.0, "sunny")},
        acts=acts,
    )
    assert "still running" in results(call, 1)[0]
    assert results(call, 2) == ["sunny"]
