"""A Wyoming server. It obeys the protocol's public description (the README of the package `wyoming`): JSON lines with
more data and a payload behind them; `transcribe`, `audio-start`, `audio-chunk`, `audio-stop` answered by `transcript`;
`synthesize` answered by sound; `describe` answered by `info`."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.conformance.servers import speaking
from tests.conformance.servers.hearing import EarServer, Fault, Wished, fault_of, understood
from tests.conformance.servers.speaking import VoiceServer, chunks_of, sound_of
from tests.support.lines import tcp


async def read_event(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any], bytes]:
    """The next event, read as the protocol's own package reads it."""
    head = json.loads(await reader.readuntil(b"\n"))
    data = {**head.get("data", {}), **json.loads(await reader.readexactly(head.get("data_length", 0)) or b"{}")}
    return head["type"], data, await reader.readexactly(head.get("payload_length", 0))


def event(kind: str, payload: bytes = b"", **data: Any) -> bytes:
    """An event, written as the protocol's own package writes it."""
    more = json.dumps(data).encode()
    head = {"type": kind, "version": "1.8.0", "data_length": len(more), "payload_length": len(payload)}
    return json.dumps(head).encode() + b"\n" + more + payload


class WyomingEarDouble:
    """The ear."""

    provider = "wyoming"
    streams = False
    faults: Sequence[Fault] = ("garbage", "complaint", "hangs_up", "vanishes", "stalls")

    def options(self, url: str) -> dict[str, Any]:
        return {"address": url}

    @asynccontextmanager
    async def serving(self, *faults: Fault) -> AsyncGenerator[EarServer]:
        at_work = EarServer()

        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            at_work.connections += 1
            at_work.arrived.set()
            try:
                await self._listen(reader, writer, at_work, fault_of(faults, at_work.connections))
            finally:
                at_work.left.set()

        async with tcp(behave) as server:
            at_work.url = server.url()
            yield at_work

    async def _listen(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, at_work: EarServer, fault: Fault
    ) -> None:
        heard = bytearray()
        while True:
            kind, data, payload = await read_event(reader)
            match kind:
                case "transcribe":
                    at_work.wished.append(Wished(data["language"], data.get("transcript_terms", ())))
                case "audio-start" | "audio-chunk":
                    assert (data["rate"], data["width"], data["channels"]) == (16_000, 2, 1)
                    heard.extend(payload)
                case "audio-stop":
                    await self._answer(reader, writer, understood(bytes(heard)), fault)
                    heard.clear()
                case _:
                    at_work.complaints.append(kind)

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: str, fault: Fault
    ) -> None:
        match fault:
            case "garbage":
                writer.write(b"nonsense\n")
            case "complaint":
                writer.write(event("error", text="No model."))
            case "hangs_up":
                writer.close()
            case "vanishes":
                writer.transport.abort()
            case "stalls":
                await reader.read()
            case _:
                writer.write(event("transcript", text=words))


class WyomingVoiceDouble:
    """The voices."""

    provider = "wyoming"
    rate_hz = 22_050
    aligns = False
    has_lines = False
    stability = False
    voice_there = "en_GB-alan-medium"
    faults: Sequence[speaking.Fault] = (
        "garbage", "complaint", "hangs_up", "vanishes", "breaks", "stalls", "holds",
    )  # fmt: skip

    def options(self, url: str) -> dict[str, Any]:
        return {"address": url}

    @asynccontextmanager
    async def serving(self, *faults: speaking.Fault) -> AsyncGenerator[VoiceServer]:
        at_work = VoiceServer()

        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            at_work.connections += 1
            try:
                await self._speak(reader, writer, at_work, speaking.fault_of(faults, at_work.connections))
            finally:
                at_work.left.set()
                at_work.hushed.set()

        async with tcp(behave) as server:
            at_work.url = server.url()
            yield at_work

    async def _speak(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, at_work: VoiceServer, fault: speaking.Fault
    ) -> None:
        while True:
            kind, data, _ = await read_event(reader)
            match kind:
                case "describe":
                    voice = {"name": self.voice_there, "languages": ["en_GB"], "installed": True, "description": "Alan"}
                    writer.write(event("info", tts=[{"name": "piper", "voices": [voice]}]))
                case "synthesize":
                    name, language = data["voice"].get("name", ""), data["voice"].get("language", "")
                    at_work.wished.append(speaking.Wished(data["text"], name, language))
                    at_work.said.set()
                    await self._say(reader, writer, data["text"], fault)
                case _:
                    at_work.complaints.append(kind)

    async def _say(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: str, fault: speaking.Fault
    ) -> None:
        shape = {"rate": self.rate_hz, "width": 2, "channels": 1}
        match fault:
            case "garbage":
                writer.write(b"nonsense\n")
            case "complaint":
                writer.write(event("error", text="No voice."))
            case "hangs_up":
                writer.close()
            case "vanishes":
                writer.transport.abort()
            case "stalls":
                await reader.read()
            case _:
                writer.write(event("audio-start", **shape))
                for _, part in chunks_of(text):
                    writer.write(event("audio-chunk", sound_of(part, self.rate_hz), **shape))
                    if fault == "breaks":
                        writer.close()
                        return
                    if fault == "holds":
                        await reader.read()
                writer.write(event("audio-stop"))
