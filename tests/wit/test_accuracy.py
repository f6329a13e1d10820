"""The deterministic mind on its labelled sets: bounds on both halves, by words alone.

`tests/voice/test_meaning.py` does the same by meaning, with the real embedder.
"""

import pytest
from tests.wit.measuring import PAGE, assert_at_least, cases, table, with_tables

pytestmark = pytest.mark.anyio

BY_WORDS = {
    ("tuned", "routing"): 0.60,
    ("tuned", "answers"): 0.75,
    ("tuned", "none"): 0.90,
    ("tuned", "slots"): 0.95,
    ("unseen", "routing"): 0.65,
    ("unseen", "answers"): 0.60,
    ("unseen", "none"): 0.90,
    ("unseen", "slots"): 0.90,
}


@pytest.mark.parametrize(("half", "kind"), BY_WORDS)
async def test_by_words_alone(half: str, kind: str) -> None:
    await assert_at_least(half, kind, BY_WORDS[half, kind], None)


@pytest.mark.parametrize("kind", ["routing", "answers", "none"])
def test_the_halves_share_no_agent_and_no_sentence(kind: str) -> None:
    tuned, unseen = cases("tuned", kind), cases("unseen", kind)
    assert not {case["agent"] for case in tuned} & {case["agent"] for case in unseen}
    assert not {case["said"] for case in tuned} & {case["said"] for case in unseen}


async def test_the_page_has_the_figures() -> None:
    page = PAGE.read_text("utf-8")
    assert with_tables(page, {"words": await table(None)}) == page, "run python -m tests.wit.measuring MODELS"
