"""A voice that is asked for one piece after the other, each with a request of its own.

Sound is handed on as it comes. Leaving the block closes the request that is open, which is how such servers are told to
stop. A request that fails before it has sounded is tried once more.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.outbound import OutboundFailed
from vivavoce.ports.voice import Manner, Speech, StockVoice, VoiceBroke
from vivavoce.providers.far import Trouble, Vendor
from vivavoce.providers.markup import plain
from vivavoce.providers.voice._lines import Piece

_ATTEMPTS = 2


class Speaker(Protocol):
    """Whoever turns text into sound."""

    @property
    def vendor(self) -> Vendor:
        """Whose it is."""
        ...

    def sound(self, piece: Piece) -> AsyncGenerator[bytes]:
        """The sound of a piece as it comes. `Trouble` or `OutboundFailed` if there is none to be had."""
        ...

    async def stock(self) -> Sequence[StockVoice]:
        """Its voices."""
        ...


@frozen
class PieceVoice:
    """The voice (`ports.voice.Voice`)."""

    speaker: Speaker
    sample_rate_hz: int
    silence_seconds: float = 10.0

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["PieceUtterance"]:
        """Begin an utterance."""
        _ = manner
        utterance = PieceUtterance(self)
        try:
            yield utterance
        finally:
            await utterance.leave()

    async def stock(self) -> Sequence[StockVoice]:
        """The voices it has by itself."""
        try:
            return await self.speaker.stock()
        except OutboundFailed as failure:
            raise VoiceBroke(self.speaker.vendor.trouble(failure).message) from None
        except Trouble as trouble:
            raise VoiceBroke(trouble.message) from None


class PieceUtterance:
    """One reply being spoken."""

    def __init__(self, voice: PieceVoice) -> None:
        self._voice = voice
        self._pieces: asyncio.Queue[Piece | None] = asyncio.Queue()
        self._sounding: AsyncGenerator[bytes] | None = None

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None:
        """Say this too."""
        self._pieces.put_nowait(Piece(piece, plain(text), voice, language))

    def finish(self) -> None:
        """No more text will come."""
        self._pieces.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Speech]:
        """Each piece, as its sound comes."""
        while (piece := await self._pieces.get()) is not None:
            if piece.text.strip():
                async with aclosing(self._sound(piece)) as self._sounding:
                    async for pcm in self._sounding:
                        yield Speech(piece.number, pcm)
            yield Speech(piece.number, b"", last=True)

    async def leave(self) -> None:
        """Close the request that is open, though whoever listened only stopped listening."""
        if self._sounding is not None:
            with suppress(RuntimeError):  # it is being cancelled where it is listened to
                await self._sounding.aclose()

    async def _sound(self, piece: Piece) -> AsyncGenerator[bytes]:
        """Whole samples."""
        for attempt in range(1, _ATTEMPTS + 1):
            rest, sounded = b"", False
            try:
                async with aclosing(self._voice.speaker.sound(piece)) as chunks:
                    while (chunk := await self._within(chunks)) is not None:
                        pcm = rest + chunk
                        whole = len(pcm) // 2 * 2
                        rest, sounded = pcm[whole:], sounded or whole > 0
                        if whole:
                            yield pcm[:whole]
                    return
            except OutboundFailed as failure:
                trouble = self._voice.speaker.vendor.trouble(failure)
            except Trouble as failure:
                trouble = failure
            if sounded or trouble.hopeless or attempt == _ATTEMPTS:
                raise VoiceBroke(trouble.message, denied=trouble.denied)

    async def _within(self, chunks: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout(self._voice.silence_seconds):
                return await anext(chunks, None)
        except TimeoutError:
            raise Trouble(f"{self._voice.speaker.vendor.name} went silent in the middle of a reply.") from None
