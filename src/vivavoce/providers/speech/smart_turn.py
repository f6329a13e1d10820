"""Whether a pause is the end of a turn: by the sound of the voice (Smart-Turn), and by the last word.

The model hears melody; it does not know that nobody ends on "and the". A short list of words that leave a sentence open
knows that, and nothing else. Together they are right more often than either.
"""

import logging
from collections.abc import Sequence

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.providers.local.features import SAMPLE_RATE_HZ
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.smart_turn import KIND, Judge, SmartTurn
from vivavoce.providers.registry import Options, Outside, Provider

_log = logging.getLogger(__name__)

MODEL = "smart-turn"
_OPEN_WORDS = """
a an the and or but nor so because if when while although unless until than that which who whose whom
my your his her its our their this these those of to for from with without at by in on into about between
through during before after is are was were am be been has have had will would can could should may might
must do does did not very really just um uh er like
"""
OPEN_WORDS = frozenset(_OPEN_WORDS.split())
"""English words after which something follows."""
SHORT_ANSWERS = frozenset({"i do", "i did", "i am", "i have", "i can", "i will", "i would", "it is", "they are"})
"""They end on such a word and are whole."""
AFTER_OPEN_WORD = 0.15
"""How likely the end is at most, after a word that leaves the sentence open."""


class SmartTurnOptions(Options):
    """How far the last word is believed."""

    open_words: bool = Field(
        default=True, description="Whether a sentence that breaks off after a word like `and` is unfinished."
    )


@frozen
class SmartTurnModel:
    """The judge (`ports.speech.TurnModel`)."""

    model: Computing[SmartTurn]
    options: SmartTurnOptions

    @property
    def sample_rate_hz(self) -> int:
        """The rate it wants."""
        return SAMPLE_RATE_HZ

    async def probability(self, pcm: bytes) -> float:
        """0 to 1, by the melody."""
        return await self.model.run(Urgency.TURN, Judge(pcm))

    def at_most(self, words: str, language: str) -> float:
        """Little, after a word that leaves the sentence open."""
        is_open = self.options.open_words and language.startswith("en") and leaves_open(words)
        return AFTER_OPEN_WORD if is_open else 1.0

    async def warm(self) -> None:
        """Load the model, and judge a moment of silence."""
        await self.probability(bytes(SAMPLE_RATE_HZ * 2))


def leaves_open(words: str) -> bool:
    """Whether a sentence cannot be over with its last word."""
    spoken = words.lower().rstrip(" .,!?…-").split()
    if not spoken or " ".join(spoken[-2:]) in SHORT_ANSWERS:
        return False
    # Ears put a full stop after anything; after such a word it proves nothing, but a question may end on one.
    return spoken[-1] in OPEN_WORDS and not words.rstrip().endswith("?")


def make(options: SmartTurnOptions, outside: Outside) -> SmartTurnModel:
    """The judge, if its model is on this machine."""
    place = outside.model_place(MODEL)
    assert place is not None, "whoever makes it has asked what it lacks"
    return SmartTurnModel(outside.models.model(KIND, place), options)


def lacks(options: SmartTurnOptions, outside: Outside) -> str:
    """Its model."""
    _ = options
    return "" if outside.model_place(MODEL) else f"The judge of turns has no model here: vivavoce models pull {MODEL}"


def needs(options: SmartTurnOptions) -> Sequence[str]:
    """Its model."""
    _ = options
    return [MODEL]


PROVIDER = Provider(
    "turn",
    "Smart-Turn on this machine: ends of turns by their sound and last word.",
    SmartTurnOptions,
    make,
    lacks,
    needs,
)
