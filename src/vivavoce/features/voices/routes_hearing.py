"""Speech to text over HTTP: a recording goes in, what was said comes out."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, File, Form, Query, Request, UploadFile
from pydantic import Field
from starlette.datastructures import FormData
from starlette.responses import Response

from vivavoce.api.auth import SpeechWriter
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.sent import shown
from vivavoce.api.services import provided
from vivavoce.base.errors import Invalid
from vivavoce.base.json import Body
from vivavoce.engine.events import SteppedIn
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

_NOTHING = frozenset({"", "false", "no", "off", "0", "0.0", "null", "none", "[]", "{}"})
"""Values that ask for nothing."""
_JUST_ONE = ("num_speakers", "1")
_ONE_SPEAKER = "Speakers are not told apart here. Leave it out: the transcript then has everybody's words."
_AS_SPOKEN = "Words are written down as the ear hears them. Leave it out, and edit the text afterwards."
_ENTITIES = "Entities are not looked for in transcripts here. Leave it out."
NOT_DONE: Mapping[str, str] = {
    "diarize": _ONE_SPEAKER,
    "num_speakers": _ONE_SPEAKER,
    "diarization_threshold": _ONE_SPEAKER,
    "use_speaker_library": _ONE_SPEAKER,
    "detect_speaker_roles": _ONE_SPEAKER,
    "tag_audio_events": "Sounds such as laughter are not tagged here. Leave it out, or send false.",
    "additional_formats": "Transcripts come as JSON only. Leave it out, and make the other form of `words`.",
    "entity_detection": _ENTITIES,
    "entity_redaction": _ENTITIES,
    "no_verbatim": _AS_SPOKEN,
    "numbers_format": _AS_SPOKEN,
    "transcript_edit": _AS_SPOKEN,
    "temperature": "Ears here take the likeliest words. Leave it out, or send 0.",
    "webhook_id": "Recordings are written down while you wait. Leave it out.",
    "webhook_metadata": "Recordings are written down while you wait. Leave it out.",
}
"""Fields of the contract that no ear here can obey, and what to do instead."""

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
    _refuse_what_is_not_done(await request.form())
    if file is None:
        raise Invalid(("body", "file"), "Field required", type="missing")
    data = await file.read()
    stand_ins = list[SteppedIn]()
    wishes = EarWishes(
        two_letters(language_code or "en"),
        tuple(keyterms or ()),
        workspace_id=caller.workspace_id,
        is_live=False,
        stepped_in=stand_ins.append,
    )
    is_plain = file_format != "other"
    body = await unless_gone(
        request, _written(data, wishes, dictations, saying.compute, timestamps_granularity, is_plain=is_plain)
    )
    warning = " ".join(f"{each.instead} heard for {each.failed}." for each in stand_ins)
    return json_reply(body, headers={WARNING: warning} if warning else None)


def _refuse_what_is_not_done(form: FormData) -> None:
    """A transcript without what was asked for would look like one in which there was nothing of it."""
    for field, remedy in NOT_DONE.items():
        value = form.get(field)
        if isinstance(value, str) and value.strip().lower() not in _NOTHING and (field, value) != _JUST_ONE:
            raise Invalid(("body", field), remedy, type="not_supported")


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
