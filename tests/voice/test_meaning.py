"""What the real embedder knows about English, and how much that helps the deterministic mind."""

from pathlib import Path

import pytest
from tests.wit.measuring import assert_at_least

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


BY_MEANING = {
    ("tuned", "routing"): 0.82,
    ("tuned", "answers"): 0.93,
    ("tuned", "none"): 0.85,
    ("unseen", "routing"): 0.78,
    ("unseen", "answers"): 0.88,
    ("unseen", "none"): 0.80,
}


@pytest.mark.parametrize(("half", "kind"), BY_MEANING)
async def test_the_mind_on_its_labelled_sets(half: str, kind: str, models: Path) -> None:
    await assert_at_least(half, kind, BY_MEANING[half, kind], MiniLMEmbedder(models / "minilm"))
