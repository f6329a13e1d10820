"""Tickets over HTTP: a server gets them with its key, for its web pages."""

from typing import Annotated

from fastapi import Depends, Path
from starlette.responses import Response

from vivavoce.api.auth import SpeechWriter
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.schema import Wire
from vivavoce.api.sent import shown
from vivavoce.api.services import provided
from vivavoce.base.errors import Invalid
from vivavoce.features.voices.tickets import Tickets

router = Router(tags=["Speech tickets"])


class SingleUseTokenResponseModel(Wire):
    """A token that is good once."""

    token: str


@router.post("/v1/single-use-token/{token_type}", response_model=shown(SingleUseTokenResponseModel))
async def create_single_use_token(
    token_type: Annotated[str, Path(max_length=50, description="`realtime_scribe` or `tts_websocket`.")],
    caller: SpeechWriter,
    tickets: Annotated[Tickets, Depends(provided(Tickets))],
) -> Response:
    """What a web page opens one speech socket with, in place of a key."""
    match token_type:
        case "realtime_scribe" | "tts_websocket":
            return json_reply({"token": await tickets.issue(caller, token_type)})
        case "batch_scribe":
            raise Invalid(
                ("path", "token_type"),
                "Recordings take a key: send them from your server. There are tokens for realtime_scribe and "
                "tts_websocket.",
                type="not_supported",
            )
        case _:
            raise Invalid(("path", "token_type"), "Must be realtime_scribe or tts_websocket.", type="enum")
