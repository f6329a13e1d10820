"""The scripted mind: what a new user hears from it, and what a measurement can rely on."""

import asyncio
from collections.abc import Sequence

import pytest

from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.engine.plan import ModelChoice
from vivavoce.engine.prompt import FILLER_PROMPT, re_engagement_note
from vivavoce.features.agents.sample import PROMPT
from vivavoce.live.virtual_time import run_virtually
from vivavoce.ports.language import ChatRequest, Finished, Piece, Text, ToolWanted
from vivavoce.providers.language.scripted import Scripted, ScriptedLanguageOptions
from vivavoce.providers.speech.stand_in import UNDERSTOOD

END_CALL = ToolOffer("end_call", "Ends the call.", {"type": "object", "required": ["reason"]})
WEATHER = ToolOffer("get_weather", "The weather.", {"type": "object", "required": ["city"]})


def ask(
    *said: str | Message, tools: Sequence[ToolOffer] = (END_CALL,), model: str = "scripted", **options: object
) -> list[Piece]:
    """The answer to a conversation in which this was said, one after the other."""
    messages = [Instructions(PROMPT), *(UserMessage(each) if isinstance(each, str) else each for each in said)]
    mind = Scripted(ScriptedLanguageOptions.model_validate(options))

    async def main() -> list[Piece]:
        async with mind.chat(ChatRequest(ModelChoice(model=model), messages, tools)) as pieces:
            return [piece async for piece in pieces]

    return run_virtually(main())


def words(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Text))


def calls(pieces: Sequence[Piece]) -> list[ToolWanted]:
    return [piece for piece in pieces if isinstance(piece, ToolWanted)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Hi!", "I'm Ada"),
        ("who are you?", "scripted stand-in"),
        ("Are you a real person?", "scripted stand-in"),
        ("are you a real model?", "scripted stand-in"),
        ("What can you do?", "end the call"),
        ("What is Vivavoce?", "open platform for voice agents"),
        ("How do I connect a real model?", "connect-a-model"),
        ("can I use Ollama", "vivavoce.toml"),
        ("why do I hear a humming sound? I want to speak", "an ear and a voice"),
        ("how do I change your prompt", "in my settings"),
        ("a receptionist for my dental practice", "Hello, this is the dental practice. How can I help you?"),
        ("I'd like to build an assistant that books tables", "An assistant that books tables, good idea."),
        ("my name is grace", "Nice to meet you, Grace."),
        ("Thank you", "You're welcome"),
        ("what tools do you have", "end_call"),
        ("what is the airspeed of a swallow?", "beyond my script"),
        (UNDERSTOOD, "no speech recognition"),
    ],
)
def test_it_answers_what_a_new_user_asks(said: str, expected: str) -> None:
    pieces = ask(said)
    assert expected in words(pieces)
    assert isinstance(pieces[-1], Finished)
    assert pieces[-1].reason == "stop"
    assert pieces[-1].output_tokens == len(pieces) - 1
    assert not calls(pieces)


@pytest.mark.parametrize("said", ["Bye!", "ok goodbye then", "please end the call", "That's all, thanks"])
def test_a_goodbye_ends_the_call_where_that_is_possible(said: str) -> None:
    pieces = ask(said)
    [call] = calls(pieces)
    assert call.name == "end_call"
    assert call.arguments["message"].startswith("Goodbye")
    assert isinstance(pieces[-1], Finished)
    assert pieces[-1].reason == "tools"
    assert "Goodbye" in words(ask(said, tools=()))


def test_it_calls_a_tool_by_name_and_tells_its_result() -> None:
    assert "I need city" in words(ask("use get weather", tools=(END_CALL, WEATHER)))
    pieces = ask('please use get_weather {"city": "Rome"}', tools=(END_CALL, WEATHER))
    [call] = calls(pieces)
    assert (call.call_id, call.name, call.arguments) == ("call_1", "get_weather", {"city": "Rome"})
    told = ask("use get_weather", AgentMessage("I'll use it."), ToolMessage("call_1", "get_weather", "Sunny."))
    assert words(told) == "The tool get weather says: Sunny."
    failed = ask("use get_weather", ToolMessage("call_1", "get_weather", "No route.", is_error=True))
    assert words(failed) == "The tool get weather did not work: No route."


def test_it_remembers_what_was_said_in_the_same_conversation() -> None:
    assert words(ask("call me Grace", "what is my name?")) == "You are Grace."
    assert words(ask("I like tea", "what did I say?")) == "Before that you said: I like tea"
    assert words(ask("blah", "blub")) != words(ask("blah"))


def test_it_says_that_it_stands_in_for_a_model_that_nobody_offers() -> None:
    first = words(ask("hello", model="gemini-2.5-flash"))
    assert first.startswith("No provider here offers the model gemini-2.5-flash")
    assert "gemini" not in words(ask("hello", "and now?", model="gemini-2.5-flash"))


def test_notes_to_the_mind_are_followed_and_context_is_not_answered() -> None:
    assert "still there" in words(ask("hello", AgentMessage("Hi."), Instructions(re_engagement_note(7))))
    assert words(ask("hello", Instructions(FILLER_PROMPT))) == "One moment."
    assert "I'm Ada" in words(ask("hello", Instructions("For your information: the user opened a page")))


def test_who_stays_silent_is_asked_twice_and_then_left() -> None:
    silent, said = Instructions(re_engagement_note(7)), AgentMessage("Hello.")
    assert "still there" in words(ask("hi", said, silent))
    assert "still here" in words(ask("hi", said, said, silent))
    assert calls(ask("hi", said, said, said, silent))[0].arguments["message"].endswith("Goodbye!")
    assert not calls(ask("hi", said, said, said, silent, tools=()))
    assert "still there" in words(ask("hi", said, said, said, "yes", said, silent))


def test_it_goes_on_where_another_model_broke_off() -> None:
    assert words(ask("hi", AgentMessage("Hello, I'm Ada. ", unfinished=True))) == " What can I do for you?"


def test_given_replies_come_in_rotation_with_their_delays() -> None:
    options = ScriptedLanguageOptions(replies=("One two.", "Three."), first_token_seconds=0.2, token_seconds=0.01)

    async def main(turns: int) -> list[tuple[float, Piece]]:
        loop = asyncio.get_running_loop()
        messages = [Instructions("Be brief."), *[UserMessage("hm")] * turns]
        async with Scripted(options).chat(ChatRequest(ModelChoice(model="scripted"), messages)) as pieces:
            return [(round(loop.time(), 3), piece) async for piece in pieces]

    first = run_virtually(main(1))
    assert first[:2] == [(0.2, Text("One")), (0.21, Text(" two."))]
    assert [words([piece for _, piece in run_virtually(main(turns))]) for turns in (2, 3)] == ["Three.", "One two."]
