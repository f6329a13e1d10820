"""OpenAI's speech. It obeys the public reference "Create transcription" (POST /v1/audio/transcriptions) of
platform.openai.com: a form with the file and its fields, an answer with the text, errors as
`{"error": {"message", "type", "param", "code"}}`. For its voices it obeys "Create speech" (POST /v1/audio/speech):
raw sound, streamed."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.conformance.servers import speaking
from tests.conformance.servers.double import KEY
from tests.conformance.servers.hearing import EarServer, Fault, Wished, fault_of, understood
from tests.conformance.servers.speaking import VoiceServer, chunks_of, sound_of
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


class OpenAIVoiceDouble:
    """The voices."""

    provider = "openai_speech"
    rate_hz = 24_000
    aligns = False
    has_lines = False
    stability = False
    voice_there = "onyx"
    faults: Sequence[speaking.Fault] = ("key", "rate", "vanishes", "breaks", "stalls", "holds")

    def options(self, url: str) -> dict[str, Any]:
        return {"base_url": f"{url}/v1", "api_key": KEY}

    @asynccontextmanager
    async def serving(self, *faults: speaking.Fault) -> AsyncGenerator[VoiceServer]:
        at_work = VoiceServer()

        async def answering(asked: Asked, transport: asyncio.Transport) -> None:
            at_work.connections += 1
            fault = speaking.fault_of(faults, at_work.connections)
            await self._answering(asked, at_work, fault)(asked, transport)
            at_work.said.set()

        async with serving(answering) as server:
            at_work.url = server.url("").rstrip("/")
            at_work.left = at_work.hushed = server.left
            yield at_work

    def _answering(self, asked: Asked, at_work: VoiceServer, fault: speaking.Fault) -> Answering:
        body = json.loads(asked.body)
        at_work.wished.append(speaking.Wished(body["input"], body["voice"], "", body.get("speed")))
        if asked.target != "/v1/audio/speech" or body["response_format"] != "pcm":
            at_work.complaints.append(asked.target)
        if fault == "key" or asked.headers.get("authorization") != f"Bearer {KEY}":
            return answers("401 Unauthorized", _error(f"Incorrect API key: {asked.headers.get('authorization')}"))
        sound = [sound_of(text, self.rate_hz) for _, text in chunks_of(body["input"])]
        match fault:
            case "rate":
                return answers("429 Too Many Requests", _error("Rate limit reached."))
            case "vanishes":
                return says(b"")
            case "breaks":
                return says(SOUND_HEAD + b"%x\r\n%s\r\n" % (len(sound[0]), sound[0]))
            case "stalls":
                return says(b"", stays=True)
            case "holds":
                return _sounds(sound[0], ends=False)
            case _:
                # Chunks of odd lengths: samples may be cut in two.
                whole = b"".join(sound)
                return _sounds(*(whole[begin : begin + 333] for begin in range(0, len(whole), 333)))


SOUND_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: audio/pcm\r\ntransfer-encoding: chunked\r\n\r\n"


def _sounds(*chunks: bytes, ends: bool = True) -> Answering:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return says(SOUND_HEAD + body + (b"0\r\n\r\n" if ends else b""), stays=True)
