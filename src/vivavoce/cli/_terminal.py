"""A terminal as one end of a call: the lines somebody types, and a screen on which the agent's words appear."""

import asyncio
import codecs
import os
import signal
import sys
from collections.abc import Sequence
from typing import Protocol

from vivavoce.cli._waterfall import SpokenTurn
from vivavoce.cli._waterfall import as_json as waterfall_as_json
from vivavoce.cli._waterfall import lines as waterfall_lines
from vivavoce.engine.commands import (
    AgentResponseCorrection,
    AgentResponsePart,
    AgentToolRequest,
    AgentToolResponse,
    Ending,
    HumanConnected,
    HumanDisconnected,
    UserTranscript,
)
from vivavoce.live.links import wire
from vivavoce.live.links.memory import MemoryLink, Told
from vivavoce.ports.link import ClientToolCall

_READ_BYTES = 65_536
_SHOWN_CHARACTERS = 200


class Lines:
    """Lines as they are typed, read without a thread, so that a call can end while somebody thinks about the next."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._loop = asyncio.get_running_loop()
        try:
            self._loop.add_reader(file, self._read)
        except PermissionError:
            # A file on a disk is always ready, and nothing can wait for it.
            while self._read():
                pass

    async def next(self) -> str | None:
        """The next line; None when there will be no more."""
        return await self._lines.get()

    def close(self) -> None:
        """Read no more."""
        self._loop.remove_reader(self._file)

    def _read(self) -> bool:
        data = os.read(self._file, _READ_BYTES)
        *lines, self._rest = (self._rest + self._decode(data, not data)).split("\n")
        if not data:
            self.close()
            lines += [self._rest] if self._rest else []
        for line in lines:
            self._lines.put_nowait(line)
        if not data:
            self._lines.put_nowait(None)
        return bool(data)


class Screen(Protocol):
    """Where a call is shown."""

    def begin(self, conversation_id: str) -> None:
        """The call begins."""
        ...

    def typed(self) -> None:
        """The caller has sent a line."""
        ...

    def show(self, event: Told) -> None:
        """The agent says or does something."""
        ...

    def listening(self) -> None:
        """It is the caller's turn."""
        ...

    def end(self, ending: Ending, conversation_id: str) -> None:
        """The call is over."""
        ...


class TextScreen:
    """For people."""

    def __init__(self, agent_name: str, *, prompts: bool) -> None:
        self._agent = agent_name
        self._prompts = prompts
        self._is_mid_line = False
        self._speaks = False
        self._was_typed_into = False
        """The caller wrote while the agent did, and the agent has not gone on since."""

    def begin(self, conversation_id: str) -> None:
        """Say how to stop."""
        _ = conversation_id
        self._line(f"You are talking to {self._agent}. /end or Ctrl-D ends the call.")

    def typed(self) -> None:
        """The terminal has shown the line itself, and its end."""
        self._is_mid_line = self._is_mid_line and not self._prompts
        self._was_typed_into = self._speaks

    def show(self, event: Told) -> None:
        """Words as they come; tools in brackets."""
        match event:
            case AgentResponsePart("delta", text):
                self._write(text)
            case AgentResponsePart("stop"):
                self._stop()
            case AgentToolRequest(name):
                self._line(f"[calls {name}]")
            case AgentToolResponse(name, _, kind, is_error, result) if kind != "system":
                self._line(f"[{name} {'failed' if is_error else 'answered'}: {_short(result)}]")
            case ClientToolCall():
                self._line(f"[wants the client's tool {event.tool_name}; a terminal has none]")
            case HumanConnected():
                self._line("[a human has taken over]")
            case HumanDisconnected():
                self._line("[the agent is back]")
            case _:
                pass

    def listening(self) -> None:
        """Ask for a line."""
        if self._prompts:
            self._fresh_line()
            self._put("you: ")
            self._is_mid_line = True

    def end(self, ending: Ending, conversation_id: str) -> None:
        """Say why, and what is left."""
        self._line(f"[The call is over. {ending.reason}]")
        self._line(f"`vivavoce replay {conversation_id}` tells what happened and why.")

    def _write(self, text: str) -> None:
        if not self._speaks:
            self._fresh_line()
            self._put(f"{self._agent}: ")
        self._speaks = self._is_mid_line = True
        self._was_typed_into = False
        self._put(text)

    def _stop(self) -> None:
        if self._speaks:
            self._fresh_line()
        if self._was_typed_into:
            self._line("[interrupted]")
        self._speaks = self._was_typed_into = False

    def _line(self, text: str) -> None:
        self._fresh_line()
        self._put(f"{text}\n")

    def _fresh_line(self) -> None:
        if self._is_mid_line:
            self._put("\n")
        self._is_mid_line = False

    def _put(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


class SpokenScreen(TextScreen):
    """For people who speak: what was understood of them, too, and how far an interrupted reply was heard."""

    def __init__(self, agent_name: str) -> None:
        super().__init__(agent_name, prompts=False)

    def begin(self, conversation_id: str) -> None:
        """Say how to stop."""
        _ = conversation_id
        self._line(f"You are calling {self._agent}. Ctrl-C hangs up.")

    def show(self, event: Told) -> None:
        """The words of both."""
        match event:
            case UserTranscript(text):
                self._line(f"you: {text}")
            case AgentResponseCorrection():
                self._line(f"[interrupted; heard was: {event.corrected}]")
            case _:
                super().show(event)

    def took(self, turns: Sequence[SpokenTurn]) -> None:
        """What each turn took."""
        for line in ("", *waterfall_lines(turns)):
            self._line(line)


class JsonScreen:
    """For programs: the frames that a client on a WebSocket gets but for the sound, one a line, and the end."""

    def __init__(self, incoming: str = "pcm_16000", outgoing: str = "pcm_16000") -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def begin(self, conversation_id: str) -> None:
        """The first frame of every conversation."""
        self._put(wire.metadata(conversation_id, self._outgoing, self._incoming))

    def took(self, turns: Sequence[SpokenTurn]) -> None:
        """What each turn took."""
        for line in waterfall_as_json(turns):
            self._put(line.encode())

    def typed(self) -> None:
        """They know what they wrote."""

    def show(self, event: Told) -> None:
        """The frame."""
        self._put(wire.encoded(event))

    def listening(self) -> None:
        """They see what was said."""

    def end(self, ending: Ending, conversation_id: str) -> None:
        """How it ended."""
        import orjson

        self._put(
            orjson.dumps(
                {
                    "type": "call_ended",
                    "conversation_id": conversation_id,
                    "cause": ending.cause,
                    "reason": ending.reason,
                }
            )
        )

    def _put(self, frame: bytes) -> None:
        print(frame.decode(), flush=True)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def hang_up_at_interrupt(link: "MemoryLink") -> None:
    """Ctrl-C ends the call as it should end; a second one does not wait for that."""
    loop = asyncio.get_running_loop()

    def hang_up() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        link.hang_up()

    loop.add_signal_handler(signal.SIGINT, hang_up)
