"""What a streaming ear does where a vendor's protocol leaves something open, with a line that follows a script."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from vivavoce.ports.outbound import CannedLine, CannedOutbound, OutboundFailed
from vivavoce.ports.speech import EarWishes, Language, Listening, Understood, Words
from vivavoce.providers.speech._streaming import HEALTHY_SECONDS, Endurance, StreamingEar
from vivavoce.providers.speech.assemblyai import AssemblyAIDialect, AssemblyAIOptions
from vivavoce.providers.speech.deepgram import DeepgramDialect, DeepgramEarOptions
from vivavoce.providers.speech.elevenlabs_realtime import ElevenLabsEarDialect, ElevenLabsEarOptions

pytestmark = pytest.mark.anyio

FRAME = bytes(640)
PATIENT = Endurance(answer_seconds=600.0, retry_seconds=(0.0,))


def results(words: str, until: float, *, final: bool, **more: Any) -> str:
    alternative = {"transcript": words, **({"languages": more.pop("languages")} if "languages" in more else {})}
    return json.dumps(
        {
            "type": "Results",
            "start": 0.0,
            "duration": until,
            "is_final": final,
            "channel": {"alternatives": [alternative]},
            **more,
        }
    )


@asynccontextmanager
async def listening_to(
    *lines: CannedLine | OutboundFailed, endurance: Endurance = PATIENT, wishes: EarWishes | None = None, **options: Any
) -> AsyncIterator[tuple[Listening, CannedOutbound]]:
    outbound = CannedOutbound(lines=lines)
    dialect = DeepgramDialect(DeepgramEarOptions.model_validate({"api_key": "k", **options}))
    async with asyncio.timeout(5), StreamingEar(dialect, outbound, endurance).listen(wishes or EarWishes()) as heard:
        yield heard, outbound


def speak(listening: Listening, seconds: float, at: float = 0.0) -> float:
    listening.hear(at, FRAME)
    listening.speech_started(at)
    for frame in range(1, round(seconds / 0.02)):
        listening.hear(round(at + frame * 0.02, 3), FRAME)
    return round(at + seconds, 3)


async def next_of(listening: Listening) -> Understood:
    return await anext(aiter(listening))


async def until_sent(line: CannedLine, what: str) -> None:
    async for _ in ticks():
        if what in [message for message in line.sent if isinstance(message, str)]:
            return


async def ticks() -> AsyncIterator[None]:
    while True:
        yield
        await asyncio.sleep(0)


FINALIZE = '{"type":"Finalize"}'


async def test_who_has_settled_everything_may_have_nothing_to_add() -> None:
    line = CannedLine()
    async with listening_to(line) as (listening, _):
        until = speak(listening, 1.0)
        line.say(results("where is my order", 0.9, final=True))
        assert await next_of(listening) == Words("where is my order", 0.98 + 0.02, final=False)
        listening.speech_stopped(until)  # Finalize is never answered, and the patience is ten minutes
        assert await next_of(listening) == Words("where is my order", until)


async def test_a_result_that_covers_all_is_an_answer_whatever_it_is_called() -> None:
    line = CannedLine()
    async with listening_to(line) as (listening, _):
        until = speak(listening, 1.0)
        listening.speech_stopped(until)
        await until_sent(line, FINALIZE)
        line.say(results("where is", 0.5, final=True), results("my order", 1.0, final=True))
        assert await next_of(listening) == Words("where is my order", until)


async def test_words_where_no_voice_was_noticed_are_a_final() -> None:
    line = CannedLine()
    async with listening_to(line) as (listening, _):
        listening.hear(0.0, FRAME)
        line.say(results("hello", 0.02, final=True))
        assert await next_of(listening) == Words("hello", 0.02)


async def test_the_language_that_is_heard_is_told_if_it_is_another_one() -> None:
    line = CannedLine()
    async with listening_to(line, language="multi") as (listening, outbound):
        listening.hear(0.0, FRAME)
        line.say(results("hello", 0.02, final=True, languages=["en"]))
        line.say(results("hola", 0.02, final=True, languages=["es"]))
        assert [await next_of(listening), await next_of(listening)] == [Words("hello", 0.02), Language("es", 0.02)]
    assert "language=multi" in outbound.connected[0].url


async def test_elevenlabs_tells_the_language_with_the_second_copy_of_the_words() -> None:
    options = ElevenLabsEarOptions.model_validate({"api_key": "k", "detects_language": True})
    line = CannedLine()
    outbound = CannedOutbound(lines=(line,))
    async with (
        asyncio.timeout(5),
        StreamingEar(ElevenLabsEarDialect(options), outbound, PATIENT).listen(EarWishes()) as listening,
    ):
        listening.hear(0.0, FRAME)
        line.say(json.dumps({"message_type": "committed_transcript", "text": "hola"}))
        more = {"text": "hola", "language_code": "es", "words": []}
        line.say(json.dumps({"message_type": "committed_transcript_with_timestamps", **more}))
        assert [await next_of(listening), await next_of(listening)] == [Words("hola", 0.02), Language("es", 0.02)]
    assert "include_language_detection=true" in outbound.connected[0].url
    assert "language_code" not in outbound.connected[0].url


@pytest.mark.parametrize(
    ("language", "model"),
    [
        ("en-GB", "universal-streaming-english"),
        ("pt-BR", "universal-streaming-multilingual"),
        ("pl", "whisper-rt"),
    ],
)
def test_assemblyai_is_asked_for_a_model_that_knows_the_language(language: str, model: str) -> None:
    dialect = AssemblyAIDialect(AssemblyAIOptions.model_validate({"api_key": "k"}))
    url = dialect.request(EarWishes(language, ("amber",))).url
    assert f"speech_model={model}&" in url
    assert ("keyterms_prompt" in url) == (model != "whisper-rt")


@pytest.mark.parametrize(("ours", "theirs"), [("en", "en"), ("pt-br", "pt-BR"), ("zh-Hans", "zh-Hans")])
async def test_languages_are_written_as_the_vendor_writes_them(ours: str, theirs: str) -> None:
    line = CannedLine()
    async with listening_to(line, wishes=EarWishes(ours)) as (listening, outbound):
        listening.hear(0.0, FRAME)
        line.say(results("hello", 0.02, final=True))
        await next_of(listening)
    assert f"language={theirs}&" in outbound.connected[0].url


async def test_a_language_without_spaces_gets_none() -> None:
    line = CannedLine()
    async with listening_to(line, wishes=EarWishes("ja")) as (listening, _):
        until = speak(listening, 1.0)
        listening.speech_stopped(until)
        await until_sent(line, FINALIZE)
        line.say(results("注文は", 0.5, final=True), results("どこ", 1.0, final=True, from_finalize=True))
        assert await next_of(listening) == Words("注文はどこ", until)


async def test_a_pause_that_comes_before_the_line_is_open_is_asked_about_when_it_is() -> None:
    def answering(message: str | bytes) -> Sequence[str]:
        return [results("hello", 1.0, final=True, from_finalize=True)] if message == FINALIZE else []

    line = CannedLine(answering=answering)
    async with listening_to(line) as (listening, _):
        until = speak(listening, 1.0)
        listening.speech_stopped(until)
        assert await next_of(listening) == Words("hello", until)
    sent = b"".join(message for message in line.sent if isinstance(message, bytes))
    assert len(sent) == 2 * 16_000


async def test_lines_that_lasted_are_no_attempts_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    passed = 0.0
    now = loop.time
    monkeypatch.setattr(loop, "time", lambda: now() + passed)
    lines = [CannedLine() for _ in range(6)]
    outbound = CannedOutbound(lines=lines)
    dialect = DeepgramDialect(DeepgramEarOptions.model_validate({"api_key": "k"}))
    async with StreamingEar(dialect, outbound, PATIENT).listen(EarWishes()) as listening:
        for number, line in enumerate(lines[:-1], 1):
            async for _ in ticks():
                if len(outbound.connected) == number:
                    break
            passed += HEALTHY_SECONDS + 1
            line.say(None)
        async for _ in ticks():
            if len(outbound.connected) == len(lines):
                break
        monkeypatch.setattr(loop, "time", now)
        listening.hear(0.0, FRAME)
        lines[-1].say(results("still here", 0.02, final=True))
        assert await next_of(listening) == Words("still here", 0.02)
