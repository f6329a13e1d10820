"""The model that an agent brings along: `custom-llm`, a server whose address stands in the agent's document.

The address is a user's, so requests go the way that leads only to public addresses and to hosts the operator has named.
Keys and headers are references in the document and are looked up for each request.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode, urlsplit

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json, is_object
from vivavoce.ports.language import Abilities, ChatRequest, MindFailed, Piece
from vivavoce.ports.outbound import Outbound
from vivavoce.ports.references import ReferenceMissing, References
from vivavoce.providers.language import _chat_wire as chat
from vivavoce.providers.language import _responses_wire as responses
from vivavoce.providers.language import openai_chat, openai_responses
from vivavoce.providers.language._exchange import Target, ask, bearer
from vivavoce.providers.language._wire import Reading
from vivavoce.providers.registry import Options, Outside, Provider

MODEL = "custom-llm"


class CustomLlmOptions(Options):
    """What is the same for all of them."""

    models: tuple[str, ...] = Field(default=(MODEL,), description="The contract's name for a model of the agent's own.")
    silence_seconds: float = Field(default=20.0, gt=0, description="Silence after which it is taken for dead.")


@frozen
class _Protocol:
    """One of the contract's api types."""

    path: str
    body: Callable[[ChatRequest, str], Body]
    answer: Callable[[ChatRequest], Reading]


_PROTOCOLS: Mapping[str, _Protocol] = {
    "chat_completions": _Protocol(
        openai_chat.PATH,
        lambda request, model: chat.request_body(request, model, max_tokens_field="max_tokens", streams_usage=True),
        chat.answer_to,
    ),
    "responses": _Protocol(openai_responses.PATH, responses.request_body, lambda _: responses.Answer()),
}
"""What is spoken. The contract names a third, `websocket`, and says nothing of what travels on it."""


@frozen
class CustomLlm:
    """Asks the server that the request's model names."""

    options: CustomLlmOptions
    outbound: Outbound
    references: References

    @property
    def abilities(self) -> Abilities:
        """What such servers usually can do."""
        return Abilities(structured=True)

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask it."""
        custom = request.model.custom
        if custom is None or not custom.get("url"):
            raise MindFailed("The agent asks for custom-llm and has no custom_llm.url.", retryable=False)
        protocol = _protocol(custom)
        try:
            headers, secrets = await self._headers(request, custom)
        except ReferenceMissing as missing:
            raise MindFailed(f"custom_llm: {missing}", retryable=False) from None
        body = _body(request, protocol.body(request, str(custom.get("model_id") or MODEL)))
        target = Target(_url(custom, protocol.path), headers, body, self.options.silence_seconds, secrets)
        async with ask(self.outbound, target, protocol.answer(request)) as pieces:
            yield pieces

    async def _headers(
        self, request: ChatRequest, custom: Mapping[str, Json]
    ) -> tuple[Mapping[str, str], tuple[str, ...]]:
        headers: dict[str, str] = {}
        if is_object(key := custom.get("api_key")):
            headers |= bearer(await self._value(request, key))
        if is_object(connection := custom.get("auth_connection")):
            headers |= await self.references.headers(request.workspace_id, connection, request.environment)
        given = custom.get("request_headers")
        for name, value in (given if is_object(given) else {}).items():
            headers[name] = await self._value(request, value) if is_object(value) else str(value)
        secrets = [value.removeprefix("Bearer ") for value in headers.values()]
        return headers, tuple(secret for secret in secrets if len(secret) > 3)

    async def _value(self, request: ChatRequest, reference: Mapping[str, Json]) -> str:
        if "variable_name" not in reference:
            return await self.references.value(request.workspace_id, reference, request.environment)
        value = request.variables.get(str(reference["variable_name"]))
        return "" if value is None else str(value)


def _protocol(custom: Mapping[str, Json]) -> _Protocol:
    kind = str(custom.get("api_type") or "chat_completions")
    if kind not in _PROTOCOLS:
        spoken = " or ".join(_PROTOCOLS)
        raise MindFailed(f"custom_llm.api_type: {kind} is not spoken here; use {spoken}.", retryable=False)
    return _PROTOCOLS[kind]


def _url(custom: Mapping[str, Json], ending: str) -> str:
    """People give the base of the API or the very endpoint."""
    url = urlsplit(str(custom["url"]).strip())
    path = url.path.rstrip("/")
    query = url.query
    if version := custom.get("api_version"):
        query = "&".join(filter(None, [query, urlencode({"api-version": str(version)})]))
    return url._replace(path=path if path.endswith(ending) else path + ending, query=query).geturl()


def _body(request: ChatRequest, body: Body) -> Body:
    # The contract's name for what a client sent along with `custom_llm_extra_body`.
    return {**body, "elevenlabs_extra_body": request.model.extra_body} if request.model.extra_body else body


def make(options: CustomLlmOptions, outside: Outside) -> CustomLlm:
    """Every agent's own model."""
    return CustomLlm(options, outside.chosen, outside.references)


PROVIDER = Provider("language", "A server whose address stands in the agent's document.", CustomLlmOptions, make)
