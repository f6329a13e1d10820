"""Between the official Python client and the server: every answer is kept and judged; one operation may be replaced."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.contract.canned import canned
from tests.contract.surface import Key, Operation, operation_of


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request."""

    operation: Operation | None
    request: httpx.Request
    response: httpx.Response

    @property
    def body(self) -> Any:
        """The body as JSON."""
        return self.response.json()

    def sent_names(self) -> frozenset[str]:
        """Every name in the JSON that was sent."""
        try:
            return frozenset(_names(json.loads(self.request.content)))
        except (ValueError, RecursionError, httpx.RequestNotRead):  # no JSON, or a form that was streamed
            return frozenset()

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.url.path} -> {self.response.status_code}"


@dataclass
class Recording(httpx.BaseTransport):
    """Passes requests on to the server, but for those of the operation that is replaced by a canned answer."""

    stubbed: Key | None = None
    answers: list[Answer] = field(default_factory=list)
    _through: httpx.BaseTransport = field(default_factory=httpx.HTTPTransport)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, by the server or instead of it."""
        operation = operation_of(request.method, request.url.path)
        if operation and operation.key == self.stubbed:
            response = _instead_of(operation)
        else:
            response = self._through.handle_request(request)
        response.read()
        response.request = request
        self.answers.append(Answer(operation, request, response))
        return response

    def close(self) -> None:
        """Close the connections."""
        self._through.close()


def _instead_of(operation: Operation) -> httpx.Response:
    kind = operation.response_type()
    if kind is bytes:
        return httpx.Response(200, content=b"canned")
    return httpx.Response(200, json=canned(kind))


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
