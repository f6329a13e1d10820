"""The mind: streaming, failing, slow, and those that stand in for it."""

import pytest
from tests.scenarios.simulation import (
    Simulation,
    answer,
    fails,
    hangs_up,
    happens,
    hears_agent_finish,
    hears_agent_start,
    never,
    plan,
    says,
    sees,
    turn,
    types,
    waits,
)

from vivavoce.engine.commands import AgentResponse, AgentResponsePart, Say, StopThinking, Think, Trouble
from vivavoce.engine.events import ContextGiven
from vivavoce.engine.plan import (
    LabelledVoice,
    MindSettings,
    ModelChoice,
    Prompt,
    PromptPiece,
    VoiceChoice,
    VoiceSettings,
)
from vivavoce.engine.transcript import ContextTurn

BACKED = MindSettings(
    model=ModelChoice(model="first"), backups=(ModelChoice(model="second"), ModelChoice(model="third"))
)


def ask(*mind, acts=(), **plan_changes) -> Simulation:
    script = [hears_agent_finish(), says("where is my order"), *acts, hears_agent_finish(), hangs_up()]
    return Simulation(plan(**{"mind": BACKED, **plan_changes}), script, mind=mind).run()


def models(call: Simulation) -> list[str]:
    return [think.model.model for think in call.all(Think)]


def test_the_first_sentence_is_spoken_while_the_rest_is_written():
    call = ask(answer("It is on its way. " + "It has left Bern. " * 20, per_token=0.05))
    assert call.times(Say)[1] - call.times(Think)[0] < 0.5


def test_a_short_first_clause_is_enough_to_begin():
    call = ask(answer("Of course, let me tell you all about where your parcel is right now.", per_token=0.1))
    assert call.all(Say)[1].text == "Of course,"


def test_numbers_and_abbreviations_stay_whole():
    text = "It costs $1,299.50 at Dr. Miller's, i.e. about 3.5 percent more. Fine?"
    call = ask(answer(text, tokens=tuple(text)))
    assert "$1,299.50" in " ".join(say.text for say in call.all(Say))
    for say in call.all(Say)[1:]:
        assert not say.text.endswith(("$1,", "$1,299.", "Dr.", "i.e.", "3."))


def test_the_pieces_are_the_reply():
    text = "Well, hello! I can: sing, dance... and more. Is it 3.14? Yes - it is."
    call = ask(answer(text, tokens=tuple(text)))
    assert call.agent_turns()[-1].text == text


def test_voices_change_inside_a_reply_and_tags_are_never_seen():
    voices = VoiceSettings(
        voice=VoiceChoice(voice_id="ada"),
        labelled=(LabelledVoice(label="Old Bob", voice=VoiceChoice(voice_id="bob")),),
    )
    text = "She said: <Old Bob>Who goes there?</Old Bob> And then <Unknown>nothing</Unknown> happened."
    call = ask(answer(text, tokens=tuple(text)), voice=voices)
    assert [(say.voice.voice_id, say.text) for say in call.all(Say)[1:]] == [
        ("ada", "She said:"),
        ("bob", "Who goes there?"),
        ("ada", "And then"),
        ("ada", "nothing"),
        ("ada", "happened."),
    ]
    told = "".join(part.text for part in call.all(AgentResponsePart) if part.kind == "delta")
    assert "<" not in told
    reply = call.agent_turns()[-1]
    assert [(part.voice_label, part.text) for part in reply.parts] == [
        (None, "She said:"),
        ("Old Bob", "Who goes there?"),
        (None, "And then nothing happened."),
    ]
    assert [part.at for part in reply.parts] == sorted(part.at for part in reply.parts)


def test_markup_for_the_eye_is_not_spoken_but_kept_in_the_transcript():
    call = ask(answer("This is **important**: see [the page](http://example.com)."))
    assert "*" not in " ".join(say.text for say in call.all(Say))
    assert "**important**" in call.agent_turns()[-1].text


def test_a_slow_model_is_replaced_after_the_cascade_timeout():
    call = ask(never(), answer("On its way."))
    assert models(call) == ["first", "second"]
    assert call.times(Think)[1] - call.times(Think)[0] == pytest.approx(4.0, abs=0.001)
    assert len(call.all(StopThinking)) == 1
    assert call.agent_turns()[-1].model == "second"


def test_a_failing_model_is_replaced_at_once():
    call = ask(fails(), answer("On its way."))
    assert models(call) == ["first", "second"]
    assert call.times(Think)[1] - call.times(Think)[0] < 0.5


def test_an_empty_answer_is_a_failure():
    assert models(ask(answer(""), answer("On its way."))) == ["first", "second"]


def test_without_backups_the_same_model_is_asked_three_times():
    mind = MindSettings(model=ModelChoice(model="custom-llm"))
    call = ask(fails(), fails(), fails(), mind=mind)
    assert models(call) == ["custom-llm"] * 3
    assert call.ending.cause == "mind_failed"
    assert call.ending.close_code == 1002
    assert call.all(Trouble)[0].error_type == "custom_llm_error"


def test_every_backup_is_asked_before_giving_up():
    mind = MindSettings(model=ModelChoice(model="0"), backups=tuple(ModelChoice(model=str(n)) for n in range(1, 5)))
    call = ask(*[fails()] * 5, mind=mind)
    assert models(call) == ["0", "1", "2", "3", "4"]
    assert call.all(Trouble)[0].error_type == "cascade_brain_error"


def test_models_that_are_all_silent_are_a_timeout():
    call = ask(*[never()] * 3)
    assert call.all(Trouble)[0].error_type == "llm_timeout"


def test_a_model_that_breaks_off_in_the_middle_is_continued_by_the_next():
    call = ask(
        fails(9, "I can help you. Your order left yesterday and should be there soon."), answer("It arrives today.")
    )
    assert call.transcript()[-1] == "agent: I can help you. It arrives today."
    unfinished = call.all(Think)[1].messages[-1]
    assert unfinished.unfinished
    assert unfinished.text.strip() == "I can help you."


def test_a_model_that_begins_again_does_not_make_the_agent_repeat_itself():
    call = ask(fails(6, "I can help you. Your order left yesterday."), answer("I can help you. Your order left today."))
    assert call.transcript()[-1] == "agent: I can help you. Your order left today."
    assert [say.text for say in call.all(Say)].count("I can help you.") == 1


def test_what_a_second_model_began_to_repeat_when_it_failed_is_nothing_that_was_said():
    call = ask(
        fails(6, "I can help you. Your order left yesterday."),
        fails(4, "I can help you. Your order"),
        answer("I can help you. Your order left today."),
    )
    assert call.transcript()[-1] == "agent: I can help you. Your order left today."


def test_a_model_that_stalls_in_the_middle_is_continued_too():
    stalled = answer("I can help you. Your order left", stalls_after=6)
    call = ask(stalled, answer("It arrives today."))
    assert call.transcript()[-1] == "agent: I can help you. It arrives today."


def test_what_was_said_is_heard_before_the_call_is_given_up():
    call = ask(fails(6, "I can help you. Your order"), fails(), fails())
    assert call.transcript()[-1] == "agent: I can help you."
    assert call.ending.cause == "mind_failed"


def test_the_model_that_answered_is_asked_first_the_next_time():
    script = (hears_agent_finish(), says("and the other one"))
    call = ask(fails(), answer("On its way."), answer("Lost."), acts=script)
    assert models(call) == ["first", "second", "second"]


def test_a_late_answer_of_a_model_that_was_given_up_is_ignored():
    mind = MindSettings(model=ModelChoice(model="first"), cascade_timeout_seconds=2.0)
    call = Simulation(
        plan(mind=mind),
        [hears_agent_finish(), says("hello"), hears_agent_finish(), waits(3.0), hangs_up()],
        mind=[answer("Too late.", first_token=2.5), answer("In time.")],
    )
    call._if_wanted = lambda run, delay, event: call.at(delay, event)
    call.run()
    assert call.transcript()[-1] == "agent: In time."


def test_an_answer_that_comes_after_the_end_is_ignored():
    call = Simulation(
        plan(), [hears_agent_finish(), says("hello"), sees(Think), hangs_up()], mind=[answer("Hi.")]
    ).run()
    commands = len(call.log)
    assert call.conversation.handle(call.log[-1][1], call.now + 9) == []
    assert call.conversation.deadline() is None
    assert len(call.log) == commands


def test_the_response_is_told_whole_with_its_first_audio():
    call = ask(answer("It is on its way. It will be there soon."))
    assert [event.text for event in call.all(AgentResponse)] == ["Hello.", "It is on its way. It will be there soon."]


def test_the_prompt_is_first_and_the_history_follows():
    prompt = Prompt(pieces=(PromptPiece(name="prompt", text="Be kind."), PromptPiece(name="voices", text="One voice.")))
    call = ask(answer("On its way."), prompt=prompt)
    assert call.all(Think)[0].messages[0].text == "Be kind.\n\nOne voice."


def test_a_live_variable_is_rendered_at_each_request():
    prompt = Prompt(
        pieces=(PromptPiece(name="prompt", text="{{system__call_duration_secs}} s, {{name}}."),),
        live_variables=("system__call_duration_secs",),
    )
    acts = (hears_agent_finish(), says("and now"))
    call = ask(answer("On its way. " * 10), answer("Here."), acts=acts, prompt=prompt)
    first, second = (think.messages[0].text for think in call.all(Think))
    assert first != second
    assert first.endswith("{{name}}.")


def test_context_is_known_without_being_a_turn():
    acts = (happens(ContextGiven("The user looks at the cart.")),)
    call = Simulation(
        plan(),
        [hears_agent_finish(), *acts, waits(1.0), says("what is this"), hears_agent_finish(), hangs_up()],
        mind=[answer("Your cart.")],
    ).run()
    assert len(call.all(Think)) == 1
    assert any("looks at the cart" in message.text for message in call.all(Think)[0].messages)


def test_later_context_under_the_same_id_supersedes_the_earlier():
    acts = [happens(ContextGiven("page one", "page")), happens(ContextGiven("page two", "page"))]
    call = Simulation(
        plan(),
        [hears_agent_finish(), *acts, says("what is this"), hears_agent_finish(), hangs_up()],
        mind=[answer("Page two.")],
    ).run()
    assert "page one" not in repr(call.all(Think)[0].messages)
    contexts = [one for one in call.turns() if isinstance(one, ContextTurn)]
    assert [one.is_superseded for one in contexts] == [True, False]


def test_context_does_not_interrupt():
    acts = (hears_agent_start(), happens(ContextGiven("page two")))
    call = ask(answer("It is on its way, and will be there tomorrow."), acts=acts)
    assert not call.agent_turns()[-1].interrupted


def test_the_waterfall_is_in_the_order_of_the_turn():
    waterfall = ask(answer("On its way.")).agent_turns()[-1].waterfall
    stages = [
        waterfall.speech_ended,
        waterfall.transcript_final,
        waterfall.turn_ended,
        waterfall.first_token,
        waterfall.first_sentence,
        waterfall.first_audio,
        waterfall.first_played,
        waterfall.last_played,
    ]
    assert None not in stages
    assert stages == sorted(stages)
    assert waterfall.voice_to_voice_seconds == pytest.approx(0.5 + 0.2 + 0.02 + 0.1, abs=0.011)


def test_tokens_and_characters_are_counted():
    call = ask(answer("On its way."))
    usage = call.agent_turns()[-1].usage
    assert (usage.input_tokens, usage.output_tokens, usage.voiced_characters) == (10, 3, 11)


def test_a_typed_question_in_a_voice_call_is_answered_by_voice():
    call = Simulation(
        plan(), [hears_agent_finish(), types("hello"), hears_agent_finish(), hangs_up()], mind=[answer("Hi.")]
    )
    call.run()
    assert call.all(Say)[-1].text == "Hi."
    assert call.user_turns()[0].medium == "text"


def test_an_empty_message_is_no_turn():
    call = Simulation(plan(), [hears_agent_finish(), types("  "), waits(1.0), hangs_up()]).run()
    assert call.user_turns() == []


def test_files_reach_the_mind():
    call = Simulation(
        plan(),
        [hears_agent_finish(), types("what is this", "file_1"), hears_agent_finish(), hangs_up()],
        mind=[answer("A cat.")],
    ).run()
    assert call.all(Think)[0].messages[-1].files == ("file_1",)


def test_a_reply_of_silence_is_over_at_once():
    call = ask(answer("..."), turn=turn())
    assert call.transcript()[-1] == "user: where is my order"
