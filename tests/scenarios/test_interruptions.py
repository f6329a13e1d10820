"""Barge-in in three steps: pause at once, decide, cut or go on."""

import pytest
from tests.scenarios.simulation import (
    PHONE,
    Ears,
    Simulation,
    Tool,
    Voice,
    answer,
    calls,
    coughs,
    hangs_up,
    hears_agent_finish,
    hears_agent_start,
    plan,
    says,
    sees,
    turn,
    types,
    waits,
)

from vivavoce.engine.commands import (
    AgentResponse,
    AgentResponseComplete,
    AgentResponseCorrection,
    Hush,
    Interruption,
    Pause,
    Play,
    Resume,
    StopThinking,
    Think,
)
from vivavoce.engine.events import SpeechStarted
from vivavoce.engine.plan import ToolSpec

REPLY = "Of course I can help you with that. Your order left this morning. It should arrive tomorrow afternoon."


def barge_in(*acts, mind=(), speaks_for: float = 1.0, **how) -> Simulation:
    script = [hears_agent_finish(), says("where is my order"), hears_agent_start(), waits(speaks_for), *acts]
    how.setdefault("plan_", plan())
    return Simulation(script=script, mind=[answer(REPLY), *mind], **how).run()


def run_of_reply(call: Simulation) -> int:
    return call.all(Play)[-1].run if len(call.all(Play)) else 0


def test_words_cut_the_reply_and_get_an_answer():
    call = barge_in(says("wait, stop please"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")])
    assert call.transcript()[2].startswith("agent: Of course I")
    assert call.transcript()[2].endswith("[cut]")
    assert call.transcript()[3:] == ["user: wait, stop please", "agent: Yes?"]


def test_the_reply_is_paused_as_soon_as_there_is_a_sound():
    call = barge_in(says("wait, stop please"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")])
    started = [now for now, event, _ in call.log if isinstance(event, SpeechStarted)][1]
    assert call.times(Pause) == [started]


def test_a_websocket_is_silenced_at_the_pause_and_not_again_at_the_cut():
    call = barge_in(says("wait, stop please"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")])
    assert len(call.all(Interruption)) == 1
    assert call.times(Interruption) == call.times(Pause)


def test_a_phone_is_told_nothing_until_the_decision():
    call = barge_in(
        says("wait, stop please"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")], plan_=plan(line=PHONE)
    )
    assert call.times(Interruption) == call.times(Hush)
    assert call.times(Pause) < call.times(Interruption)


def test_a_cough_pauses_and_the_reply_goes_on_and_is_heard_exactly_once():
    call = barge_in(coughs(), hears_agent_finish(), hangs_up())
    assert call.agent_turns()[-1].text == REPLY
    assert not call.agent_turns()[-1].interrupted
    assert len(call.all(Pause)) == len(call.all(Resume)) == 1
    assert call.heard_once(run_of_reply(call))
    assert call.all(AgentResponseCorrection) == []


def test_a_cough_that_the_ear_confirms_as_nothing_resumes_sooner():
    slow = barge_in(coughs(), hears_agent_finish(), hangs_up())
    fast = barge_in(coughs(), hears_agent_finish(), hangs_up(), ears=Ears(says_nothing_heard=True))
    assert fast.times(Resume)[0] < slow.times(Resume)[0]


def test_several_coughs_cost_nothing_of_the_reply():
    call = barge_in(coughs(), waits(1.2), coughs(), waits(1.2), coughs(), hears_agent_finish(), hangs_up())
    assert len(call.all(Resume)) == 3
    assert call.heard_once(run_of_reply(call))
    assert call.agent_turns()[-1].text == REPLY


@pytest.mark.parametrize("word", ["mhm", "Mm-hmm.", "uh-huh", "Hmm", "aha"])
def test_listeners_noises_never_interrupt(word: str):
    call = barge_in(says(word), hears_agent_finish(), hangs_up())
    assert call.agent_turns()[-1].text == REPLY
    assert call.heard_once(run_of_reply(call))
    assert call.user_turns()[-1].ignored_as_backchannel


def test_an_ignore_term_never_interrupts_whatever_its_case_and_punctuation():
    settings = turn(interruption_ignore_terms=("gotcha", "got it"))
    call = barge_in(says("Got it!"), hears_agent_finish(), hangs_up(), plan_=plan(turn=settings))
    assert call.agent_turns()[-1].text == REPLY
    assert call.transcript()[-1] == "user (ignored): Got it!"


def test_an_ignore_term_is_the_whole_utterance():
    settings = turn(interruption_ignore_terms=("got it",))
    call = barge_in(
        says("got it, but when"), hears_agent_finish(), hangs_up(), mind=[answer("Soon.")], plan_=plan(turn=settings)
    )
    assert call.agent_turns()[1].interrupted


def test_curated_terms_are_merged_only_on_request():
    def call(**settings):
        return barge_in(
            says("okay"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")], plan_=plan(turn=turn(**settings))
        )

    assert call().agent_turns()[1].interrupted
    assert not call(merge_default_ignore_terms=True).agent_turns()[1].interrupted
    german = call(merge_default_ignore_terms=True, interruption_ignore_languages=("de",))
    assert not german.agent_turns()[1].interrupted


def test_an_ignored_word_is_not_in_the_history():
    call = barge_in(
        says("mhm"), hears_agent_finish(), says("and when"), hears_agent_finish(), hangs_up(), mind=[answer("Soon.")]
    )
    assert "mhm" not in repr(call.all(Think)[-1].messages)


def test_a_back_channel_that_goes_on_becomes_an_interruption():
    call = barge_in(says("mhm yes but I have a question"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")])
    assert call.agent_turns()[1].interrupted


def test_fewer_words_than_the_minimum_do_not_interrupt():
    call = barge_in(says("really"), hears_agent_finish(), hangs_up(), plan_=plan(turn=turn(minimum_words=2)))
    assert not call.agent_turns()[1].interrupted


def test_as_many_words_as_the_minimum_do():
    settings = plan(turn=turn(minimum_words=2))
    call = barge_in(says("stop it"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")], plan_=settings)
    assert call.agent_turns()[1].interrupted


def test_our_own_words_coming_back_are_an_echo():
    call = barge_in(says("can help you with that"), hears_agent_finish(), hangs_up(), speaks_for=3.0)
    assert not call.agent_turns()[1].interrupted
    assert call.user_turns()[-1].text == "where is my order"


def test_words_we_have_not_said_yet_are_no_echo():
    call = barge_in(says("it should arrive tomorrow"), hears_agent_finish(), hangs_up(), mind=[answer("Yes.")])
    assert call.agent_turns()[1].interrupted


def test_a_voice_without_words_is_taken_for_noise_after_a_while():
    call = barge_in(coughs(5.0), hears_agent_finish(), hangs_up())
    assert call.agent_turns()[-1].text == REPLY
    assert call.times(Resume)[0] - call.times(Pause)[0] == pytest.approx(2.0, abs=0.1)


def test_a_voice_that_goes_on_after_it_was_taken_for_noise_keeps_the_floor_once_it_has_words():
    wish = "no wait there is something else that I want"
    call = barge_in(says(wish, seconds=6.0, interim_every=2.6), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")])
    assert call.agent_turns()[1].interrupted
    assert call.transcript()[-2:] == [f"user: {wish}", "agent: Yes?"]


def test_words_after_the_reply_was_resumed_still_cut_it():
    call = barge_in(
        says("please stop now", seconds=1.0, interims=False, final_delay=1.5),
        hears_agent_finish(),
        hangs_up(),
        mind=[answer("Yes?")],
    )
    assert len(call.all(Resume)) == 1
    assert call.agent_turns()[1].interrupted


def test_the_correction_ends_where_the_caller_stopped_hearing():
    call = barge_in(says("stop please"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")], speaks_for=2.5)
    [correction] = call.all(AgentResponseCorrection)
    heard = call.heard_seconds(call.all(Pause)[0].run)
    spoken = REPLY[: int(heard / 0.06)]
    assert correction.original == REPLY
    assert REPLY.startswith(correction.corrected)
    assert 0 <= len(spoken) - len(correction.corrected) < 12


def test_the_transcript_the_history_and_the_correction_agree():
    call = barge_in(says("stop please"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")])
    [correction] = call.all(AgentResponseCorrection)
    cut = call.agent_turns()[1]
    assert cut.text == correction.corrected
    assert cut.original_text == correction.original
    history = call.all(Think)[-1].messages
    assert [message.text for message in history if type(message).__name__ == "AgentMessage"][-1] == cut.text


def test_the_response_is_told_before_its_correction_and_marked_complete_after():
    call = barge_in(says("stop please"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")])
    kinds = [type(event) for event in call.told()]
    correction = kinds.index(AgentResponseCorrection)
    assert AgentResponse in kinds[:correction]
    assert kinds[correction + 1] is AgentResponseComplete


def test_a_reply_cut_while_the_mind_still_writes_is_told_as_far_as_it_came():
    slow = answer(REPLY, per_token=0.2)
    script = [hears_agent_finish(), says("hi"), hears_agent_start(), waits(0.3), says("stop it"), hangs_up()]
    call = Simulation(plan(), script, mind=[slow]).run()
    [correction] = call.all(AgentResponseCorrection)
    assert REPLY.startswith(correction.original)
    assert call.all(StopThinking)


def test_resumed_audio_has_higher_ids_than_the_interruption():
    call = barge_in(coughs(), hears_agent_finish(), hangs_up(), voice=Voice(speed=1.2))
    [interruption], [resume] = call.all(Interruption), call.all(Resume)
    assert resume.event_id > interruption.event_id
    later = [play for play, now in zip(call.all(Play), call.times(Play), strict=True) if now > call.times(Resume)[0]]
    assert {play.event_id for play in later} == {resume.event_id}


def test_on_a_phone_a_resumed_reply_keeps_its_id():
    call = barge_in(coughs(), hears_agent_finish(), hangs_up(), plan_=plan(line=PHONE))
    assert call.all(Interruption) == []
    assert call.all(Resume)[0].event_id == call.all(Play)[1].event_id


def test_a_sound_before_the_first_audio_holds_it_back():
    script = [
        hears_agent_finish(),
        says("where is my order"),
        sees(Think),
        coughs(),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(plan(), script, mind=[answer(REPLY)]).run()
    assert call.all(Pause) == []
    assert call.all(Interruption) == []
    assert call.agent_turns()[-1].text == REPLY
    assert call.heard_once(run_of_reply(call))


def test_going_on_before_the_first_audio_takes_the_turn_back():
    script = [
        hears_agent_finish(),
        says("where is my order"),
        sees(Think),
        says("from last week I mean"),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(plan(), script, mind=[answer(REPLY), answer("The one from last week arrived.")]).run()
    assert call.transcript()[1:] == [
        "user: where is my order",
        "user: from last week I mean",
        "agent: The one from last week arrived.",
    ]
    assert call.all(AgentResponse)[-1].text == "The one from last week arrived."


def test_the_last_syllable_is_not_paused():
    script = [hears_agent_finish(), says("hi"), hears_agent_start(), waits(0.4), says("and another thing")]
    call = Simulation(
        plan(),
        [*script, hears_agent_finish(), hears_agent_finish(), hangs_up()],
        mind=[answer("Hi there."), answer("Yes?")],
    ).run()
    assert call.all(Pause) == []
    assert call.transcript()[2:] == ["agent: Hi there.", "user: and another thing", "agent: Yes?"]


def test_writing_cuts_at_once():
    call = barge_in(types("never mind"), hears_agent_finish(), hangs_up(), mind=[answer("All right.")])
    assert call.all(Pause) == []
    assert len(call.all(Interruption)) == 1
    assert call.agent_turns()[1].interrupted
    assert call.transcript()[3:] == ["user: never mind", "agent: All right."]


def test_double_talk_over_the_whole_reply_is_one_interruption():
    call = barge_in(
        says("no no listen I need to change the address of that order", seconds=4.0),
        hears_agent_finish(),
        hangs_up(),
        mind=[answer("Sure.")],
    )
    assert len(call.all(Hush)) == 1
    assert call.transcript()[3:] == ["user: no no listen I need to change the address of that order", "agent: Sure."]


def test_a_reply_that_was_not_heard_at_all_is_not_in_the_transcript():
    script = [hears_agent_finish(), says("hello"), sees(Think), types("forget it"), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(), script, mind=[answer(REPLY), answer("Fine.")]).run()
    assert call.transcript()[1:] == ["user: hello", "user: forget it", "agent: Fine."]
    assert call.all(AgentResponseCorrection) == []


def test_an_interruption_while_a_tool_runs_keeps_its_result():
    tools = (ToolSpec(name="weather"),)
    script = [
        hears_agent_finish(),
        says("what is the weather"),
        sees(Think),
        waits(1.0),
        says("in Bern I mean"),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(
        plan(tools=tools),
        script,
        mind=[calls("weather", "Let me see."), answer("It is sunny in Bern.")],
        tools={"weather": Tool(delay=2.5, result="sunny")},
    ).run()
    stored = next(one for one in call.agent_turns() if one.calls)
    assert [result.text for result in stored.results] == ["sunny"]
    # Every word of it was heard, and still it was cut: the answer that it led to was never given.
    assert (stored.text, stored.original_text, stored.interrupted) == ("Let me see.", None, True)
    assert call.transcript()[-1] == "agent: It is sunny in Bern."


def test_a_tool_that_forbids_it_cannot_be_interrupted():
    tools = (ToolSpec(name="pay", disables_interruptions=True),)
    script = [hears_agent_finish(), says("pay it"), sees(Think), waits(0.6), says("stop stop"), hears_agent_finish()]
    call = Simulation(
        plan(tools=tools),
        [*script, hangs_up()],
        mind=[calls("pay", "I am paying your invoice now, one moment."), answer("Done.")],
        tools={"pay": Tool(delay=3.0, result="paid")},
    ).run()
    assert call.all(Pause) == []
    assert call.transcript()[-1] == "agent: Done."


def test_silence_at_the_caller_comes_within_the_detectors_delay():
    call = barge_in(says("stop it please"), hears_agent_finish(), hangs_up(), mind=[answer("Yes?")])
    onset = [event.at for _, event, _ in call.log if isinstance(event, SpeechStarted)][1]
    assert call.line.silences[0][0] - onset <= 0.061


def test_a_second_interruption_cuts_the_second_reply():
    call = barge_in(
        says("wait a moment"),
        hears_agent_start(),
        waits(0.8),
        says("no really wait"),
        hears_agent_finish(),
        hangs_up(),
        mind=[answer("Certainly, I will wait for you as long as you need."), answer("I am waiting.")],
    )
    assert [one.interrupted for one in call.agent_turns()] == [False, True, True, False]
    assert len(call.all(AgentResponseCorrection)) == 2
