"""Conversations whose process is gone are closed: with the reason, and with the transcript up to the last turn.

A conversation that runs has a live registration (`ports.leases`); its process beats for it. One that says it runs and
has none is an orphan: the process was killed, or could not reach the database for so long that nobody knows. Every
serving process looks for them when it starts and now and then. Several may find the same one: the first closes it.

Whatever of a journal still lies in pieces is put into its blob here as well.
"""

import asyncio
import logging

from vivavoce.base.errors import Problem
from vivavoce.features.conversations.records import FAILED, ConversationRecords
from vivavoce.features.conversations.store import Change, Closing, Conversation, ConversationStore
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.leases import Leases

_log = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
# A call is registered before its record is made and unregistered after it was closed; this is for clocks that differ.
GRACE_SECONDS = 5.0
SEALED_WITHIN_SECONDS = 60.0

REASON = "The server stopped while the call ran."
CODE = 1011


class Orphans:
    """Looks after what other processes left behind."""

    def __init__(
        self, store: ConversationStore, records: ConversationRecords, leases: Leases, clock: Clock, owner: str
    ) -> None:
        self._store = store
        self._records = records
        self._leases = leases
        self._clock = clock
        self._owner = owner

    async def watch(self) -> None:
        """Look now, and again and again until cancelled."""
        while True:
            try:
                await self.close()
            except Problem as problem:
                _log.warning("Orphans were not looked for: %s", problem.message)
            except Exception:
                _log.exception("Orphans were not looked for.")
            await asyncio.sleep(EVERY_SECONDS)

    async def close(self) -> int:
        """Close what nobody holds any more; how many conversations that were."""
        for lapsed in await self._leases.adopt_orphans(self._owner):
            await self._leases.unregister(lapsed.workspace_id, lapsed.id, self._owner)
        found = 0
        for conversation in await self._store.running(self._ago(GRACE_SECONDS)):
            if await self._leases.lookup(conversation.workspace_id, conversation.id) is None:
                await self._close(conversation)
                found += 1
        await self._seal()
        return found

    async def _close(self, conversation: Conversation) -> None:
        closing = Closing(
            ended_at=conversation.seen_at,
            status=FAILED,
            termination_reason=REASON,
            body={**conversation.body, "cause": "orphaned", "error": {"code": CODE, "reason": REASON}},
        )
        change = Change(
            number=conversation.number,
            seen_at=conversation.seen_at,
            duration_seconds=conversation.duration_seconds,
            user_messages=conversation.user_messages,
            agent_messages=conversation.agent_messages,
            language=conversation.language,
            closing=closing,
        )
        await self._store.write([change])
        await self._records.seal(conversation.number, conversation.workspace_id, conversation.id)

    async def _seal(self) -> None:
        for number, workspace_id, id in await self._store.in_pieces(self._ago(SEALED_WITHIN_SECONDS)):
            await self._records.seal(number, workspace_id, id)

    def _ago(self, seconds: float) -> int:
        return self._clock.now() - round(seconds * SECOND)
