"""Plans and events survive the way to JSON text and back, and wrong data is named."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType

import pytest

from vivavoce.engine.codec import CodecError, from_json, to_json, to_tagged_json, to_tagged_text
from vivavoce.engine.commands import AgentResponsePart, Remember, Say, Tell
from vivavoce.engine.events import (
    Alignment,
    Connected,
    Draining,
    Event,
    Heard,
    LineDropped,
    ToolReturned,
    Typed,
    Voiced,
)
from vivavoce.engine.plan import (
    EndCall,
    Endpointing,
    LabelledVoice,
    LanguageDetection,
    LanguagePreset,
    MindSettings,
    ModelChoice,
    Plan,
    PromptPiece,
    ToolSpec,
    TurnSettings,
    VoiceChoice,
    VoiceSettings,
)
from vivavoce.engine.transcript import AgentTurn, Part

PLAN = Plan(
    conversation_id="conv_1",
    agent_id="agent_1",
    started_at_micros=1_790_000_000_000_000,
    mind=MindSettings(model=ModelChoice(model="m", custom={"url": "http://x", "headers": [{"a": None}]})),
    voice=VoiceSettings(
        voice=VoiceChoice(voice_id="v"), labelled=(LabelledVoice(label="Bob", voice=VoiceChoice(voice_id="b")),)
    ),
    languages=(
        LanguagePreset(code="de", voice=VoiceChoice(voice_id="d"), prompt_pieces=(PromptPiece(name="p", text="t"),)),
    ),
    variables={"name": "Ada", "age": 36, "vip": True, "score": 0.5, "note": None},
    turn=TurnSettings(endpointing=Endpointing(sure_seconds=0.1, unknown_seconds=0.2, unsure_seconds=0.3)),
    system_tools=(EndCall(description="end"), LanguageDetection(only_at_conversation_start=True)),
    tools=(ToolSpec(name="weather", parameters={"type": "object"}),),
)


def over_the_wire(data: object) -> object:
    return json.loads(json.dumps(data))


def test_a_plan_comes_back_equal():
    assert from_json(Plan, over_the_wire(to_json(PLAN))) == PLAN


@pytest.mark.parametrize(
    "event",
    [
        Heard("grüß dich", 1.25, final=False),
        Typed("look", ("file_1",)),
        Voiced(3, 0, 0.5, last=True, alignment=Alignment("hi", (0.0, 0.1))),
        ToolReturned("call_1", "{}", {"city": "Bern"}),
    ],
)
def test_an_event_comes_back_equal_told_apart_by_its_type(event: Event):
    assert from_json(Event, over_the_wire(to_tagged_json(event))) == event  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        Heard('say "hi"\n\\ and grüße\u2028\ud800', 1e-7, final=False),
        Voiced(3, 0, 12.0, last=True, alignment=Alignment("hi", (0.0, 1e22))),
        Draining(math.inf),
        LineDropped(),
        Connected(),
        ToolReturned("call_1", "{}", MappingProxyType({"city": "Bern", "vip": True, "at": None, "score": -0.5})),
        Say(1, 0, "{value}", VoiceChoice(voice_id="'''v", stability=0.5), "en"),
        Remember(AgentTurn(index=0, at=1.0, text="x", event_id=1, parts=(Part(text="x", voice_label=None, at=1.0),))),
        Tell(AgentResponsePart("start", "", 1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_text_is_what_the_standard_library_would_write(value: object):
    written = json.dumps(plainly(value), ensure_ascii=False, separators=(",", ":"))
    assert to_tagged_text(value) == written


def test_a_negative_zero_is_a_zero():
    assert to_tagged_text(Voiced(3, 0, -0.0)) == to_tagged_text(Voiced(3, 0, 0.0))


def test_a_whole_number_where_seconds_belong_is_written_as_it_will_be_read():
    text = to_tagged_text(Voiced(3, 0, 12))
    assert to_tagged_text(from_json(Voiced, json.loads(text))) == text


def plainly(value: object, *, tagged: bool = True) -> object:
    """A dataclass as dictionaries and lists, the slow way."""
    if isinstance(value, tuple | list):
        return [plainly(one, tagged=False) for one in value]
    if not is_dataclass(value):
        return dict(value) if isinstance(value, Mapping) else value
    # Where the annotation allows several classes, the class is named.
    several = ("turn", "event")
    inside = {one.name: plainly(getattr(value, one.name), tagged=one.name in several) for one in fields(value)}
    return {"type": type(value).__name__, **inside} if tagged else inside


def test_every_field_is_written_so_that_a_changed_default_cannot_change_an_old_journal():
    assert to_json(Heard("hi", 1.0)) == {"text": "hi", "at": 1.0, "final": True}


def test_a_missing_field_takes_its_default():
    data = to_json(PLAN)
    del data["text_only"]
    assert from_json(Plan, data) == replace(PLAN, text_only=False)


def test_whole_numbers_are_accepted_as_seconds():
    assert from_json(Heard, {"text": "hi", "at": 1}).at == 1.0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"turn": {"mode": "loud"}}, r"plan\.turn\.mode: 'loud' is none of turn, silence"),
        ({"surprise": 1}, r"plan\.surprise: Plan has no such field"),
        ({"seed": "x"}, r"plan\.seed: expected int, got str"),
        ({"seed": True}, r"plan\.seed: expected int, got bool"),
        ({"variables": {"a": []}}, r"plan\.variables\.a: \[\] is none of"),
        ({"system_tools": [{"type": "Sing"}]}, r"plan\.system_tools\[0\]\.type: 'Sing' is none of EndCall"),
        ({"tools": {}}, r"plan\.tools: expected a list, got dict"),
    ],
)
def test_wrong_data_is_named_with_its_place(change: dict[str, object], complaint: str):
    with pytest.raises(CodecError, match=complaint):
        from_json(Plan, {**to_json(PLAN), **change})


def test_a_missing_required_field_is_named():
    with pytest.raises(CodecError, match=r"modelchoice\.model: missing"):
        from_json(ModelChoice, {})
