"""The scripted mind: no model at all, so that a server can talk before anything is set up, and tests and measurements
always get the same words.

Without options it holds small talk (`_small_talk.py`): it says what it is, what Vivavoce can do and how to connect a
real model, calls a tool that is asked for by name, and ends the call at a goodbye. With `replies` it says these, one
for each turn of the caller and then again from the first. Delays are for measurements; by default there are none.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import UserMessage
from vivavoce.ports.language import Abilities, ChatRequest, Piece, Text
from vivavoce.providers.language._answer import Answer, pieces
from vivavoce.providers.registry import Options, Outside, Provider

MODEL = "scripted"


class ScriptedLanguageOptions(Options):
    """What it says, and how fast."""

    models: tuple[str, ...] = Field(default=(MODEL,), description="Names by which agents ask for it.")
    replies: tuple[str, ...] = Field(
        default=(), description="What it says, one reply for each turn of the caller, in rotation. None: small talk."
    )
    first_token_seconds: float = Field(default=0.0, ge=0, description="From a request to its first token.")
    token_seconds: float = Field(default=0.0, ge=0, description="From one token to the next; a token is a word.")


@frozen
class Scripted:
    """The provider."""

    options: ScriptedLanguageOptions

    @property
    def abilities(self) -> Abilities:
        """It wants one tool at a time."""
        return Abilities(parallel_tools=False)

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[Piece]]:
        """Ask it."""
        yield self._stream(request)

    async def _stream(self, request: ChatRequest) -> AsyncIterator[Piece]:
        loop = asyncio.get_running_loop()
        # Due times are absolute, so that a busy loop does not slow the mind down.
        due = loop.time() + self.options.first_token_seconds
        for piece in pieces(request, self._answer(request)):
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            yield piece
            if isinstance(piece, Text):
                due += self.options.token_seconds

    def _answer(self, request: ChatRequest) -> Answer:
        replies = self.options.replies
        if not replies:
            from vivavoce.providers.language._small_talk import answer

            return answer(request)
        turns = sum(isinstance(message, UserMessage) for message in request.messages)
        return Answer(replies[max(0, turns - 1) % len(replies)])


def make(options: ScriptedLanguageOptions, outside: Outside) -> Scripted:
    """The mind with these options."""
    _ = outside
    return Scripted(options)


PROVIDER = Provider(
    "language", "No model at all: small talk or given replies, always the same.", ScriptedLanguageOptions, make
)
