"""A caller who speaks: from files that take turns with the agent, or with a microphone.

Each file is something to say. It waits until the agent has answered what came before, or clearly will not; when the
last one was answered the caller hangs up. `at_once` is for whoever wants to interrupt: the first file begins with the
call, like a microphone that is on.

Waiting may be shortened while somebody speaks or nobody does. While anything is computed or thought it never is: what
the waterfall shows is what the parts take on this machine.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vivavoce.base.errors import Unavailable
from vivavoce.cli import _devices, _waterfall, _wav
from vivavoce.cli._terminal import JsonScreen, SpokenScreen, hang_up_at_interrupt
from vivavoce.engine.journal import decode
from vivavoce.live.formats import SAMPLE_BYTES
from vivavoce.live.links.audio import AudioLink, Speaker, Track
from vivavoce.live.quick_time import FASTEST, QuickLoop
from vivavoce.ports.link import ClientToolCall

if TYPE_CHECKING:
    from vivavoce.app import Application
    from vivavoce.features.conversations.starting import Prepared
    from vivavoce.live.links.memory import Told
    from vivavoce.providers.assembly import Parts

FRAME_SECONDS = 0.02
BREATH_SECONDS = 0.4
"""Between the agent's last word and the caller's first."""
PATIENCE_SECONDS = 5.0
"""So long the caller waits for an answer where none seems to come. An agent speaks up by itself after some more."""


def lacking(parts: "Parts") -> str:
    """What this installation has not got for speaking with it; empty if it has all."""
    from vivavoce.app import lacks_for_voice

    lacks = lacks_for_voice(parts)
    return " ".join(lacks[name] for name in ("ear", "voice") if name in lacks)


class Called:
    """A spoken call from this terminal."""

    def __init__(self, application: "Application", prepared: "Prepared", *, as_json: bool) -> None:
        self._application = application
        self._prepared = prepared
        self._conversation_id = prepared.plan.conversation_id
        name = prepared.circumstances.agent_name or "agent"
        self._screen = JsonScreen(prepared.incoming.name, prepared.outgoing.name) if as_json else SpokenScreen(name)
        if problem := lacking(application.parts):
            raise Unavailable(problem)

    async def from_files(self, said: Sequence[Path], out: Path | None, *, at_once: bool, speed: float | None) -> None:
        """The caller says what is in files; what they hear goes into another one."""
        track = Track(self._prepared.outgoing.rate_hz)
        link = self._link(track)
        utterances = [_wav.read(path, link.input_rate_hz) for path in said]
        if out is not None:
            _wav.check_place(out)
        parts = self._application.parts
        caller = FromFiles(
            link,
            utterances,
            opens=bool(self._prepared.plan.opening.text),
            at_once=at_once,
            speed=speed or (1.0 if parts.computes else FASTEST),
            is_computing=lambda: parts.is_computing,
        )
        await self._hold(link, caller.speak())
        if out is not None:
            _wav.write(out, bytes(track.pcm), track.rate_hz)
            print(f"What the caller heard is in {out}.", file=sys.stderr)

    async def with_microphone(self) -> None:
        """The caller sits at this machine."""
        playing = _devices.Playing()
        link = self._link(playing)
        with _devices.opened(playing, link.hear, input_hz=link.input_rate_hz, output_hz=link.output_rate_hz):
            await self._hold(link, None)

    def _link(self, speaker: Speaker) -> AudioLink:
        def take(event: "Told") -> None:
            self._screen.show(event)
            if isinstance(event, ClientToolCall) and event.expects_response:
                link.answer_tool(event.call_id, "This client is a terminal and has no tools.", is_error=True)

        link = AudioLink(take, self._prepared.incoming, self._prepared.outgoing, speaker)
        return link

    async def _hold(self, link: AudioLink, speaking: Coroutine[Any, Any, None] | None) -> None:
        hang_up_at_interrupt(link)
        self._screen.begin(self._conversation_id)
        task = asyncio.create_task(_then_hang_up(speaking, link)) if speaking is not None else None
        try:
            ending = await self._application.conversations.holding.hold_on(link, self._prepared)
        finally:
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        self._screen.took(await self._turns())
        self._screen.end(ending, self._conversation_id)

    async def _turns(self) -> Sequence[_waterfall.SpokenTurn]:
        """What the journal knows of each turn; nothing where the agent's settings keep none."""
        history = self._application.conversations.history
        journal = await history.journal(self._prepared.workspace_id, self._conversation_id)
        return _waterfall.spoken_turns(decode(journal.decode("utf-8", "replace"))) if journal else ()


async def _then_hang_up(speaking: Coroutine[Any, Any, None], link: AudioLink) -> None:
    await speaking
    link.hang_up()


class FromFiles:
    """A caller with something to say, and the patience to be answered."""

    def __init__(
        self,
        link: AudioLink,
        utterances: Sequence[bytes],
        *,
        opens: bool,
        at_once: bool,
        speed: float,
        is_computing: Callable[[], bool],
    ) -> None:
        self._link = link
        self._to_say = deque(utterances)
        self._speed = speed
        self._is_computing = is_computing
        self._frame_bytes = round(link.input_rate_hz * FRAME_SECONDS) * SAMPLE_BYTES
        self._saying = self._to_say.popleft() if at_once else b""
        self._said = 0
        """Bytes of what is being said."""
        self._awaits_answer = opens or at_once
        self._quiet_seconds = 0.0

    async def speak(self) -> None:
        """A frame every 20 ms until everything is said and answered."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QuickLoop), "whoever lets it speak chooses the loop"
        await self._link.connected.wait()
        due = loop.time()
        try:
            while not self._is_done():
                self._link.hear(self._frame())
                self._watch()
                loop.speed = 1.0 if self._is_computing() or self._link.is_waiting else self._speed
                due += FRAME_SECONDS
                await asyncio.sleep(due - loop.time())
        finally:
            loop.speed = 1.0

    def _frame(self) -> bytes:
        if not self._saying and self._to_say and self._has_turn():
            self._saying, self._said = self._to_say.popleft(), 0
        frame = self._saying[self._said : self._said + self._frame_bytes]
        self._said += len(frame)
        if self._saying and self._said >= len(self._saying):
            self._saying, self._awaits_answer, self._quiet_seconds = b"", True, 0.0
        return frame.ljust(self._frame_bytes, b"\0")

    def _watch(self) -> None:
        """Whether the agent answers, and for how long it has been quiet. While it still listens, it is not."""
        if self._link.is_quiet:
            self._quiet_seconds += 0.0 if self._is_computing() else FRAME_SECONDS
        else:
            self._quiet_seconds = 0.0
            self._awaits_answer = False

    def _has_turn(self) -> bool:
        return self._quiet_seconds >= (PATIENCE_SECONDS if self._awaits_answer else BREATH_SECONDS)

    def _is_done(self) -> bool:
        return not self._saying and not self._to_say and self._has_turn()
