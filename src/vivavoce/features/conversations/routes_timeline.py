"""The route that tells a conversation moment by moment, with the engine's reason for each decision. Ours."""

from dataclasses import asdict
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import Depends, Query
from starlette.responses import Response

from vivavoce.api.auth import ConvaiReader
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.schema import Flag, Integer, Number, Wire
from vivavoce.api.sent import shown
from vivavoce.api.services import provided
from vivavoce.base.errors import Conflict, NotFound
from vivavoce.base.json import Body
from vivavoce.engine.journal import JournalError, decode
from vivavoce.engine.timeline import timeline, verdict
from vivavoce.features.conversations.history import Conversations

router = Router(tags=["Conversations"])

ConversationsIn = Annotated[Conversations, Depends(provided(Conversations))]
Everything = Annotated[bool, Query(description="Also each token after the first, each piece of sound.")]


class SentenceRead(Wire):
    text: str
    detail: Flag


class MomentRead(Wire):
    number: Integer
    at: Number
    actor: Literal["line", "caller", "mind", "voice", "tool", "human", "clock"]
    text: str
    because: str | None = None
    then: list[SentenceRead]
    state: str
    detail: Flag
    diverges: Flag


class TimelineRead(Wire):
    moments: list[MomentRead]
    event_count: Integer
    verdict: str
    diverges: Flag


@router.get("/v1/vivavoce/conversations/{conversation_id}/timeline", response_model=shown(TimelineRead))
async def get_timeline(
    conversation_id: str, caller: ConvaiReader, conversations: ConversationsIn, everything: Everything = False
) -> Response:
    """A conversation as the engine lives through it again: what happened, and why what was done about it was done."""
    journal = await conversations.journal(caller.workspace_id, conversation_id)
    if not journal:
        raise NotFound(
            "No journal was kept of this conversation: its agent's settings keep none, or its time was over.",
            status="no_journal",
        )
    # A long call takes a while, and this loop has calls to serve.
    return json_reply(await to_thread.run_sync(_told, journal.decode("utf-8", "replace"), everything))


def _told(text: str, everything: bool) -> Body:
    try:
        moments = list(timeline(decode(text)))
    except JournalError as error:
        raise Conflict(f"This version cannot read the journal. {error}", status="journal_unreadable") from None
    return {
        "moments": [asdict(moment) for moment in moments if everything or not moment.detail],
        "event_count": len(moments),
        "verdict": verdict(moments),
        "diverges": any(moment.diverges for moment in moments),
    }
