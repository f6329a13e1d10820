"""Any server that speaks OpenAI's moderations: OpenAI itself, where they cost nothing, and servers of your own.

[providers.moderation.openai]
kind = "openai_moderation"
api_key = "sk-..."
"""

from collections.abc import Mapping, Sequence

import orjson
from pydantic import Field, SecretStr, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json, is_object
from vivavoce.ports.moderation import Category, ModerationFailed, Verdict
from vivavoce.ports.outbound import Outbound, OutboundFailed, Patience, Request
from vivavoce.providers.far import Trouble, Vendor, asked_json, field_of, http_address, list_of
from vivavoce.providers.registry import Options, Outside, Provider

_THEIRS: Mapping[Category, Sequence[str]] = {
    "sexual": ("sexual",),
    "sexual_minors": ("sexual/minors",),
    "violence": ("violence", "illicit/violent"),
    "violence_graphic": ("violence/graphic",),
    "harassment": ("harassment",),
    "harassment_threatening": ("harassment/threatening",),
    "hate": ("hate",),
    "hate_threatening": ("hate/threatening",),
    "self_harm": ("self-harm",),
    "self_harm_intent": ("self-harm/intent",),
    "self_harm_instructions": ("self-harm/instructions",),
}
_LARGEST_BYTES = 4 * 1024 * 1024


class OpenAIModerationOptions(Options):
    """Where it is, and which model judges."""

    base_url: str = Field(default="https://api.openai.com/v1", description="Address of the API; /moderations follows.")
    api_key: SecretStr | None = Field(default=None, description="Sent as bearer token; servers of your own need none.")
    model: str = Field(default="omni-moderation-latest", description="The model that judges.")
    answer_seconds: float = Field(default=3.0, gt=0, description="How long a verdict may take; replies wait for it.")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return http_address(value)


@frozen
class OpenAIModeration:
    """The server (`ports.moderation.Moderator`)."""

    options: OpenAIModerationOptions
    outbound: Outbound

    @property
    def categories(self) -> frozenset[Category]:
        """What its models judge."""
        return frozenset(_THEIRS)

    async def judge(self, texts: Sequence[str]) -> Sequence[Verdict]:
        """Post them, all at once."""
        if not texts:
            return []
        vendor = self._vendor()
        try:
            answer = await asked_json(self.outbound, vendor, self._request(texts))
        except OutboundFailed as failure:
            raise _failed(vendor.trouble(failure)) from None
        except Trouble as trouble:
            raise _failed(trouble) from None
        verdicts = [_verdict(result) for result in list_of(field_of(answer, "results"))]
        if len(verdicts) != len(texts):
            raise ModerationFailed(f"{vendor.name} answered with {len(verdicts)} verdicts for {len(texts)} texts.")
        return verdicts

    def _vendor(self) -> Vendor:
        key = self.options.api_key
        return Vendor("The moderation server", (key.get_secret_value(),) if key else ())

    def _request(self, texts: Sequence[str]) -> Request:
        options = self.options
        headers = {"content-type": "application/json"}
        if options.api_key is not None:
            headers["authorization"] = f"Bearer {options.api_key.get_secret_value()}"
        seconds = options.answer_seconds
        patience = Patience(silence_seconds=seconds, total_seconds=seconds, largest_bytes=_LARGEST_BYTES)
        body = orjson.dumps({"model": options.model, "input": list(texts)})
        return Request("POST", f"{options.base_url}/moderations", headers, body, patience)


def _failed(trouble: Trouble) -> ModerationFailed:
    return ModerationFailed(trouble.message, retryable=not trouble.hopeless)


def _verdict(result: Json) -> Verdict:
    scores = field_of(result, "category_scores")
    if not is_object(scores):
        raise ModerationFailed("The moderation server answered something that is no verdict.")
    return Verdict({ours: max(_score(scores.get(name)) for name in theirs) for ours, theirs in _THEIRS.items()})


def _score(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def make(options: OpenAIModerationOptions, outside: Outside) -> OpenAIModeration:
    """The server with these options."""
    return OpenAIModeration(options, outside.configured)


PROVIDER = Provider(
    "moderation",
    "Any server that speaks OpenAI's moderations, the vendor's or your own.",
    OpenAIModerationOptions,
    make,
)
