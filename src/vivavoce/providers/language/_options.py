"""The options that minds behind HTTP share."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from vivavoce.providers.registry import Options

_SHORTEST_SECRET = 4


class ServerOptions(Options):
    """Where the server is, what it offers, and what every request carries."""

    base_url: str = Field(description="Address of the API.")
    models: tuple[str, ...] = Field(min_length=1, description="Models that agents can name.")
    api_key: SecretStr | None = Field(default=None, description="Sent as bearer token; servers of your own need none.")
    headers: dict[str, str] = Field(
        default_factory=dict[str, str], repr=False, description="More headers, such as api-key or an organisation."
    )
    renamed: dict[str, str] = Field(
        default_factory=dict[str, str], description="Models whose name at the server differs: our name to its name."
    )
    extra_body: dict[str, Any] = Field(
        default_factory=dict[str, Any], description="Fields that are added to every request."
    )
    context_tokens: int = Field(default=128_000, ge=1, description="How much its models can read, for the catalogue.")
    answer_tokens: int = Field(default=16_384, ge=1, description="How much they can write, for the catalogue.")
    silence_seconds: float = Field(
        default=20.0, gt=0, description="Silence after which it is taken for dead; agents cascade earlier."
    )

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        try:
            urlsplit(value).port  # noqa: B018 - reading it is the check
        except ValueError:
            raise ValueError("is no address: what stands after the host is no port") from None
        return value.rstrip("/")

    @property
    def family(self) -> Sequence[str]:
        """Patterns of the vendor's models, which it answers to even where they are not listed."""
        return ()

    def name_of(self, model: str) -> str:
        """The server's name of a model. As the fall-back it is asked for models that it has never heard of."""
        if model in self.renamed:
            return self.renamed[model]
        is_known = model in self.models or any(fnmatchcase(model, pattern) for pattern in self.family)
        return self.spelled(model if is_known else self.models[0])

    def spelled(self, model: str) -> str:
        """The contract's name of a model as the vendor writes it."""
        return model

    @property
    def key(self) -> str | None:
        """The key itself."""
        return self.api_key.get_secret_value() if self.api_key else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must appear in no message."""
        # What is shorter than a key can be would only make holes in a sentence.
        values = [self.key or "", *self.headers.values()]
        return tuple(value for value in values if len(value) >= _SHORTEST_SECRET)


class VendorOptions(ServerOptions):
    """The same for a vendor, which always wants a key."""

    api_key: SecretStr | None = Field(description="The key that the vendor gave you.")
