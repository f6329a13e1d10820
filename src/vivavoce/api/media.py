"""In which form a body comes, looked at before it is read.

FastAPI takes a body of another type for text and then misses a dictionary in it, which tells nobody to look at their
headers. A body that is packed (`Content-Encoding`) would be bytes that are no JSON; and a limit on what was sent says
nothing about what comes out of it.
"""

from typing import Literal

from fastapi import params
from starlette.datastructures import Headers

from vivavoce.base.errors import UnsupportedMedia

Media = Literal["json", "form"]

_WANTED: dict[Media, str] = {
    "json": "This route takes JSON. Send it with the header `Content-Type: application/json`",
    "form": "This route takes a form. Send it with the header `Content-Type: multipart/form-data` and its boundary",
}
_SHOWN_LENGTH = 100


def media_of(body: object | None) -> Media | None:
    """What a route takes whose body is declared like this."""
    if body is None:
        return None
    return "form" if isinstance(body, params.Form) else "json"


def check_media(headers: Headers, media: Media | None) -> None:
    """Refuse a body that the route could not read. What is not sent at all is not looked at."""
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMedia(
            f"The body is packed ({_shown(encoding)}), and packed bodies are not taken. Send it as it is, "
            "without the header Content-Encoding."
        )
    if media is not None and not _is(media, headers.get("content-type", "")):
        came = _shown(headers.get("content-type", ""))
        raise UnsupportedMedia(f"{_WANTED[media]}; it came {f'as {came}' if came else 'without that header'}.")


def _is(media: Media, content_type: str) -> bool:
    type, _, subtype = content_type.partition(";")[0].strip().lower().partition("/")
    if media == "form":
        return (type, subtype) in (("multipart", "form-data"), ("application", "x-www-form-urlencoded"))
    return type == "application" and (subtype == "json" or subtype.endswith("+json"))


def _shown(header: str) -> str:
    return repr(header[:_SHOWN_LENGTH]) if header else ""
