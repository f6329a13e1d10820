"""Text to speech over WebSockets: text goes in while it is written, sound comes out while it is spoken.

    /v1/text-to-speech/{voice_id}/stream-input          one stream; its end closes the socket
    /v1/text-to-speech/{voice_id}/multi-stream-input    several, each with a `context_id`, begun and closed at will

Text is spoken as soon as it makes a piece that can be; `flush` (and the end) speaks what is left. What clients say
about when to begin (`chunk_length_schedule`, `try_trigger_generation`, `auto_mode`) is not needed: a piece ends where
a sentence does.

A key comes in a header, or in the first message for clients that cannot have one; therefore the handshake is accepted
first, and refusals are messages followed by a close.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, cast

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from starlette.websockets import WebSocket

from vivavoce.api.auth import admit, identify, identify_by, needs, public
from vivavoce.api.routing import Router
from vivavoce.api.sent import check
from vivavoce.api.services import provided
from vivavoce.api.sockets import ServedSocket
from vivavoce.base.errors import Malformed, Problem, Unauthorized
from vivavoce.base.json import Body
from vivavoce.features.voices import wire
from vivavoce.features.voices.encoding import output_format
from vivavoce.features.voices.saying import Saying, Wanted
from vivavoce.features.voices.saying import Speaking as Speech
from vivavoce.features.voices.schema import VoiceSettings
from vivavoce.features.voices.tickets import Tickets
from vivavoce.features.voices.wire import Message
from vivavoce.ports.identity import Caller
from vivavoce.ports.voice import Normalisation

_log = logging.getLogger(__name__)

router = Router(tags=["Text to speech"])

NORMAL, POLICY, UNEXPECTED = 1000, 1008, 1011
SILENT_SECONDS, LONGEST_SILENT_SECONDS = 20.0, 180.0
MOST_CONTEXTS = 10
MOST_LOCATORS = 3
LONGEST_REASON_BYTES = 120
_SPEAKS = needs("speech", write=True)
_WHY = "A key may come in the first message; whoever has none is refused then, in the protocol's own words."

SayingIn = Annotated[Saying, Depends(provided(Saying))]
TicketsIn = Annotated[Tickets, Depends(provided(Tickets))]


@router.websocket("/v1/text-to-speech/{voice_id}/stream-input")
@public(_WHY)
async def stream_input(websocket: WebSocket, voice_id: str, saying: SayingIn, tickets: TicketsIn) -> None:
    """Speak one stream of text."""
    await _served(websocket, _Single(websocket, voice_id, saying, tickets))


@router.websocket("/v1/text-to-speech/{voice_id}/multi-stream-input")
@public(_WHY)
async def multi_stream_input(websocket: WebSocket, voice_id: str, saying: SayingIn, tickets: TicketsIn) -> None:
    """Speak several streams of text."""
    await _served(websocket, _Several(websocket, voice_id, saying, tickets))


async def _served(websocket: WebSocket, talk: "_Talk") -> None:
    await websocket.accept()
    code, reason = NORMAL, ""
    try:
        await talk.run()
    except Exception as error:
        match _first_of(error):
            case _Gone():
                return
            case Problem() as problem:
                code = POLICY if problem.code < 500 or problem.code == 501 else UNEXPECTED
            case _:
                _log.exception("A speaking socket broke.")
                code, problem = UNEXPECTED, _Unforeseen("Something went wrong in the server. It is logged.")
        reason = problem.message
        talk.send(wire.trouble(problem, code))
    await talk.socket.close(code, reason.encode()[:LONGEST_REASON_BYTES].decode(errors="ignore"))


def _first_of(error: Exception) -> Exception:
    """What went wrong first, where several tasks ended with it."""
    if isinstance(error, ExceptionGroup):
        return _first_of(cast("ExceptionGroup[Exception]", error).exceptions[0])
    return error


class _Unforeseen(Problem):
    """What nobody foresaw."""


class _Gone(Exception):
    """The client went away."""


class _Talk(ABC):
    """One socket: its key, its parameters, the clock of its silence."""

    def __init__(self, websocket: WebSocket, voice_id: str, saying: Saying, tickets: Tickets) -> None:
        self.socket = ServedSocket(websocket)
        self.saying = saying
        self._tickets = tickets
        self._websocket = websocket
        self._voice_id = voice_id
        self._caller: Caller | None = None

    def send(self, frame: bytes) -> None:
        """Tell the client."""
        self.socket.send(frame)

    @abstractmethod
    async def run(self) -> None:
        """Hold it to its end."""

    async def next(self) -> Message:
        """The client's next message. Who says nothing for too long is let go."""
        try:
            async with asyncio.timeout(self._patience()):
                frame = await self.socket.receive()
        except TimeoutError:
            raise Malformed("No text came in time.", status="input_timeout_exceeded") from None
        if frame is None:
            raise _Gone
        return wire.read(frame)

    def _patience(self) -> float:
        try:
            seconds = float(self._websocket.query_params.get("inactivity_timeout", SILENT_SECONDS))
        except ValueError:
            return SILENT_SECONDS
        return min(max(seconds, 1.0), LONGEST_SILENT_SECONDS)

    async def wanted(self, first: Message) -> Wanted:
        """What the address and the first message of a stream ask for; refuses whoever may not."""
        query: Mapping[str, str] = self._websocket.query_params
        caller = await self._known(first)
        settings = first.object("voice_settings")
        try:
            check(VoiceSettings, settings)
        except RequestValidationError as refused:
            place = ".".join(str(part) for part in refused.errors()[0]["loc"][1:])
            raise Malformed(f"voice_settings.{place} is not what it has to be.", status="invalid_message") from None
        return Wanted(
            workspace_id=caller.workspace_id,
            voice_id=self._voice_id,
            format=output_format(query.get("output_format")),
            model_id=query.get("model_id", "")[:200],
            language=query.get("language_code", "")[:35],
            settings=settings,
            locators=_locators(first),
            normalisation=_normalisation(query.get("apply_text_normalization", "auto")),
            aligned=query.get("sync_alignment") == "true",
        )

    async def _known(self, first: Message) -> Caller:
        if self._caller is None and (token := self._websocket.query_params.get("single_use_token")) is not None:
            self._caller = admit(self._websocket, await self._tickets.redeem(token, "tts_websocket"), _SPEAKS)
        if self._caller is None:
            caller = await identify(self._websocket)
            if caller is not None:
                _SPEAKS.check(caller)
            elif first.key is not None:
                caller = await identify_by(self._websocket, first.key, _SPEAKS)
            else:
                raise Unauthorized(
                    "Send your API key in the header xi-api-key, or as xi_api_key in the first message.",
                    status="needs_authorization",
                )
            self._caller = caller
        return self._caller


def _normalisation(asked: str) -> Normalisation:
    match asked:
        case "auto" | "on" | "off":
            return asked
        case _:
            raise Malformed("apply_text_normalization is auto, on or off.", status="invalid_message")


def _locators(first: Message) -> Sequence[Body]:
    found = first.list("pronunciation_dictionary_locators")
    are_named = all(isinstance(each.get("pronunciation_dictionary_id"), str) for each in found)
    if len(found) > MOST_LOCATORS or not are_named:
        raise Malformed(
            f"At most {MOST_LOCATORS} pronunciation_dictionary_locators, each with a pronunciation_dictionary_id.",
            status="invalid_message",
        )
    return found


class _Single(_Talk):
    """One stream; its end closes the socket."""

    async def run(self) -> None:
        """Hold it to its end."""
        first = await self.next()
        wanted = await self.wanted(first)
        async with self.saying.say(wanted, await self.saying.find(wanted)) as speech, asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read(first, speech))
            async for chunk in speech:
                self.send(wire.sound(chunk))
            await reading
        self.send(wire.final())

    async def _read(self, message: Message, speech: Speech) -> None:
        while not message.ends:
            take(message, speech)
            message = await self.next()
        speech.finish()


class _Several(_Talk):
    """Several streams, each a task."""

    def __init__(self, websocket: WebSocket, voice_id: str, saying: Saying, tickets: Tickets) -> None:
        super().__init__(websocket, voice_id, saying, tickets)
        self._open: dict[str, _Context] = {}

    async def run(self) -> None:
        """Hold them to their end."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                message = await self.next()
                if message.says("close_socket"):
                    for context in self._open.values():
                        context.finish()
                    return
                await self._take(message, tasks)

    async def _take(self, message: Message, tasks: asyncio.TaskGroup) -> None:
        context = self._open.get(message.context_id)
        if message.says("close_context"):
            if context is not None:
                context.finish()
            return
        if context is None:
            if not message.text:
                return  # a context that was closed, or never was, is kept alive in vain
            context = await self._begin(message, tasks)
        context.take(message)

    async def _begin(self, message: Message, tasks: asyncio.TaskGroup) -> "_Context":
        if len(self._open) >= MOST_CONTEXTS:
            raise Malformed(f"A socket has {MOST_CONTEXTS} contexts at most.", status="max_active_contexts")
        wanted = await self.wanted(message)
        context = self._open[message.context_id] = _Context()
        tasks.create_task(self._speak(message.context_id, context, wanted))
        return context

    async def _speak(self, id: str, context: "_Context", wanted: Wanted) -> None:
        named = id or None
        try:
            async with self.saying.say(wanted, await self.saying.find(wanted)) as speech:
                context.begin(speech)
                async for chunk in speech:
                    self.send(wire.sound(chunk, named or "default"))
        finally:
            if self._open.get(id) is context:
                del self._open[id]
        self.send(wire.final(named or "default"))


class _Context:
    """One of several streams. What comes before its voice is there waits."""

    def __init__(self) -> None:
        self._speech: Speech | None = None
        self._waiting: list[Message] = []
        self._is_finished = False

    def begin(self, speech: Speech) -> None:
        """Its voice is there."""
        self._speech = speech
        for message in self._waiting:
            take(message, speech)
        self._waiting.clear()
        if self._is_finished:
            speech.finish()

    def take(self, message: Message) -> None:
        """More text."""
        if self._is_finished:
            return
        if self._speech is None:
            self._waiting.append(message)
        else:
            take(message, self._speech)

    def finish(self) -> None:
        """No more text."""
        if not self._is_finished:
            self._is_finished = True
            if self._speech is not None:
                self._speech.finish()


def take(message: Message, speech: Speech) -> None:
    """What a message adds to a stream. The single space that opens one says nothing."""
    if message.text and message.text.strip():
        speech.add(message.text)
    elif message.text:
        speech.add_space()
    if message.says("flush"):
        speech.flush()
