"""What is played in a simulated call: a mind, an ear, tools and a client that do what a script says.

The voice and the detector of voices are the ports' own doubles. Delays are those of quick providers; nothing of it
waits for the world.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import AgentMessage, ClientEvent, Instructions, ToolMessage, UserMessage
from vivavoce.live.runner import Call
from vivavoce.live.script import Answer, ToolAnswer
from vivavoce.ports.language import Abilities, ChatRequest, Finished, Language, MindFailed, Piece, Text, ToolWanted
from vivavoce.ports.link import ClientToolCall, LoggedLink, ShellEvent
from vivavoce.ports.speech import EarWishes, Understood, Words
from vivavoce.ports.tools import ToolBroke, ToolRequest, ToolResult

RATE_HZ = 16_000
CHARACTERS_PER_SECOND = 15.0
SHORTEST_SPEECH_SECONDS = 0.4
INTERIM_SECONDS = 0.3
FINAL_SECONDS = 0.15
FIRST_TOKEN_SECONDS = 0.2
TOKEN_SECONDS = 0.01
TOOL_SECONDS = 0.5


def speech_seconds(text: str) -> float:
    """How long somebody takes to say this."""
    return max(SHORTEST_SPEECH_SECONDS, len(text) / CHARACTERS_PER_SECOND)


@dataclass
class PlayedLine(LoggedLink):
    """A client that runs the agent's client tools as the script says."""

    tools: Mapping[str, ToolAnswer] = field(default_factory=dict[str, ToolAnswer])
    call: Call | None = None

    def tell(self, event: ClientEvent | ShellEvent) -> None:
        """Take it down, and answer what wants an answer."""
        super().tell(event)
        if isinstance(event, ClientToolCall) and event.expects_response and self.call is not None:
            answer = self.tools.get(event.tool_name) or _unknown(event.tool_name)
            loop = asyncio.get_running_loop()
            loop.call_later(TOOL_SECONDS, self._answer, self.call, event.call_id, answer)

    def _answer(self, call: Call, call_id: str, answer: ToolAnswer) -> None:
        call.client_answered(call_id, answer.text, is_error=answer.fails)


@frozen
class PlayedTools:
    """Tools that answer as the script says."""

    answers: Mapping[str, ToolAnswer]

    async def call(self, request: ToolRequest) -> ToolResult:
        """Answer after a while."""
        await asyncio.sleep(TOOL_SECONDS)
        answer = self.answers.get(request.tool.name) or _unknown(request.tool.name)
        if answer.fails:
            raise ToolBroke(answer.text)
        return ToolResult(answer.text)


def _unknown(name: str) -> ToolAnswer:
    return ToolAnswer(f"The script does not say what {name} answers.", fails=True)


class PlayedMind:
    """Gives the script's answers in order; when they are used up, another mind goes on.

    The same question gets the same answer: a guess that was dropped, and the question after it, are one question.
    """

    abilities = Abilities()

    def __init__(self, answers: Sequence[Answer], otherwise: Language) -> None:
        self._answers = deque(answers)
        self._otherwise = otherwise
        self._given: dict[tuple[int, ...], Answer] = {}

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Answer."""
        answer = self._answer(request)
        if answer is None:
            async with self._otherwise.chat(request) as pieces:
                yield pieces
        else:
            yield _pieces(answer, f"call_{len(self._answers)}")

    def _answer(self, request: ChatRequest) -> Answer | None:
        question = _question(request)
        answer = self._given.get(question)
        if answer is None and self._answers:
            answer = self._answers.popleft()
            if not (answer.fails or answer.never_comes):
                self._given[question] = answer
        return answer


def _question(request: ChatRequest) -> tuple[int, ...]:
    """What tells one question from another: how far the conversation has come."""
    kinds = (UserMessage, AgentMessage, ToolMessage, Instructions)
    return tuple(sum(isinstance(message, kind) for message in request.messages) for kind in kinds)


async def _pieces(answer: Answer, call_id: str) -> AsyncIterator[Piece]:
    if answer.never_comes:
        await asyncio.Event().wait()
    await asyncio.sleep(FIRST_TOKEN_SECONDS)
    if answer.fails:
        raise MindFailed("The script lets it fail.")
    for word in re.findall(r"\s*\S+", answer.text):
        yield Text(word)
        await asyncio.sleep(TOKEN_SECONDS)
    if answer.tool is not None:
        yield ToolWanted(call_id, answer.tool.name, answer.tool.arguments)
    yield Finished("tools" if answer.tool else "stop", 0, len(answer.text.split()))


class PlayedEar:
    """Understands what the caller says, word by word; it is told beforehand what that will be."""

    sample_rate_hz = RATE_HZ
    gives_interims = True

    def __init__(self) -> None:
        self._listening: PlayedListening | None = None

    def will_hear(self, text: str, at: float) -> None:
        """The caller begins to say this."""
        if self._listening is not None:
            self._listening.say(text, at)

    @asynccontextmanager
    async def listen(self, wishes: EarWishes) -> AsyncGenerator["PlayedListening"]:
        """Listen to the call; there is only one."""
        _ = wishes
        self._listening = PlayedListening()
        try:
            yield self._listening
        finally:
            self._listening.close()


class PlayedListening:
    """What the ear makes of the caller's sounds."""

    def __init__(self) -> None:
        self._said: list[str] = []
        """Since the last final."""
        self._understood: asyncio.Queue[Understood] = asyncio.Queue()
        self._timers: list[asyncio.TimerHandle] = []

    def say(self, text: str, at: float) -> None:
        """The caller begins to say this."""
        before = " ".join(self._said)
        self._said.append(text)
        words = text.split()
        seconds = speech_seconds(text)
        for number in range(1, int(seconds / INTERIM_SECONDS) + 1):
            after = number * INTERIM_SECONDS
            heard = " ".join([before, *words[: max(1, int(len(words) * after / seconds))]]).strip()
            if heard:
                self._later(after, Words(heard, at + after, final=False))

    def speech_started(self, at_seconds: float) -> None:
        """It heard that by itself."""

    def speech_stopped(self, at_seconds: float) -> None:
        """Everything that was said until now is understood."""
        text, self._said = " ".join(self._said).strip(), []
        self.close()
        self._later(FINAL_SECONDS, Words(text, at_seconds + FINAL_SECONDS))

    def hear(self, at_seconds: float, pcm: bytes) -> None:
        """It knows what is said, and needs no sound."""

    def retune(self, wishes: EarWishes) -> None:
        """It understands every language."""

    def hear_again(self, since_seconds: float) -> None:
        """It heard all there was."""
        self._later(FINAL_SECONDS, Words("", since_seconds))

    async def __aiter__(self) -> AsyncIterator[Understood]:
        """What was understood."""
        while True:
            yield await self._understood.get()

    def close(self) -> None:
        """Say nothing more of what was begun."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _later(self, seconds: float, understood: Understood) -> None:
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(seconds, self._understood.put_nowait, understood))
