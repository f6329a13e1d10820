"""Who is there for each role, in which order, what the others lack, and nothing that is secret."""

from dataclasses import replace
from pathlib import Path

from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.providers.choices import Choices
from vivavoce.providers.current import CurrentParts
from vivavoce.providers.registry import Outside

OUTSIDE = Outside(CannedOutbound(), CannedOutbound(), KnownReferences())
KEY = "sk-never-to-be-seen"
CLOUDY = {
    "kind": "openai_chat",
    "base_url": "https://user:password@llm.example.com/v1?token=hidden",
    "models": ["cloudy-1"],
    "api_key": KEY,
    "headers": {"x-org": "hidden-org"},
    "extra_body": {"x": "hidden-extra"},
}


def places(current: CurrentParts, role: str) -> list[tuple[str, str]]:
    return [(seat.name, seat.place) for seat in current.roster() if seat.role == role]


def test_minds_stand_in_the_order_in_which_they_are_asked() -> None:
    current = CurrentParts(Choices({"language": {"cloudy": CLOUDY}}, backup_models=["scripted"]), OUTSIDE)
    assert places(current, "language") == [
        ("cloudy", "first"),
        ("custom_llm", "also"),
        ("deterministic", "also"),
        ("scripted", "steps_in"),
        ("local", "waits"),
    ]


def test_no_secret_is_shown() -> None:
    current = CurrentParts(Choices({"language": {"cloudy": CLOUDY}}), OUTSIDE)
    seat = current.roster()[0]
    assert seat.options == {"base_url": "https://llm.example.com/v1", "models": ["cloudy-1"]}
    assert sorted(seat.secrets) == ["api_key", "extra_body", "headers"]
    assert not any(word in repr(current.roster()) for word in (KEY, "hidden", "password"))


def test_who_lacks_something_waits_and_says_what() -> None:
    current = CurrentParts(Choices(ear="whisper", ear_backups=("wyoming",)), OUTSIDE)
    assert places(current, "ear") == [("wyoming", "first"), ("whisper", "waits")]
    [waiting] = [seat for seat in current.roster() if seat.place == "waits" and seat.role == "ear"]
    assert "models pull" in waiting.lacks and list(waiting.needs)


def test_what_stands_in_says_so_and_what_could_do_it_waits() -> None:
    found = {(seat.role, seat.name): seat for seat in CurrentParts(Choices(), OUTSIDE).roster()}
    assert found["ear", "stand_in"].stands_in and found["ear", "whisper"].place == "waits"
    assert found["embedding", "hashed"].stands_in and found["embedding", "minilm"].place == "waits"


def test_a_voice_that_takes_over_comes_before_those_that_are_asked_by_name() -> None:
    here = replace(OUTSIDE, model_place=lambda name: Path("/models") / name)
    assert places(CurrentParts(Choices(), here), "voice") == [("hibari", "first"), ("kokoro", "also")]
    backed = CurrentParts(Choices(voice_backups=("kokoro",)), here)
    assert places(backed, "voice") == [("hibari", "first"), ("kokoro", "steps_in")]
    assert backed.order("voice") == ["hibari", "kokoro"]
    assert CurrentParts(Choices(backup_models=["scripted"]), OUTSIDE).order("mind") == ["deterministic", "scripted"]


def test_nobody_judges_turns_where_the_settings_say_so() -> None:
    assert places(CurrentParts(Choices(turn="none"), OUTSIDE), "turn") == []
