"""What the real embedder knows about English, and how much that helps the deterministic mind."""

from pathlib import Path

import pytest
from tests.wit.measuring import assert_at_least, embedder_of

pytestmark = [pytest.mark.slow, pytest.mark.anyio]


async def test_what_means_the_same_is_near(models: Path) -> None:
    embedder = embedder_of(models)
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
    await assert_at_least(half, kind, BY_MEANING[half, kind], embedder_of(models))


BY_MANY_LANGUAGES = {("unseen", "routing"): 0.70, ("unseen", "answers"): 0.65, ("unseen", "none"): 0.90}


@pytest.mark.parametrize(("half", "kind"), BY_MANY_LANGUAGES)
async def test_the_mind_with_the_embedder_of_many_languages(half: str, kind: str, models: Path) -> None:
    await assert_at_least(half, kind, BY_MANY_LANGUAGES[half, kind], embedder_of(models, "use_multilingual"))


async def test_the_same_question_in_many_languages_is_near(models: Path) -> None:
    questions = ["When do you open on Sundays?", "Wann haben Sie sonntags geöffnet?", "日曜日は何時に開きますか？"]
    rows = await embedder_of(models, "use_multilingual").embed([*questions, "Where is my parcel?"], "query")
    assert min(float(rows[0] @ rows[1]), float(rows[0] @ rows[2])) > 0.7 > 0.4 > float(rows[0] @ rows[3])
