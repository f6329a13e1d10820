"""Whole calls whose providers break in the middle: the call goes on, the record says who stepped in, no key is told.

The vendors' own provider files run here, on lines that answer as vendors do when a key is wrong or has run out.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import orjson
import pytest
from pydantic import SecretStr
from tests.scenarios.simulation import plan
from tests.unit.live.calls import RATE_HZ, Caller, Held, Scene, answer, assert_whole

from vivavoce.engine.journal import decode
from vivavoce.engine.plan import MindSettings, ModelChoice, VoiceChoice
from vivavoce.engine.timeline import timeline
from vivavoce.live.virtual_time import pass_time
from vivavoce.ports.conversion import Unchanged
from vivavoce.ports.language import Abilities, ChatRequest, MindFailed, Piece, ScriptedLanguage
from vivavoce.ports.outbound import CannedLine, CannedOutbound, CannedReply, OutboundFailed
from vivavoce.ports.references import KnownReferences
from vivavoce.ports.speech import Ear, EarBroke, EarWishes, Listening, ScriptedEar
from vivavoce.ports.voice import FoundVoice, Manner, ScriptedVoice, StockVoice, Utterance, VoiceBroke, Voices
from vivavoce.providers.discovery import Discovery
from vivavoce.providers.ear_cascade import EarCascade, Named
from vivavoce.providers.health import Board
from vivavoce.providers.language.openai_chat import OpenAIChat, OpenAIChatOptions
from vivavoce.providers.minds import AllMinds, Mind, MindRules, MindsMemory
from vivavoce.providers.registry import Outside
from vivavoce.providers.speech import deepgram
from vivavoce.providers.voice import elevenlabs
from vivavoce.providers.voice_cascade import Backup, VoiceCascade

KEY = "sk-live-0123456789abcdef"
SECOND = 2 * RATE_HZ
"""Bytes of a second of sound."""


def outside(outbound: CannedOutbound) -> Outside:
    return Outside(outbound, outbound, KnownReferences())


def as_it_is(_source_hz: int, _target_hz: int) -> Unchanged:
    return Unchanged()


def far_ear(outbound: CannedOutbound) -> Ear:
    return deepgram.make(deepgram.DeepgramEarOptions(api_key=SecretStr(KEY)), outside(outbound))


def hears_once(words: str) -> CannedLine:
    """A line that answers the first pause, and says at the second that nothing is left."""
    pauses: list[str | bytes] = []

    def answering(message: str | bytes) -> Sequence[str | None]:
        if message != '{"type":"Finalize"}':
            return ()
        pauses.append(message)
        if len(pauses) > 1:
            return (orjson.dumps({"type": "Error", "description": f"No credit is left for {KEY}."}).decode(), None)
        final = {"channel": {"alternatives": [{"transcript": words}]}, "is_final": True, "from_finalize": True}
        return (orjson.dumps({"type": "Results", **final}).decode(),)

    return CannedLine(answering=answering)


def far_voice(says: int, *, stalls: bool = False) -> CannedLine:
    """A line that speaks so many pieces, a second each, and then says that the key has run out, or nothing."""
    spoken: list[str] = []

    def answering(message: str | bytes) -> Sequence[str]:
        body = orjson.loads(message)
        if "flush" not in body:
            return ()
        spoken.append(body["text"])
        context = {"contextId": body["context_id"]}
        if len(spoken) > says:
            if stalls:
                return ()
            refused = {"error": "quota_exceeded", "message": f"The key {KEY} has no credits left.", **context}
            return (orjson.dumps(refused).decode(),)
        text = body["text"].rstrip()
        starts = [1_000 * place // len(text) for place in range(len(text))]
        alignment = {"chars": list(text), "charStartTimesMs": starts}
        sound = {"audio": "AA" * (SECOND // 3) * 2, "alignment": alignment, **context}
        return (orjson.dumps(sound).decode(), orjson.dumps({"isFinal": True, **context}).decode())

    return CannedLine(answering=answering)


class Voice:
    """Every choice leads to one voice (`ports.voice.Voices`)."""

    def __init__(self, voice: VoiceCascade) -> None:
        self._voice = voice

    def find(self, choice: VoiceChoice) -> FoundVoice:
        return FoundVoice(self._voice, choice)


def as_chosen(choice: VoiceChoice) -> VoiceChoice:
    return choice


def voices(line: CannedLine | OutboundFailed, near: ScriptedVoice) -> Voices:
    made = elevenlabs.make(
        elevenlabs.ElevenLabsVoiceOptions(api_key=SecretStr(KEY)), outside(CannedOutbound(lines=(line,)))
    )

    far = replace(made, sample_rate_hz=RATE_HZ)  # nothing here converts

    chain = [Backup("elevenlabs", far, as_chosen), Backup("near", near, as_chosen)]
    return Voice(VoiceCascade(chain, as_it_is, Board()))


def told(held: Held) -> list[tuple[str, str, str]]:
    return [(each.role, each.failed, each.instead) for each in held.record.stand_ins]


def assert_no_key(held: Held, log: pytest.LogCaptureFixture) -> None:
    """Neither what the operator reads nor what the caller is told nor what is kept holds the key."""
    everything = [log.text, str(held.link.log), held.record.lines.decode(), str(held.record.stand_ins)]
    everything += [str(record.__dict__) for record in log.records]
    assert not [text for text in everything if KEY in text or KEY[3:] in text]


def timeline_of(held: Held) -> str:
    return "\n".join(moment.text for moment in timeline(decode(held.record.lines.decode())))


@pytest.fixture(autouse=True)
def _logs_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")


async def asks_twice(caller: Caller) -> None:
    await caller.is_quiet(3)
    for _ in range(2):
        await caller.speaks(1)
        await caller.is_quiet(6)


@pytest.mark.parametrize(
    ("lines", "heard"),
    [
        ((OutboundFailed("broken", f"{KEY}: api.deepgram.com answered 401.", 401),), ["near one", "near two"]),
        ((hears_once("far one"), OutboundFailed("broken", f"{KEY} is out of credit", 402)), ["far one", "near one"]),
    ],
    ids=["wrong", "runs out"],
)
def test_an_ear_whose_key_does_not_do(
    caplog: pytest.LogCaptureFixture, lines: Sequence[CannedLine | OutboundFailed], heard: Sequence[str]
) -> None:
    far = Named("deepgram", far_ear(CannedOutbound(lines=lines)))
    near = Named("near", ScriptedEar(["near one", "near two"]))
    ear = EarCascade([far, near], as_it_is, Board())
    held = Scene(ear=ear, answers=[answer("First."), answer("Second.")]).hold(asks_twice)
    assert [line for line in held.words if line.startswith("user")] == [f"user: {words}" for words in heard]
    assert held.words[-1] == "agent: Second."
    assert told(held) == [("ear", "deepgram", "near")]
    assert "The ear deepgram failed; near goes on in its place: Deepgram" in timeline_of(held)
    assert "The ear deepgram failed in a call, and near goes on" in caplog.text
    assert_no_key(held, caplog)
    assert_whole(held)


@pytest.mark.parametrize(
    "line",
    [OutboundFailed("broken", f"{KEY}: api.elevenlabs.io answered 401.", 401), far_voice(says=1)],
    ids=["wrong", "runs out"],
)
def test_a_voice_whose_key_does_not_do(caplog: pytest.LogCaptureFixture, line: CannedLine | OutboundFailed) -> None:
    scene = Scene(
        voice=voices(line, ScriptedVoice()),
        lines=["where is my order", "thanks"],
        answers=[answer("It left this morning. It comes tomorrow."), answer("You are welcome.")],
    )
    held = scene.hold(asks_twice)
    assert held.words[-1] == "agent: You are welcome."
    assert "agent: It left this morning. It comes tomorrow." in held.words
    assert told(held) == [("voice", "elevenlabs", "near")]
    assert "The voice elevenlabs failed; near goes on in its place: ElevenLabs" in timeline_of(held)
    assert_no_key(held, caplog)
    assert_whole(held)


def minds(replies: Sequence[CannedReply | OutboundFailed]) -> AllMinds:
    options = OpenAIChatOptions(base_url="https://api.openai.com/v1", models=("far",), api_key=SecretStr(KEY))
    near = ScriptedLanguage([answer("Near.")])
    configured = [
        Mind("openai", OpenAIChat(options, CannedOutbound(replies=replies)), ["far"]),
        Mind("near", near, ["near"]),
    ]
    return AllMinds(configured, MindRules(), Discovery(CannedOutbound(), (), lambda *_: near))


def streamed(*words: str) -> CannedReply:
    chunks = [{"choices": [{"delta": {"content": word}}]} for word in words]
    events: list[Mapping[str, object]] = [*chunks, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]
    return CannedReply(200, [b"data: " + orjson.dumps(event) + b"\n\n" for event in events])


@pytest.mark.parametrize("status", [401, 402, 429])
@pytest.mark.parametrize("works_first", [False, True])
def test_a_mind_whose_key_does_not_do(caplog: pytest.LogCaptureFixture, status: int, works_first: bool) -> None:
    complaint = {"error": {"message": f"Incorrect API key provided: {KEY}.", "type": "insufficient_quota"}}
    refusal = CannedReply(status, [orjson.dumps(complaint)])
    replies = [streamed("Far."), refusal] if works_first else [refusal]
    mind = MindSettings(model=ModelChoice(model="far"), backups=(ModelChoice(model="near"),))
    held = Scene(minds=minds(replies), lines=["one", "two"], plan=plan(mind=mind)).hold(asks_twice)
    said = [line for line in held.words if line.startswith("agent")]
    assert said == ["agent: Hello.", "agent: Far." if works_first else "agent: Near.", "agent: Near."]
    assert told(held) == [("mind", "far", "near")]
    assert held.record.stand_ins[0].reason.startswith(f"The model's server answered {status}")
    assert_no_key(held, caplog)
    assert_whole(held)


def test_a_call_whose_only_ear_has_lost_its_key_ends_with_a_reason(caplog: pytest.LogCaptureFixture) -> None:
    ear = far_ear(CannedOutbound(lines=(OutboundFailed("broken", f"{KEY} is refused", 401),)))

    async def waits(caller: Caller) -> None:
        await pass_time(5)

    held = Scene(ear=ear).hold(waits)
    assert held.ending.cause == "ear_failed"
    assert "Deepgram refuses the key (401)" in held.ending.reason
    assert_no_key(held, caplog)
    assert_whole(held)


@pytest.mark.parametrize("says", [0, 1], ids=["before its first sound", "in the middle"])
def test_a_voice_that_stalls_is_replaced_before_the_call_is_given_up(says: int) -> None:
    scene = Scene(
        voice=voices(far_voice(says=says, stalls=True), ScriptedVoice()),
        lines=["where is my order", "thanks"],
        answers=[answer("It left this morning. It comes tomorrow."), answer("You are welcome.")],
    )

    async def asks_patiently(caller: Caller) -> None:
        await caller.is_quiet(8)
        for _ in range(2):
            await caller.speaks(1)
            await caller.is_quiet(12)

    held = scene.hold(asks_patiently)
    assert held.words[-1] == "agent: You are welcome."
    assert held.record.stand_ins[0].reason == "It gave no sound for 3.5 s."
    assert_whole(held)


def test_a_key_that_is_refused_rests_its_provider_at_once() -> None:
    line = OutboundFailed("broken", "api.elevenlabs.io answered 401.", 401)
    outbound = CannedOutbound(lines=(line,))
    made = elevenlabs.make(elevenlabs.ElevenLabsVoiceOptions(api_key=SecretStr(KEY)), outside(outbound))
    far = Backup("elevenlabs", replace(made, sample_rate_hz=RATE_HZ), as_chosen)
    near = Backup("near", ScriptedVoice(), as_chosen)
    scene = Scene(voice=Voice(VoiceCascade([far, near], as_it_is, Board())), lines=["one", "two"])
    held = scene.hold(asks_twice)
    assert [line for line in held.words if line.startswith("agent")] == [
        "agent: Hello.",
        "agent: Fine.",
        "agent: Fine.",
    ]
    assert len(outbound.connected) == 1


def test_an_ear_that_owes_words_for_too_long_is_replaced_and_the_next_one_hears_them() -> None:
    far = Named("far", ScriptedEar(["never"], final_seconds=1e6, interim_seconds=1e6))
    ear = EarCascade([far, Named("near", ScriptedEar(["where is my order"]))], as_it_is, Board())

    async def asks_once(caller: Caller) -> None:
        await caller.is_quiet(1)
        await caller.speaks(1)
        await caller.is_quiet(12)

    held = Scene(ear=ear, answers=[answer("On its way.")]).hold(asks_once)
    assert held.words[-2:] == ["user: where is my order", "agent: On its way."]
    assert [(each.failed, each.reason) for each in held.record.stand_ins] == [("far", "It gave no words for 4 s.")]
    assert_whole(held)


SECRET = "My number is 4711."


class Repeats:
    """An ear, a mind and a voice that say what they were told when they fail, in their own way or in another."""

    sample_rate_hz = RATE_HZ
    gives_interims = True
    abilities = Abilities()

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    @asynccontextmanager
    async def listen(self, wishes: EarWishes) -> AsyncGenerator[Listening]:
        raise self._failure
        yield

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator[Utterance]:
        raise self._failure
        yield

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        raise self._failure
        yield

    async def stock(self) -> Sequence[StockVoice]:
        return ()


@pytest.mark.parametrize("foreseen", [True, False])
@pytest.mark.parametrize("alone", [True, False])
def test_of_a_call_that_nothing_is_kept_of_no_log_has_what_a_provider_said(
    caplog: pytest.LogCaptureFixture, foreseen: bool, alone: bool
) -> None:
    def repeats(kind: type[Exception]) -> Repeats:
        return Repeats((kind if foreseen else ValueError)(f"I cannot work with this: {SECRET}"))

    board = Board()
    ear, near_ear = Named("far", repeats(EarBroke)), Named("near", ScriptedEar(["one", "two"]))
    voice, near_voice = Backup("far", repeats(VoiceBroke), as_chosen), Backup("near", ScriptedVoice(), as_chosen)
    mind = MindSettings(model=ModelChoice(model="far"), backups=(ModelChoice(model="near"),))
    near = ScriptedLanguage([answer("Near.")])
    configured = [Mind("openai", repeats(MindFailed), ["far"]), Mind("near", near, ["near"])]
    memory = MindsMemory(board=board)
    scene = Scene(
        ear=EarCascade([ear] if alone else [ear, near_ear], as_it_is, board),
        voice=Voice(VoiceCascade([voice] if alone else [voice, near_voice], as_it_is, board)),
        minds=AllMinds(configured, MindRules(), Discovery(CannedOutbound(), (), lambda *_: near), memory),
        plan=plan(mind=mind),
        keeps_content=False,
    )
    held = scene.hold(asks_twice)
    shown = [caplog.text, held.ending.reason, *(each.reason for each in held.record.stand_ins)]
    shown += [health.last_failure for *_, health in board]
    assert not [text for text in shown if SECRET in text or "4711" in text]
    assert "failed" in f"{caplog.text} {held.ending.reason}"
    if not alone:
        assert held.words[-1] == "agent: Near."
