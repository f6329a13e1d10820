"""OpenAI's moderations. It obeys the public reference "Create moderation" (POST /v1/moderations) of
platform.openai.com: a list of texts, a result with scores by category for each, errors as those of its other paths."""

import asyncio
import json
from collections.abc import Sequence

from tests.conformance.servers.double import KEY, refuses
from tests.conformance.servers.openai_chat import openai_refusal
from tests.support.loopback import Answering, Asked, answers

CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip
BAD, WORST = "I will hurt you", "I will hurt you badly"
SCORES = {BAD: {"violence": 0.7, "harassment/threatening": 0.4}, WORST: {"violence": 0.4, "illicit/violent": 0.95}}


def results_of(texts: Sequence[str]) -> list[dict[str, object]]:
    """What the real server would say of them."""
    scored = [{**dict.fromkeys(CATEGORIES, 0.0001), **SCORES.get(text, {})} for text in texts]
    return [{"flagged": max(scores.values()) > 0.5, "category_scores": scores} for scores in scored]


def judges() -> Answering:
    """The server."""

    async def answering(asked: Asked, transport: asyncio.Transport) -> None:
        key = asked.headers.get("authorization", "").removeprefix("Bearer ")
        body = json.loads(asked.body)
        if key != KEY:
            await refuses(openai_refusal("key", f"Incorrect API key provided: {key}."))(asked, transport)
        elif asked.target != "/v1/moderations" or set(body) != {"model", "input"}:
            await refuses(openai_refusal("model", "Unknown request."))(asked, transport)
        else:
            answer = {"id": "modr-1", "model": body["model"], "results": results_of(body["input"])}
            await answers(body=json.dumps(answer).encode(), content_type="application/json")(asked, transport)

    return answering
