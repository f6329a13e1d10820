"""What each turn of a call took, stage by stage, from the moment the caller fell silent.

turn 2  'What can you do for my company?'
    end of speech      0.000 s   at 8.351 s of the call
    silence noticed    0.172 s   ######
    words              0.462 s   ####################
    decision           0.462 s                       |
    first token        0.470 s                       |
    first sentence     0.471 s                       |
    first audio        0.513 s                       ##
    first sound        0.513 s                         |
"""

from collections.abc import Iterator, Sequence
from statistics import median

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import Remember
from vivavoce.engine.events import Heard, SpeechStopped
from vivavoce.engine.journal import Entry, Journal, replay
from vivavoce.engine.transcript import AgentTurn, Turn, UserTurn
from vivavoce.engine.usage import Waterfall

_AFTER_THE_WORDS = (
    ("decision", "turn_ended"),
    ("first token", "first_token"),
    ("first sentence", "first_sentence"),
    ("first audio", "first_audio"),
    ("first sound", "first_played"),
)
_COLUMNS = 48
_SHOWN_CHARACTERS = 60


@frozen
class SpokenTurn:
    """A reply to something that was said."""

    index: int
    said: str
    speech_ended: float
    """When the caller fell silent, in seconds of the call."""
    stages: tuple[tuple[str, float], ...]
    """When each stage was reached, in seconds after that. What did not happen is not there."""

    @property
    def waited_seconds(self) -> float:
        """From the caller's last sound to the agent's first."""
        return self.stages[-1][1]


def spoken_turns(journal: Journal) -> list[SpokenTurn]:
    """The replies of a call to what was said, in order."""
    turns: dict[int, Turn] = {}
    told = _Told([], [])
    for step in replay(journal):
        told.note(step.entry)
        turns |= {command.turn.index: command.turn for command in step.commands if isinstance(command, Remember)}
    return list(_answers([turn for _, turn in sorted(turns.items())], told))


@frozen
class _Told:
    """When the engine was told what the turns do not keep."""

    silences: list[float]
    finals: list[float]

    def note(self, entry: Entry) -> None:
        match entry.event:
            case SpeechStopped():
                self.silences.append(entry.now)
            case Heard(text, _, True) if text:
                self.finals.append(entry.now)
            case _:
                pass

    def between(self, ended: float, decided: float) -> Iterator[tuple[str, float]]:
        """What there was from the end of speech to the decision; of several, the last."""
        for name, moments in (("silence noticed", self.silences), ("words", self.finals)):
            fitting = [at for at in moments if ended <= at <= decided]
            if fitting:
                yield name, fitting[-1]


def _answers(turns: Sequence[Turn], told: _Told) -> Iterator[SpokenTurn]:
    said = ""
    for turn in turns:
        if isinstance(turn, UserTurn):
            said = turn.text
        elif isinstance(turn, AgentTurn) and turn.waterfall.voice_to_voice_seconds is not None:
            ended = turn.waterfall.speech_ended or 0.0
            stages = tuple((name, at - ended) for name, at in _reached(turn.waterfall, ended, told))
            yield SpokenTurn(turn.index, said, ended, stages)


def _reached(waterfall: Waterfall, ended: float, told: _Told) -> Iterator[tuple[str, float]]:
    if waterfall.turn_ended is not None:
        yield from told.between(ended, waterfall.turn_ended)
    for name, field in _AFTER_THE_WORDS:
        at: float | None = getattr(waterfall, field)
        if at is not None:
            yield name, at


def lines(turns: Sequence[SpokenTurn]) -> Iterator[str]:
    """All of them as text, and what the caller waited."""
    longest = max((at for turn in turns for _, at in turn.stages), default=0.0)
    for turn in turns:
        yield f"turn {turn.index}  {_short(turn.said)!r}"
        yield from _bars(turn, longest)
        yield ""
    if turns:
        waits = [turn.waited_seconds for turn in turns]
        yield f"From the end of speech to the first sound: median {median(waits):.3f} s, longest {max(waits):.3f} s."


def _bars(turn: SpokenTurn, longest: float) -> Iterator[str]:
    yield f"    {'end of speech':<16}{0.0:8.3f} s   at {turn.speech_ended:.3f} s of the call"
    before = 0.0
    for name, at in turn.stages:
        # What was ready before the turn was over took no time that anybody waited for.
        begin, end = (round(max(0.0, each) / longest * _COLUMNS) if longest > 0 else 0 for each in (before, at))
        yield f"    {name:<16}{at:8.3f} s   {' ' * begin}{'#' * (end - begin) or '|'}"
        before = max(before, at)


def as_json(turns: Sequence[SpokenTurn]) -> Iterator[str]:
    """One JSON object for each turn; times are seconds after the caller's last sound."""
    import orjson

    for turn in turns:
        stages = {name.replace(" ", "_"): round(at, 4) for name, at in turn.stages}
        row = {"type": "waterfall", "turn": turn.index, "speech_ended": round(turn.speech_ended, 4), **stages}
        yield orjson.dumps(row).decode()


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
