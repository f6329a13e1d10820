"""What a picture is, and where the pictures of an agent are."""

import hashlib
import re
from collections.abc import Mapping

from vivavoce.base.errors import Invalid
from vivavoce.base.json import Body, patched
from vivavoce.ports.blobs import Blobs

LARGEST_BYTES = 5 * 1024 * 1024

_NAME = re.compile(r"[0-9a-f]{40}\.(png|jpg|gif|webp)")
_FIELD = ("body", "avatar_file")


def name_of(data: bytes) -> str:
    """A picture's name: what it is and what is in it; `Invalid` if it is nothing that we show."""
    return f"{hashlib.sha256(data).hexdigest()[:40]}.{_ending_of(data)}"


def is_picture_name(name: str) -> bool:
    """Whether a picture could have this name."""
    return _NAME.fullmatch(name) is not None


def avatar_path(agent_id: str, name: str) -> str:
    """Where this server shows a picture."""
    return f"/v1/convai/agents/{agent_id}/avatar/{name}"


def blob_path(agent_id: str, name: str) -> str:
    """Where a picture is kept."""
    return f"{blob_folder(agent_id)}/{name}"


def blob_folder(agent_id: str) -> str:
    """Where everything of an agent is kept that is too large for a row."""
    return f"agents/{agent_id}"


_SIGNS: Mapping[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
}


def _ending_of(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    for sign, ending in _SIGNS.items():
        if data.startswith(sign):
            return ending
    raise Invalid(_FIELD, "This is not a picture. Send a PNG, JPEG, GIF or WebP file.", type="avatar_type")


async def with_own_picture(blobs: Blobs, workspace_id: str, config: Body, old_id: str, new_id: str) -> Body:
    """The document of a copied agent: its picture is copied too, so that it stays when the original goes."""
    match config:
        case {"platform_settings": {"widget": {"custom_avatar_path": str(path)}}}:
            name = path.rsplit("/", 1)[-1]
        case _:
            return config
    if path != avatar_path(old_id, name) or await blobs.info(workspace_id, blob_path(old_id, name)) is None:
        return config
    await blobs.put(workspace_id, blob_path(new_id, name), await blobs.get(workspace_id, blob_path(old_id, name)))
    own = avatar_path(new_id, name)
    widget: Body = {"avatar": {"type": "image", "url": own}, "custom_avatar_path": own}
    return patched(config, {"platform_settings": {"widget": widget}})
