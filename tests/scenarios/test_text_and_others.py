"""Text chats, languages, a human in the agent's place, and what the client wants to know."""

import pytest
from tests.scenarios.simulation import (
    Simulation,
    answer,
    calls,
    hangs_up,
    happens,
    hears_agent_finish,
    hears_agent_start,
    plan,
    reports,
    says,
    sees,
    types,
    waits,
)

from vivavoce.engine.commands import (
    AgentResponse,
    AgentResponseCorrection,
    AgentResponsePart,
    HumanConnected,
    HumanDisconnected,
    Interruption,
    Note,
    Pause,
    Play,
    Retune,
    Say,
    Tell,
    Think,
    Trouble,
)
from vivavoce.engine.events import HumanSaid, LanguageHeard, Released, TakenOver
from vivavoce.engine.plan import LanguageDetection, LanguagePreset, Limits, PromptPiece, VoiceChoice

# ---------------------------------------------------------------------------------------------------------------
# Text only


def chat(*acts, mind=(), **changes) -> Simulation:
    return Simulation(plan(text_only=True, **changes), [*acts, hangs_up()], mind=mind).run()


def test_a_text_chat_says_nothing_and_shows_everything():
    call = chat(types("hello"), sees(AgentResponse, 2), mind=[answer("Hi there.")])
    assert call.all(Say) == call.all(Play) == []
    assert call.transcript() == ["agent: Hello.", "user: hello", "agent: Hi there."]


def test_its_text_streams_as_it_is_written():
    call = chat(types("hello"), sees(AgentResponse, 2), mind=[answer("Hi there, you.")])
    parts = [(part.kind, part.text) for part in call.all(AgentResponsePart)][3:]
    assert parts == [("start", ""), ("delta", "Hi"), ("delta", " there,"), ("delta", " you."), ("stop", "")]
    assert len({part.event_id for part in call.all(AgentResponsePart)[3:]}) == 1
    assert call.all(AgentResponse)[-1].event_id == call.all(AgentResponsePart)[-1].event_id


def test_a_client_of_a_text_chat_gets_the_parts_even_if_it_did_not_list_them():
    call = chat(types("hello"), sees(AgentResponsePart, 6), mind=[answer("Hi.")], client_events=())
    assert {type(event) for event in call.told()} == {AgentResponsePart}


def test_writing_while_it_writes_cuts_it_where_it_is():
    call = chat(
        types("hello"),
        sees(AgentResponsePart, 6),
        types("stop"),
        sees(AgentResponse, 3),
        mind=[answer("This is a very long story.", per_token=0.5), answer("Stopped.")],
    )
    cut = call.agent_turns()[1]
    assert cut.interrupted
    assert "This is a very long story.".startswith(cut.text)
    assert call.all(Interruption) == call.all(AgentResponseCorrection) == []
    assert call.transcript()[-1] == "agent: Stopped."


def test_nobody_is_pressed_in_a_text_chat():
    call = chat(waits(120.0), limits=Limits(maximum_duration_seconds=None))
    assert call.all(Think) == []


# ---------------------------------------------------------------------------------------------------------------
# Languages

GERMAN = LanguagePreset(
    code="de",
    name="German",
    voice=VoiceChoice(voice_id="heidi", language="de"),
    prompt_pieces=(PromptPiece(name="language", text="Sprich Deutsch."),),
)
LANGUAGES = (LanguagePreset(code="en", name="English"), GERMAN)


def switch(*mind, tool=LanguageDetection(), acts=(), **changes) -> Simulation:  # noqa: B008
    script = [hears_agent_finish(), says("kannst du deutsch"), *acts, hears_agent_finish(), hangs_up()]
    return Simulation(plan(system_tools=(tool,), languages=LANGUAGES, **changes), script, mind=mind).run()


def to_german():
    return calls("language_detection", arguments={"reason": "asked", "language": "de"})


def test_the_language_switches_ears_voice_and_prompt():
    call = switch(to_german(), answer("Ja, gerne."))
    assert [retune.language for retune in call.all(Retune)] == ["de"]
    last = call.all(Say)[-1]
    assert (last.voice.voice_id, last.language) == ("heidi", "de")
    assert "Sprich Deutsch." in call.all(Think)[-1].messages[0].text
    assert call.agent_turns()[-1].language == "de"


def test_only_to_a_language_the_agent_has():
    call = switch(calls("language_detection", arguments={"reason": "asked", "language": "fr"}), answer("Sorry."))
    assert call.all(Retune) == []
    assert "not a language of this agent" in call.agent_turns()[1].results[0].text


def test_to_the_present_language_is_no_switch():
    call = switch(calls("language_detection", arguments={"reason": "asked", "language": "en"}), answer("Sorry."))
    assert call.all(Retune) == []


def test_only_at_the_start_if_so_set():
    tool = LanguageDetection(only_at_conversation_start=True)
    acts = (hears_agent_finish(), says("und nun"), hears_agent_finish(), says("und jetzt"))
    call = switch(answer("What?"), answer("What?"), to_german(), answer("Sorry."), tool=tool, acts=acts)
    assert call.all(Retune) == []
    early = switch(to_german(), answer("Ja."), tool=tool)
    assert len(early.all(Retune)) == 1


def test_the_mind_is_told_which_language_the_ear_recognised():
    acts = (reports(lambda now: LanguageHeard("de", now)),)
    call = switch(answer("Aha."), acts=acts)
    assert "seems to speak German" in call.all(Think)[0].messages[-1].text


def test_but_not_if_it_could_not_switch():
    script = [hears_agent_finish(), says("hallo"), reports(lambda now: LanguageHeard("de", now)), hears_agent_finish()]
    call = Simulation(plan(languages=LANGUAGES), [*script, hangs_up()], mind=[answer("Aha.")]).run()
    assert "German" not in repr(call.all(Think)[0].messages)


def test_a_preset_in_force_at_the_start_has_its_voice():
    call = Simulation(plan(language="de", languages=LANGUAGES), [hears_agent_finish(), hangs_up()]).run()
    assert call.all(Say)[0].voice.voice_id == "heidi"


# ---------------------------------------------------------------------------------------------------------------
# A human in the agent's place


def test_a_human_takes_over_and_gives_back():
    script = [
        hears_agent_finish(),
        happens(TakenOver("Eve")),
        says("is this a human"),
        waits(2.0),
        happens(HumanSaid("Yes, this is Eve.")),
        hears_agent_finish(),
        happens(Released()),
        says("thank you"),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(plan(), script, mind=[answer("You are welcome.")]).run()
    assert call.transcript()[1:] == [
        "user: is this a human",
        "agent: Yes, this is Eve.",
        "user: thank you",
        "agent: You are welcome.",
    ]
    assert call.agent_turns()[1].by_human
    assert len(call.all(Think)) == 1
    assert [type(event) for event in call.told() if isinstance(event, HumanConnected | HumanDisconnected)] == [
        HumanConnected,
        HumanDisconnected,
    ]


def test_taking_over_during_speech_cuts_the_agent():
    script = [hears_agent_start(), waits(0.5), happens(TakenOver("Eve")), waits(1.0), hangs_up()]
    call = Simulation(plan(first_message="Hello, this is Ada, how can I help you today?"), script).run()
    assert call.agent_turns()[0].interrupted


def test_a_silent_caller_is_the_humans_business():
    script = [hears_agent_finish(), happens(TakenOver("Eve")), waits(30.0), hangs_up()]
    assert Simulation(plan(), script).run().all(Think) == []


def test_what_the_human_says_meanwhile_waits_for_its_turn():
    lines = (happens(HumanSaid("First line here.")), happens(HumanSaid("Second line here.")))
    script = [hears_agent_finish(), happens(TakenOver("Eve")), *lines, hears_agent_finish(), waits(3.0), hangs_up()]
    call = Simulation(plan(), script).run()
    assert call.transcript()[1:] == ["agent: First line here.", "agent: Second line here."]


# ---------------------------------------------------------------------------------------------------------------
# What the client wants to know


@pytest.mark.parametrize("wanted", [(), ("audio",), ("interruption", "agent_response"), ("user_transcript",)])
def test_the_client_is_told_what_it_asked_for_and_nothing_else(wanted: tuple[str, ...]):
    script = [
        hears_agent_finish(),
        says("hello"),
        hears_agent_start(),
        waits(0.5),
        says("stop it"),
        hears_agent_finish(),
    ]
    call = Simulation(
        plan(client_events=wanted),
        [*script, hangs_up()],
        mind=[answer("A long reply, a very long one."), answer("Yes?")],
    ).run()
    assert {event.wire_name for event in call.told()} <= set(wanted)


def test_trouble_is_always_told():
    call = Simulation(plan(client_events=(), limits=Limits(maximum_duration_seconds=3.0))).run()
    assert [event.error_type for event in call.all(Trouble)] == ["max_duration_exceeded"]


def test_the_filter_changes_nothing_but_what_is_told():
    def decisions(events):
        script = [hears_agent_finish(), says("hello"), hears_agent_start(), waits(0.5), says("stop it"), waits(3.0)]
        call = Simulation(
            plan(client_events=events), [*script, hangs_up()], mind=[answer("A long reply, a very long one.")] * 2
        ).run()
        return [repr(one) for _, _, commands in call.log for one in commands if not isinstance(one, Tell | Note)]

    assert decisions(()) == decisions(plan().client_events)


def test_event_ids_rise_over_the_whole_call():
    script = [
        hears_agent_finish(),
        says("hello"),
        hears_agent_start(),
        waits(0.6),
        says("stop it"),
        hears_agent_finish(),
    ]
    call = Simulation(plan(), [*script, hangs_up()], mind=[answer("A long reply, really."), answer("Yes?")]).run()
    [interruption] = call.all(Interruption)
    paused = call.times(Pause)[0]
    before = [play.event_id for play, now in zip(call.all(Play), call.times(Play), strict=True) if now < paused]
    after = [play.event_id for play, now in zip(call.all(Play), call.times(Play), strict=True) if now > paused]
    assert max(before) < interruption.event_id < min(after)
