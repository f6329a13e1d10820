"""Text to speech over HTTP: at once or in a stream, with or without the times of its characters.

A voice that nobody has is spoken by another one, and the answer says so in a header. The first sound is waited for
before the answer begins, so that what cannot be said is an error and not an empty file.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Query, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from vivavoce.api.auth import SpeechWriter, VoicesReader
from vivavoce.api.passage import passage_of
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent, shown
from vivavoce.api.services import provided
from vivavoce.base.errors import Malformed, NotFound
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.engine.events import Alignment, SteppedIn
from vivavoce.features.voices.encoding import DEFAULT_OUTPUT, output_format, whole
from vivavoce.features.voices.flowing import Flow
from vivavoce.features.voices.models import LONGEST_TEXT
from vivavoce.features.voices.previews import Previews
from vivavoce.features.voices.saying import Chunk, Saying, Wanted
from vivavoce.features.voices.schema import PREVIEW
from vivavoce.features.voices.schema_speech import (
    AudioWithTimestampsResponseModel,
    TextToSpeechRequest,
    alignment_body,
)
from vivavoce.ports.voice import FoundVoice

router = Router(tags=["Text to speech"])

SPEECH = "/v1/text-to-speech/{voice_id}"
WARNING = "x-vivavoce-warning"
# Four bytes a character, escaped as JSON may escape them, and what else the body holds.
_LARGEST_BODY_BYTES = LONGEST_TEXT * 12 + 512 * 1024

T = TypeVar("T")

SayingIn = Annotated[Saying, Depends(provided(Saying))]
BodyIn = Annotated[Body, Depends(sent(TextToSpeechRequest))]
FormatIn = Annotated[str, Query(max_length=50, description="Codec, sample rate and bit rate.")]
LoggingIn = Annotated[bool, Query(description="Nothing of a text is kept here, whatever this says.")]
LatencyIn = Annotated[int | None, Query(ge=0, le=4, description="Speech is as quick as it can be, whatever this says.")]
_HINTS = (
    "previous_text",
    "next_text",
    "previous_request_ids",
    "next_request_ids",
    "apply_language_text_normalization",
)
AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/mpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


@dataclass(frozen=True)
class Asked:
    """What every route of a text wants to know."""

    voice_id: str
    request: Request
    body: BodyIn
    caller: SpeechWriter
    saying: SayingIn
    output_format: FormatIn = DEFAULT_OUTPUT
    enable_logging: LoggingIn = True
    optimize_streaming_latency: LatencyIn = None

    def wanted(self, *, aligned: bool = False) -> Wanted:
        """How it is to be said."""
        body = self.body
        return Wanted(
            workspace_id=self.caller.workspace_id,
            voice_id=self.voice_id,
            format=output_format(self.output_format),
            model_id=body.get("model_id") or "",
            language=body.get("language_code") or "",
            settings=body.get("voice_settings") or {},
            locators=body.get("pronunciation_dictionary_locators") or (),
            normalisation=body.get("apply_text_normalization") or "auto",
            aligned=aligned,
        )


AskedIn = Annotated[Asked, Depends(Asked)]


@router.post(SPEECH, max_body_size=_LARGEST_BODY_BYTES, response_class=Response, responses=AUDIO)
async def convert(asked: AskedIn) -> Response:
    """A text as a file of sound."""
    said = await _said(asked)
    return Response(said.file, media_type=said.wanted.format.media_type, headers=said.headers)


@router.post(f"{SPEECH}/stream", max_body_size=_LARGEST_BODY_BYTES, response_class=Response, responses=AUDIO)
async def stream(asked: AskedIn) -> Response:
    """A text as sound that begins before all of it is spoken."""
    wanted = asked.wanted()

    async def sound(chunks: AsyncIterator[Chunk]) -> AsyncGenerator[bytes]:
        async for chunk in chunks:
            yield chunk.data

    return await _streamed(asked, wanted, sound, wanted.format.media_type)


@router.post(
    f"{SPEECH}/with-timestamps",
    max_body_size=_LARGEST_BODY_BYTES,
    response_model=shown(AudioWithTimestampsResponseModel),
)
async def convert_with_timestamps(asked: AskedIn) -> Response:
    """A text as a file of sound, and when each character sounds."""
    said = await _said(asked, aligned=True)
    times = alignment_body(said.alignment, said.seconds)
    answer = {"audio_base64": b64encode(said.file).decode(), "alignment": times, "normalized_alignment": times}
    return json_reply(answer, headers=said.headers)


@router.post(
    f"{SPEECH}/stream/with-timestamps",
    max_body_size=_LARGEST_BODY_BYTES,
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def stream_with_timestamps(asked: AskedIn) -> Response:
    """The same in a stream: one JSON object a line, each with some sound and its characters."""
    wanted = asked.wanted(aligned=True)

    async def lines(chunks: AsyncIterator[Chunk]) -> AsyncGenerator[bytes]:
        begin = 0.0
        async for chunk in chunks:
            times = alignment_body(chunk.alignment, chunk.seconds, begin)
            begin += chunk.seconds
            line = {"audio_base64": b64encode(chunk.data).decode(), "alignment": times, "normalized_alignment": times}
            yield orjson.dumps(line) + b"\n"

    return await _streamed(asked, wanted, lines, "application/json")


@router.get("/v1/voices/{voice_id}/samples/{sample_id}/audio", response_class=Response, responses=AUDIO)
async def get_sample(
    voice_id: str, sample_id: str, caller: VoicesReader, previews: Annotated[Previews, Depends(provided(Previews))]
) -> Response:
    """A short sentence in a voice: the sample `preview`. Nothing here has others."""
    if sample_id != PREVIEW:
        await previews.require(caller.workspace_id, voice_id)
        raise NotFound.of("sample", sample_id)
    data = await previews.get(caller.workspace_id, voice_id)
    return Response(data, media_type="audio/mpeg", headers={"cache-control": "private, max-age=3600"})


# ---------------------------------------------------------------------------------------------------------------


@frozen
class _Said:
    """A whole text that was spoken, as it goes out."""

    wanted: Wanted
    file: bytes
    alignment: Alignment
    seconds: float
    headers: Mapping[str, str]


async def _said(asked: Asked, *, aligned: bool = False) -> _Said:
    wanted, stand_ins = asked.wanted(aligned=aligned), list[SteppedIn]()
    wanted = replace(wanted, stepped_in=stand_ins.append)
    found = await asked.saying.find(wanted)
    said = await unless_gone(asked.request, asked.saying.whole(wanted, found, asked.body["text"]))
    if not said.pcm:
        raise _nothing_to_say()
    file = await asked.saying.compute(lambda: whole(wanted.format, bytes(said.pcm)))
    alignment = Alignment("".join(said.characters), tuple(said.starts_seconds))
    seconds = len(said.pcm) / 2 / wanted.format.rate_hz
    return _Said(wanted, file, alignment, seconds, _headers(asked, found, stand_ins))


async def _streamed(
    asked: Asked,
    wanted: Wanted,
    form: Callable[[AsyncIterator[Chunk]], AsyncGenerator[bytes]],
    media_type: str,
) -> Response:
    """An answer that goes out while it is spoken. It is begun when there is something to hear."""
    stand_ins = list[SteppedIn]()
    wanted = replace(wanted, stepped_in=stand_ins.append)
    found = await asked.saying.find(wanted)
    flow = Flow(asked.saying, wanted, found, asked.body["text"])
    try:
        chunks = aiter(flow)
        first = await unless_gone(asked.request, _first_with_sound(chunks))
    except BaseException:
        await flow.close()
        raise
    return _Spoken(form(_again(first, chunks)), flow, media_type, _headers(asked, found, stand_ins))


class _Spoken(StreamingResponse):
    """An answer that is being spoken; its end, whoever brought it about, ends the speaking."""

    def __init__(self, content: AsyncIterator[bytes], flow: Flow, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._flow = flow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._flow.close()


async def _first_with_sound(chunks: AsyncIterator[Chunk]) -> list[Chunk]:
    """The chunks up to the first one with sound."""
    begun: list[Chunk] = []
    async for chunk in chunks:
        begun.append(chunk)
        if chunk.seconds > 0:
            return begun
    raise _nothing_to_say()


async def _again(first: list[Chunk], rest: AsyncIterator[Chunk]) -> AsyncIterator[Chunk]:
    for chunk in first:
        yield chunk
    async for chunk in rest:
        yield chunk


def _nothing_to_say() -> Malformed:
    return Malformed("There is nothing in this text that can be said.", status="nothing_to_say")


def _headers(asked: Asked, found: FoundVoice, stand_ins: Sequence[SteppedIn]) -> Mapping[str, str]:
    headers = {"request-id": passage_of(asked.request).request_id, "character-cost": str(len(asked.body["text"]))}
    warnings = [
        found.warning,
        _left_out(asked.body),
        *(f"{each.instead} spoke for {each.failed}." for each in stand_ins),
    ]
    if warning := " ".join(filter(None, warnings)):
        headers[WARNING] = warning.encode("ascii", "replace").decode()
    return headers


def _left_out(body: Body) -> str:
    """What was wished and has no effect: hints that make speech a little better elsewhere."""
    names = [name for name in _HINTS if body.get(name)]
    if (body.get("voice_settings") or {}).get("style"):
        names.append("voice_settings.style")
    return f"Left out, because no voice here makes use of it: {', '.join(names)}." if names else ""


class ClientGone(Malformed):
    """Nobody waits for the answer any more."""

    status = "client_gone"


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """The work's result, broken off when the client goes away."""
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGone("The client went away.")
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
