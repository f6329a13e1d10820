"""The ledger: what was sent, what was heard, and which words that were."""

import pytest

from vivavoce.engine.commands import Hush, Interruption, Pause, Play, Resume, Say, Tell
from vivavoce.engine.events import Alignment, Voiced
from vivavoce.engine.outbox import Outbox
from vivavoce.engine.plan import MindSettings, ModelChoice, Plan, VoiceChoice, VoiceSettings
from vivavoce.engine.playback import Piece, Utterance, whole_words

VOICE = VoiceChoice(voice_id="ada")
PLAN = Plan(
    conversation_id="conv_1",
    agent_id="agent_1",
    started_at_micros=0,
    mind=MindSettings(model=ModelChoice(model="m")),
    voice=VoiceSettings(voice=VOICE),
)


class Desk:
    """An utterance with its outbox."""

    def __init__(self, *texts: str, pauses_silently: bool = False) -> None:
        self.out = Outbox(PLAN)
        self.utterance = Utterance(1, self.out, pauses_silently=pauses_silently)
        self.utterance.event_id = self.out.next_event_id()
        for number, text in enumerate(texts):
            self.utterance.say(Piece(number, 0, text, None), VOICE, "en", 0.0)
        self.out.take()

    def voiced(self, piece: int, seconds: float, now: float, *, last: bool = False, alignment=None) -> list:
        self.utterance.voiced(Voiced(1, piece, seconds, last, alignment), now)
        self.utterance.release(now)
        return self.out.take()

    def heard(self, now: float) -> str:
        return "".join(text for _, text in self.utterance.heard_pieces(now))


def test_audio_is_released_in_the_order_of_the_pieces():
    desk = Desk("One.", " Two.")
    assert desk.voiced(1, 1.0, 0.0, last=True) == []
    assert desk.voiced(0, 0.5, 0.1) == [Play(1, 0.0, 0.5, 1)]
    assert desk.voiced(0, 0.5, 0.2, last=True) == [Play(1, 0.5, 2.0, 1)]


def test_time_runs_while_audio_plays_and_stands_still_while_there_is_none():
    desk = Desk("One two three four.")
    desk.voiced(0, 1.0, 0.0)
    assert desk.utterance.position(0.4) == pytest.approx(0.4)
    assert desk.utterance.position(5.0) == 1.0
    desk.voiced(0, 1.0, 5.0, last=True)
    assert desk.utterance.position(5.5) == pytest.approx(1.5)


def test_a_report_of_the_line_wins():
    desk = Desk("One two three four.")
    desk.voiced(0, 2.0, 0.0, last=True)
    desk.utterance.played(0.3, 1.0)
    assert desk.utterance.position(1.0) == pytest.approx(0.3)
    assert desk.utterance.position(1.5) == pytest.approx(0.8)


def test_a_report_beyond_what_was_released_is_not_believed():
    desk = Desk("One two.")
    desk.voiced(0, 0.5, 0.0)
    desk.utterance.played(9.0, 0.1)
    assert desk.utterance.position(0.1) == 0.5


def test_hold_and_resume_lose_and_repeat_nothing():
    desk = Desk("One two three four.")
    desk.voiced(0, 2.0, 0.0, last=True)
    desk.utterance.hold(0.5)
    assert desk.out.take() == [Pause(1), Tell(Interruption(2))]
    assert desk.utterance.position(9.0) == pytest.approx(0.5)
    desk.utterance.resume(9.0)
    assert desk.out.take() == [Resume(1, 0.5, 3)]
    assert desk.utterance.position(9.25) == pytest.approx(0.75)


def test_a_held_utterance_releases_nothing_and_then_everything():
    desk = Desk("One two three four.")
    desk.utterance.hold(0.0)
    assert desk.out.take() == []
    assert desk.voiced(0, 2.0, 0.1, last=True) == []
    desk.utterance.resume(1.0)
    assert desk.out.take() == [Play(1, 0.0, 2.0, 1)]


def test_a_line_that_pauses_by_itself_is_interrupted_only_at_the_end():
    desk = Desk("One two three four.", pauses_silently=True)
    desk.voiced(0, 2.0, 0.0, last=True)
    desk.utterance.hold(0.5)
    assert desk.out.take() == [Pause(1)]
    desk.utterance.hush(1.0)
    assert desk.out.take() == [Hush(1, True), Tell(Interruption(2))]


def test_nothing_is_silenced_that_does_not_sound():
    desk = Desk("One.")
    desk.utterance.hush(0.0)
    assert desk.out.take() == [Hush(1, True)]


def test_a_hushed_utterance_plays_no_more():
    desk = Desk("One two.")
    desk.utterance.hush(0.0)
    desk.out.take()
    assert desk.voiced(0, 1.0, 0.1, last=True) == []
    desk.utterance.resume(1.0)
    assert desk.out.take() == []


def test_a_piece_without_words_needs_no_voice():
    desk = Desk("...")
    assert desk.utterance.is_being_voiced is False
    out = Outbox(PLAN)
    Utterance(1, out, pauses_silently=False).say(Piece(0, 0, "!", None), VOICE, "en", 0.0)
    assert [one for one in out.take() if isinstance(one, Say)] == []


def test_the_heard_words_by_alignment_are_those_that_are_over():
    desk = Desk("One two.")
    starts = (0.0, 0.1, 0.2, 0.3, 0.9, 1.0, 1.1, 1.2)
    desk.voiced(0, 1.5, 0.0, last=True, alignment=Alignment("One two.", starts))
    assert desk.heard(0.25) == ""
    assert desk.heard(0.5) == "One"
    assert desk.heard(1.15) == "One"
    assert desk.heard(1.5) == "One two."


def test_the_heard_words_without_alignment_are_in_proportion():
    desk = Desk("aaaa bbbb cccc dddd")
    desk.voiced(0, 2.0, 0.0, last=True)
    assert desk.heard(1.1) == "aaaa bbbb"


def test_one_chunk_without_alignment_makes_the_piece_proportional():
    desk = Desk("aaaa bbbb cccc dddd")
    desk.voiced(0, 1.0, 0.0, alignment=Alignment("aaaa", (0.0, 0.01, 0.02, 0.03)))
    desk.voiced(0, 1.0, 0.1, last=True)
    assert desk.heard(1.1) == "aaaa bbbb"


def test_words_with_times_are_spread_over_their_characters():
    alignment = Alignment.of_words(["ab", "c"], [0.0, 0.6], 1.0)
    assert alignment.text == "ab c "
    assert alignment.starts_seconds == (0.0, 0.2, 0.4, 0.6, 0.8)


def test_what_a_lost_voice_did_not_say_comes_back():
    desk = Desk("aaaa bbbb cccc dddd", " Next.")
    desk.voiced(0, 0.5, 0.0, alignment=Alignment("aaaa b", (0.0, 0.1, 0.2, 0.3, 0.4, 0.45)))
    rest = desk.utterance.seal()
    assert desk.utterance.pieces[0].text + rest[0].text == "aaaa bbbb cccc dddd"
    assert rest[0].text.strip().startswith("bbbb")
    assert rest[1].text == " Next."


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("one two", 3, "one"),
        ("one two", 5, "one"),
        ("one two", 7, "one two"),
        ("one two", 2, ""),
        ("今日は元気", 3, "今日は"),
        (" one", 2, ""),
    ],
)
def test_whole_words(text: str, length: int, expected: str):
    assert whole_words(text, length) == expected
