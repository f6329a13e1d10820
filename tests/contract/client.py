"""What a contract test talks through: the official Python SDK and a plain HTTP client, both recorded."""

from types import TracebackType
from typing import Any, Self

import httpx
from elevenlabs import ElevenLabs
from tests.contract.recording import Answer, Recording
from tests.contract.running import RunningServer
from tests.contract.surface import Key

PATIENCE_SECONDS = 60.0
"""The first text that is spoken loads a voice, on a machine that has other tests to run."""


class Contract:
    """The clients of one test."""

    def __init__(self, server: RunningServer, stubbed: Key | None) -> None:
        self._recording = Recording(stubbed)
        headers = {"xi-api-key": server.api_key}
        self.server = server
        self.python = self.with_key(server.api_key)
        self.http = httpx.Client(
            transport=self._recording, base_url=server.base_url, headers=headers, timeout=PATIENCE_SECONDS
        )

    def with_key(self, api_key: str) -> Any:
        """The official client of somebody else."""
        client = httpx.Client(transport=self._recording)
        return ElevenLabs(base_url=self.server.base_url, api_key=api_key, httpx_client=client)

    @property
    def answers(self) -> list[Answer]:
        """Everything that the server answered so far."""
        return self._recording.answers

    def sent_names(self) -> frozenset[str]:
        """Every name that this test sent: reading it back is no defect, even if nobody knows it."""
        return frozenset[str]().union(*(answer.sent_names() for answer in self.answers))

    @property
    def last(self) -> Any:
        """The body of the last answer, as it came over the wire."""
        return self.answers[-1].body

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._recording.close()
