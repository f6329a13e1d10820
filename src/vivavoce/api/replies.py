"""Answers: JSON as fast as it gets.

A route may return a model or plain data, which is serialized here, or a `Response` of its own. `raw_json` sends JSON
that is already bytes, as it lies in the database, without looking at it.
"""

from collections.abc import Mapping

import orjson
from starlette.responses import JSONResponse, Response

from vivavoce.base.json import Json


class OrjsonResponse(JSONResponse):
    """A JSON answer written by orjson."""

    def render(self, content: Json) -> bytes:
        """The bytes of the answer."""
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)


def json_reply(content: Json, code: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Plain data as an answer, past every model."""
    return OrjsonResponse(content, status_code=code, headers=headers)


def raw_json(content: bytes, code: int = 200) -> Response:
    """JSON that is already bytes, as an answer."""
    return Response(content, status_code=code, media_type="application/json")
