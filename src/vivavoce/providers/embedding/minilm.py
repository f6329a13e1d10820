"""English sentences by all-MiniLM-L6-v2 on this machine."""

from collections.abc import Sequence

from vivavoce.providers.embedding._remembering import RememberingEmbedder
from vivavoce.providers.local.minilm import DIMENSIONS, KIND
from vivavoce.providers.registry import Options, Outside, Provider

MODEL = "minilm"


class MiniLMOptions(Options):
    """Nothing to choose."""


def make(options: MiniLMOptions, outside: Outside) -> RememberingEmbedder:
    """The embedder, if its model is on this machine."""
    _ = options
    place = outside.model_place(MODEL)
    assert place is not None, "whoever makes it has asked what it lacks"
    return RememberingEmbedder("all-MiniLM-L6-v2-int7", DIMENSIONS, outside.models.model(KIND, place))


def lacks(options: MiniLMOptions, outside: Outside) -> str:
    """Its model."""
    _ = options
    return "" if outside.model_place(MODEL) else f"Meaning has no model here: vivavoce models pull {MODEL}"


def needs(options: MiniLMOptions) -> Sequence[str]:
    """Its model."""
    _ = options
    return [MODEL]


PROVIDER = Provider(
    "embedding", "MiniLM on this machine: the meaning of English sentences.", MiniLMOptions, make, lacks, needs
)
