"""What OpenAI's models have in common, however they are asked."""

import re

from vivavoce.engine.plan import ModelChoice

FAMILY = ("gpt-[3-9]*", "o[1-9]", "o[1-9]-*", "chatgpt-*")
"""Its names, the open models (gpt-oss) left out: these run anywhere."""

_REASONING = re.compile(r"(gpt-[5-9]|o[1-9])\b")


_TIERS = {"fast": "priority"}


def tier_for(choice: ModelChoice) -> str | None:
    """The contract's name of a service tier as the vendor writes it."""
    return None if choice.service_tier is None else _TIERS.get(choice.service_tier, choice.service_tier)


def temperature_for(model: str, choice: ModelChoice) -> float | None:
    """Models that reason refuse a temperature, unless they are told not to reason."""
    reasons = _REASONING.match(model) is not None and not model.endswith("chat-latest")
    return None if reasons and choice.reasoning_effort != "none" else choice.temperature
