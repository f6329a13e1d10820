"""Speech to text over HTTP: a recording goes in, what was said comes out."""

from typing import Annotated

from fastapi import Depends, File, Form, Query, Request, UploadFile
from pydantic import Field
from starlette.responses import Response

from vivavoce.api.auth import SpeechWriter
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.sent import shown
from vivavoce.api.services import provided
from vivavoce.base.errors import Invalid
from vivavoce.base.json import Body
from vivavoce.features.voices.decoding import SoundFile
from vivavoce.features.voices.dictation import Dictations
from vivavoce.features.voices.routes_speech import WARNING, SayingIn, unless_gone
from vivavoce.features.voices.saying import Compute
from vivavoce.features.voices.schema_hearing import (
    Granularity,
    SpeechToTextChunkResponseModel,
    transcript_body,
    two_letters,
)
from vivavoce.ports.speech import EarWishes

router = Router(tags=["Speech to text"])

LARGEST_FILE_BYTES = 100 * 1024 * 1024
_FORM_BYTES = 256 * 1024

DictationsIn = Annotated[Dictations, Depends(provided(Dictations))]


@router.post(
    "/v1/speech-to-text",
    response_model=shown(SpeechToTextChunkResponseModel),
    max_body_size=LARGEST_FILE_BYTES + _FORM_BYTES,
)
async def transcribe(
    request: Request,
    caller: SpeechWriter,
    dictations: DictationsIn,
    saying: SayingIn,
    model_id: Annotated[str, Form(max_length=200)],
    file: Annotated[UploadFile | None, File(description="A recording: WAV, MP3, FLAC, Ogg or AIFF.")] = None,
    language_code: Annotated[str | None, Form(max_length=35)] = None,
    timestamps_granularity: Annotated[Granularity, Form()] = "word",
    file_format: Annotated[str, Form(pattern="^(pcm_s16le_16|other)$")] = "other",
    keyterms: Annotated[list[Annotated[str, Field(max_length=500)]] | None, Form(max_length=1000)] = None,
    diarize: Annotated[bool, Form()] = False,
    use_multi_channel: Annotated[bool, Form()] = False,
    webhook: Annotated[bool, Form()] = False,
    source_url: Annotated[str | None, Form(max_length=4000)] = None,
    cloud_storage_url: Annotated[str | None, Form(max_length=4000)] = None,
    enable_logging: Annotated[bool, Query(description="Nothing of a recording is kept, whatever this says.")] = True,
) -> Response:
    """What is said in a recording, with the times of its words."""
    _refuse("source_url", source_url, "Recordings are not fetched from an address here. Send the file itself.")
    _refuse("cloud_storage_url", cloud_storage_url, "Recordings are not fetched here. Send the file itself.")
    _refuse("webhook", webhook, "Recordings are written down while you wait. Leave it out.")
    _refuse("use_multi_channel", use_multi_channel, "All channels are mixed and written down as one. Leave it out.")
    if file is None:
        raise Invalid(("body", "file"), "Field required", type="missing")
    data = await file.read()
    wishes = EarWishes(
        two_letters(language_code or "en"),
        tuple(keyterms or ()),
        workspace_id=caller.workspace_id,
        is_live=False,
    )
    is_plain = file_format != "other"
    body = await unless_gone(
        request, _written(data, wishes, dictations, saying.compute, timestamps_granularity, is_plain=is_plain)
    )
    warning = {WARNING: "Speakers are not told apart here: diarize was left out."} if diarize else None
    return json_reply(body, headers=warning)


def _refuse(field: str, value: object, remedy: str) -> None:
    """What the contract has and this server cannot do, by the name of its field."""
    if value:
        raise Invalid(("body", field), remedy, type="not_supported")


async def _written(
    data: bytes,
    wishes: EarWishes,
    dictations: Dictations,
    compute: Compute,
    granularity: Granularity,
    *,
    is_plain: bool,
) -> Body:
    sound = await compute(lambda: SoundFile(data, is_plain=is_plain))
    try:
        async with dictations.open(wishes, sound.rate_hz) as dictation:
            while pcm := await compute(sound.next):
                await dictation.hear_at_once(pcm)
            seconds = dictation.until_seconds
            await dictation.settle()
            return transcript_body(dictation.stretches, dictation.language, seconds, granularity)
    finally:
        sound.close()
