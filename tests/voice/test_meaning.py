"""What the real embedder knows about English."""

from pathlib import Path

import pytest

from vivavoce.providers.embedding.minilm import MiniLMEmbedder

pytestmark = [pytest.mark.slow, pytest.mark.anyio]


async def test_what_means_the_same_is_near(models: Path) -> None:
    embedder = MiniLMEmbedder(models / "minilm")
    question, *others = await embedder.embed(
        ["When do you open on Sundays?", "Sunday hours are nine to one.", "We sell rye bread.", "Where is my parcel?"],
        "query",
    )
    near, *far = (float(question @ other) for other in others)
    assert near > 0.5 > 0.3 > max(far)
