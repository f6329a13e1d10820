"""Sentences of 16 languages by the universal sentence encoder on this machine."""

from collections.abc import Sequence

from vivavoce.providers.embedding._remembering import RememberingEmbedder
from vivavoce.providers.local.use_multilingual import DIMENSIONS, KIND
from vivavoce.providers.registry import Options, Outside, Provider

MODEL = "use-multilingual"


class UseOptions(Options):
    """Nothing to choose."""


def make(options: UseOptions, outside: Outside) -> RememberingEmbedder:
    """The embedder, if its model is on this machine."""
    _ = options
    place = outside.model_place(MODEL)
    assert place is not None, "whoever makes it has asked what it lacks"
    return RememberingEmbedder("use-multilingual-v3", DIMENSIONS, outside.models.model(KIND, place))


def lacks(options: UseOptions, outside: Outside) -> str:
    """Its model."""
    _ = options
    return "" if outside.model_place(MODEL) else f"Meaning in 16 languages has no model: vivavoce models pull {MODEL}"


def needs(options: UseOptions) -> Sequence[str]:
    """Its model."""
    _ = options
    return [MODEL]


PROVIDER = Provider(
    "embedding",
    "The universal sentence encoder on this machine: the meaning of sentences in 16 languages.",
    UseOptions,
    make,
    lacks,
    needs,
)
