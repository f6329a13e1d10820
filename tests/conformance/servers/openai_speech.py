"""OpenAI's speech. It obeys the public reference "Create transcription" (POST /v1/audio/transcriptions) of
platform.openai.com: a form with the file and its fields, an answer with the text, errors as
`{"error": {"message", "type", "param", "code"}}`."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.conformance.servers.double import KEY
from tests.conformance.servers.hearing import EarServer, Fault, Wished, fault_of, understood
from tests.support.loopback import Answering, Asked, answers, says, serving


class OpenAIEarDouble:
    """The ear."""

    provider = "openai_speech"
    streams = False
    faults: Sequence[Fault] = ("key", "rate", "garbage", "vanishes", "stalls")

    def options(self, url: str) -> dict[str, Any]:
        return {"base_url": f"{url}/v1", "api_key": KEY}

    @asynccontextmanager
    async def serving(self, *faults: Fault) -> AsyncGenerator[EarServer]:
        at_work = EarServer()

        async def answering(asked: Asked, transport: asyncio.Transport) -> None:
            at_work.connections += 1
            fault = fault_of(faults, at_work.connections)
            await self._answering(asked, at_work, fault)(asked, transport)

        async with serving(answering) as server:
            at_work.url = server.url("").rstrip("/")
            at_work.arrived, at_work.left = server.arrived, server.left
            yield at_work

    def _answering(self, asked: Asked, at_work: EarServer, fault: Fault) -> Answering:
        form = form_of(asked)
        at_work.wished.append(Wished(form["language"].decode(), form.get("prompt", b"").decode().split()))
        if asked.target != "/v1/audio/transcriptions" or form["response_format"] != b"json":
            at_work.complaints.append(asked.target)
        if fault == "key" or asked.headers.get("authorization") != f"Bearer {KEY}":
            return answers("401 Unauthorized", _error(f"Incorrect API key: {asked.headers.get('authorization')}"))
        match fault:
            case "rate":
                return answers("429 Too Many Requests", _error("Rate limit reached."))
            case "garbage":
                return answers(body=b"<html>")
            case "vanishes":
                return says(b"")
            case "stalls":
                return says(b"", stays=True)
            case _:
                file = form["file"]
                assert file[:4] == b"RIFF" and file[8:12] == b"WAVE"
                return answers(body=json.dumps({"text": understood(file[44:])}).encode())


def form_of(asked: Asked) -> dict[str, bytes]:
    """The fields of a form."""
    head = f"content-type: {asked.headers['content-type']}\r\n\r\n".encode()
    parts = BytesParser(policy=HTTP).parsebytes(head + asked.body)
    named = (
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
        for part in parts.iter_parts()
    )  # type: ignore[attr-defined]
    return {str(name): bytes(value) for name, value in named}  # pyright: ignore[reportArgumentType]


def _error(message: str) -> bytes:
    return json.dumps({"error": {"message": message, "type": "x", "param": None, "code": None}}).encode()
