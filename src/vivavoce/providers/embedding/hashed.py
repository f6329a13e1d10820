"""No model at all: words and their parts, hashed. What works without anything, on every machine the same."""

from pydantic import Field

from vivavoce.ports.embedding import HashedWords
from vivavoce.providers.registry import Options, Outside, Provider


class HashedOptions(Options):
    """How long its rows are."""

    dimensions: int = Field(default=512, ge=64, le=4_096, description="Length of a row; shorter ones mix words up.")


def make(options: HashedOptions, outside: Outside) -> HashedWords:
    """The embedder."""
    _ = outside
    return HashedWords(options.dimensions)


PROVIDER = Provider(
    "embedding", "No model: finds texts that share words, and knows nothing of meaning.", HashedOptions, make
)
