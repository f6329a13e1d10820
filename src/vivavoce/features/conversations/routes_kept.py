"""The routes of calls that were kept as tests. Ours."""

from typing import Annotated

from fastapi import Depends
from pydantic import Field
from starlette.responses import Response

from vivavoce.api.auth import ConvaiReader, ConvaiWriter
from vivavoce.api.pages import Paging, page_body, paging
from vivavoce.api.routing import Router
from vivavoce.api.schema import Flag, Integer, Wire
from vivavoce.api.sent import parsed, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.conversations.keeping import KeptCalls
from vivavoce.features.workspace.service import Acting
from vivavoce.ports import documents

router = Router(tags=["Conversations"])

PATH = "/v1/vivavoce/kept-calls"
ONE = f"{PATH}/{{kept_call_id}}"
LONGEST_NAME = 100
LONGEST_ID = 100

KeptIn = Annotated[KeptCalls, Depends(provided(KeptCalls))]
PagesIn = Annotated[Paging, Depends(paging())]


class KeepWish(Wire):
    """A call to be kept. Its name is that of a file, too."""

    conversation_id: Annotated[str, Field(max_length=LONGEST_ID)]
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=r"^[\w][\w .-]*$")]
    keeps_words: Flag = False


class KeptCallRead(Wire):
    """A call that was kept."""

    kept_call_id: str
    name: str
    conversation_id: str
    agent_id: str
    keeps_words: Flag
    event_count: Integer
    kept_at_unix: Integer


class KeptCallsPage(Wire):
    """A page of them."""

    kept_calls: list[KeptCallRead]
    next_cursor: str | None = None
    has_more: Flag


class KeptCallCheck(Wire):
    """Whether this version decides it alike."""

    diverges: Flag
    verdict: str


@router.post(PATH, response_model=shown(KeptCallRead))
async def keep_call(
    body: Annotated[KeepWish, Depends(parsed(KeepWish))], caller: ConvaiWriter, actor: Acting, kept: KeptIn
) -> Body:
    """Keep a conversation as a test, in made-up words unless its own may stay."""
    return await kept.keep(actor, body.conversation_id, body.name, keeps_words=body.keeps_words)


@router.get(PATH, response_model=shown(KeptCallsPage))
async def list_kept_calls(caller: ConvaiReader, kept: KeptIn, wanted: PagesIn) -> Body:
    """The calls that were kept, newest first."""
    query = documents.Query(page_size=wanted.page_size, cursor=wanted.cursor)
    return page_body("kept_calls", await kept.page(caller.workspace_id, query))


@router.get(f"{ONE}/recording", response_class=Response)
async def get_recording(kept_call_id: str, caller: ConvaiReader, kept: KeptIn) -> Response:
    """The recording: what `tests/recordings` holds and `vivavoce replay` reads."""
    recording = await kept.recording(caller.workspace_id, kept_call_id)
    headers = {"content-disposition": f'attachment; filename="{kept_call_id}.jsonl"'}
    return Response(recording, media_type="application/jsonl", headers=headers)


@router.get(f"{ONE}/check", response_model=shown(KeptCallCheck))
async def check_kept_call(kept_call_id: str, caller: ConvaiReader, kept: KeptIn) -> Body:
    """Live through a kept call again, and say whether it is decided as it was."""
    return await kept.check(caller.workspace_id, kept_call_id)


@router.delete(ONE)
async def delete_kept_call(kept_call_id: str, caller: ConvaiWriter, actor: Acting, kept: KeptIn) -> Body:
    """Keep a call no longer."""
    await kept.delete(actor, kept_call_id)
    return {}
