"""Speech to text over a WebSocket: `/v1/speech-to-text/realtime`, sound goes in while it is spoken.

    in    {"message_type": "input_audio_chunk", "audio_base_64": "...", "commit": false, "sample_rate": 16000}
    out   {"message_type": "session_started", "session_id": "...", "config": {...}}
          {"message_type": "partial_transcript", "text": "..."}               what is being said, as far as understood
          {"message_type": "committed_transcript", "text": "..."}             what was said up to a commit
          {"message_type": "committed_transcript_with_timestamps", ...}       the same with words, if that is wished
          {"message_type": "auth_error" | "input_error" | ..., "error": "..."}

A commit is the client's (`commit_strategy=manual`), or comes by itself after a silence (`vad`).
"""

import asyncio
import binascii
import logging
from base64 import b64decode
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket

from vivavoce.api.auth import admit, identify, needs, public
from vivavoce.api.passage import passage_of
from vivavoce.api.routing import Router
from vivavoce.api.services import provided
from vivavoce.api.sockets import ServedSocket
from vivavoce.base.errors import Malformed, Problem, Unauthorized
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json, is_object
from vivavoce.features.voices.dictation import Dictation, Dictations, Partial, Stretch
from vivavoce.features.voices.schema_hearing import THREE_LETTERS, two_letters, words_body
from vivavoce.features.voices.tickets import Tickets
from vivavoce.live.formats import Intake, format_named
from vivavoce.live.hearing import Smoothing
from vivavoce.ports.identity import Caller
from vivavoce.ports.speech import EarWishes

_log = logging.getLogger(__name__)

router = Router(tags=["Speech to text"])

NORMAL, POLICY, UNEXPECTED = 1000, 1008, 1011
LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024
SILENT_SECONDS = 60.0
LONGEST_SECONDS = 3 * 3600
LONGEST_REASON_BYTES = 120
_LEAST_PROBABILITY = 0.05
_SPEAKS = needs("speech", write=True)


NOT_DONE: Mapping[str, str] = {
    "no_verbatim": "Words are written down as the ear hears them.",
    "entity_detection": "Entities are not looked for here.",
    "entity_redaction": "Entities are not looked for here.",
    "transcript_edit": "Words are written down as the ear hears them.",
    "filter_background_audio": "Sound is heard as it comes.",
}
"""Options of the contract that no ear here can obey."""
_NOTHING = frozenset({"", "false", "0", "null", "none"})


class Options(BaseModel):
    """What the address says. What nobody here knows is for another ear."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model_id: str = Field(default="scribe_v2_realtime", max_length=200)
    audio_format: str = Field(default="pcm_16000", max_length=50)
    commit_strategy: Literal["manual", "vad"] = "manual"
    language_code: str = Field(default="en", max_length=35)
    include_timestamps: bool = False
    include_language_detection: bool = False
    vad_threshold: float | None = Field(default=None, ge=0.1, le=0.9)
    min_speech_duration_ms: int | None = Field(default=None, ge=50, le=2000)
    min_silence_duration_ms: int | None = Field(default=None, ge=50, le=2000)
    vad_silence_threshold_secs: float = Field(default=1.5, ge=0.3, le=3.0)
    keyterms: tuple[str, ...] = Field(default=(), max_length=1000)

    def smoothing(self, usual: Smoothing) -> Smoothing:
        """When a voice begins and ends, where the client says so."""
        at, speech, silence = self.vad_threshold, self.min_speech_duration_ms, self.min_silence_duration_ms
        lower = usual.start_probability - usual.stop_probability
        return Smoothing(
            start_probability=usual.start_probability if at is None else at,
            stop_probability=usual.stop_probability if at is None else max(_LEAST_PROBABILITY, at - lower),
            start_seconds=usual.start_seconds if speech is None else speech / 1_000,
            stop_seconds=usual.stop_seconds if silence is None else silence / 1_000,
        )


@router.websocket("/v1/speech-to-text/realtime")
@public("Whoever has no key is told so in the protocol's own words.")
async def listen(
    websocket: WebSocket,
    dictations: Annotated[Dictations, Depends(provided(Dictations))],
    tickets: Annotated[Tickets, Depends(provided(Tickets))],
) -> None:
    """Write down what is said, while it is said."""
    await websocket.accept()
    socket = ServedSocket(websocket)
    code, reason = NORMAL, ""
    try:
        caller = await _known(websocket, tickets)
        options = _options(websocket)
        await _Session(socket, options, passage_of(websocket).request_id).run(caller, dictations)
    except Problem as problem:
        code, reason = POLICY if problem.code < 500 else UNEXPECTED, problem.message
        _tell(socket, _word_for(problem), error=problem.message)
    except Exception:
        _log.exception("A listening socket broke.")
        code, reason = UNEXPECTED, "Something went wrong in the server. It is logged."
        _tell(socket, "transcriber_error", error=reason)
    await socket.close(code, reason.encode()[:LONGEST_REASON_BYTES].decode(errors="ignore"))


def _word_for(problem: Problem) -> str:
    """The contract's word for what went wrong."""
    match problem.code:
        case 401 | 403:
            return "auth_error"
        case 429:
            return "rate_limited"
        case 413:
            return "chunk_size_exceeded"
        case code if code < 500:
            return "session_time_limit_exceeded" if problem.status == "session_too_long" else "input_error"
        case _:
            return "transcriber_error"


async def _known(websocket: WebSocket, tickets: Tickets) -> Caller:
    token = websocket.query_params.get("token")
    if token is not None:
        return admit(websocket, await tickets.redeem(token, "realtime_scribe"), _SPEAKS)
    caller = await identify(websocket)
    if caller is None:
        raise Unauthorized(
            "Send your API key in the header xi-api-key, or a token in ?token=.", status="needs_authorization"
        )
    _SPEAKS.check(caller)
    return caller


def _options(websocket: WebSocket) -> Options:
    query = websocket.query_params
    for name, why in NOT_DONE.items():
        if query.get(name, "").strip().lower() not in _NOTHING:
            raise Malformed(f"{name}: {why} Leave it out.", status="invalid_request")
    given: Body = {**query, "keyterms": tuple(query.getlist("keyterms"))}
    try:
        return Options.model_validate(given)
    except ValidationError as refused:
        first = refused.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Malformed(f"{place}: {first['msg']}", status="invalid_request") from None


def _tell(socket: ServedSocket, kind: str, **more: Json) -> None:
    socket.send(orjson.dumps({"message_type": kind, **more}))


@frozen
class _Chunk:
    """One message of a client."""

    data: bytes
    commits: bool


class _Session:
    """One socket's sound."""

    def __init__(self, socket: ServedSocket, options: Options, session_id: str) -> None:
        self._socket = socket
        self._options = options
        self._session_id = session_id
        self._format = format_named(options.audio_format)
        self._intake = Intake(self._format)
        self._said: list[Stretch] = []
        self._committed_seconds = 0.0
        """Up to where silences are committed."""

    async def run(self, caller: Caller, dictations: Dictations) -> None:
        """Hold it to its end."""
        options = self._options
        wishes = EarWishes(
            two_letters(options.language_code), tuple(options.keyterms), workspace_id=caller.workspace_id
        )
        open_dictation = dictations.open(wishes, self._format.rate_hz, self._heard, options.smoothing)
        async with open_dictation as dictation:
            _tell(self._socket, "session_started", session_id=self._session_id, config=self._config())
            while (chunk := await self._next(dictation)) is not None:
                await self._take(chunk, dictation)

    def _config(self) -> Body:
        options: dict[str, Any] = self._options.model_dump(mode="json")
        return {**options, "sample_rate": self._format.rate_hz}

    async def _next(self, dictation: Dictation) -> _Chunk | None:
        """The client's next message. Silences are committed while it is waited for, if that is wished."""
        receiving = asyncio.ensure_future(self._socket.receive())
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                if self._options.commit_strategy == "vad":
                    await self._commit_silences_until(receiving, dictation)
                frame = await receiving
        except TimeoutError:
            raise Malformed("No sound came in time.", status="input_timeout_exceeded") from None
        finally:
            receiving.cancel()
        return None if frame is None else _read(frame)

    async def _commit_silences_until(self, receiving: "asyncio.Future[str | bytes | None]", into: Dictation) -> None:
        while not receiving.done():
            seconds = self._options.vad_silence_threshold_secs
            silence = asyncio.ensure_future(into.silence(seconds, self._committed_seconds))
            try:
                await asyncio.wait({receiving, silence}, return_when=asyncio.FIRST_COMPLETED)
                if silence.done():
                    self._committed_seconds = silence.result()
                    self._commit(into)
            finally:
                silence.cancel()

    async def _take(self, chunk: _Chunk, dictation: Dictation) -> None:
        if dictation.until_seconds > LONGEST_SECONDS:
            raise Malformed("A session may last three hours at most.", status="session_too_long")
        pcm = self._intake.pcm(chunk.data)
        if pcm:
            await dictation.hear_live(pcm)
        if chunk.commits:
            await dictation.settle()
            self._committed_seconds = dictation.silent_since or 0.0
            self._commit(dictation)

    def _heard(self, understood: Stretch | Partial) -> None:
        texts = [stretch.text for stretch in self._said]
        if isinstance(understood, Stretch):
            self._said.append(understood)
        _tell(self._socket, "partial_transcript", text=" ".join([*texts, understood.text]))

    def _commit(self, dictation: Dictation) -> None:
        said, self._said = self._said, []
        text = " ".join(stretch.text for stretch in said)
        _tell(self._socket, "committed_transcript", text=text)
        if self._options.include_timestamps:
            code = THREE_LETTERS.get(dictation.language.partition("-")[0], dictation.language)
            words = [{name: word[name] for name in ("text", "start", "end", "type")} for word in words_body(said)]
            _tell(self._socket, "committed_transcript_with_timestamps", text=text, language_code=code, words=words)


def _read(frame: str | bytes) -> _Chunk:
    if len(frame) > LARGEST_MESSAGE_BYTES:
        raise _TooMuch(f"A chunk may have {LARGEST_MESSAGE_BYTES:,} bytes at most.")
    try:
        message: Json = orjson.loads(frame)
    except orjson.JSONDecodeError:
        message = None
    if not is_object(message) or message.get("message_type") != "input_audio_chunk":
        raise _not_a_chunk()
    audio: Json = message.get("audio_base_64", "")
    if not isinstance(audio, str):
        raise _not_a_chunk()
    try:
        data = b64decode(audio, validate=True)
    except binascii.Error:
        raise Malformed("audio_base_64 is not base64.", status="invalid_message") from None
    return _Chunk(data, message.get("commit") is True)


class _TooMuch(Problem):
    """More in one message than is taken."""

    code = 413
    status = "chunk_size_exceeded"


def _not_a_chunk() -> Malformed:
    return Malformed(
        'A message looks like {"message_type": "input_audio_chunk", "audio_base_64": "...", "commit": false}.',
        status="invalid_message",
    )
