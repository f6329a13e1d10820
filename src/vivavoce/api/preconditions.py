"""Writing only what one has read: `ETag`, `If-Match` and `If-None-Match`.

    GET   .../agents/agent_01    -> ETag: "agtvrsn_01...-9f2c"
    PATCH .../agents/agent_01       If-Match: "agtvrsn_01...-9f2c"     412 if somebody changed it since

A tag says in one word what was read. Who sends it back with a change is refused when it is not in force any more, so
that nobody overwrites what they never saw; who sends none writes as ever. `If-None-Match: *` says that there was
nothing. The service compares, within its transaction.
"""

from typing import Annotated

from fastapi import Depends, Header

from vivavoce.base.errors import Outdated
from vivavoce.base.frozen import frozen

ANY = "*"
LONGEST = 1_000

Given = Annotated[str | None, Header(max_length=LONGEST, description="The `ETag` of what this change was made on.")]
Nothing = Annotated[str | None, Header(max_length=LONGEST, description="`*`: only where there is nothing yet.")]


@frozen
class Precondition:
    """What a writer has read: something with one of these tags, or nothing; all None is whatever there is."""

    tags: frozenset[str] | None = None
    only_new: bool = False

    def check(self, tag: str | None, message: str, *, status: str) -> None:
        """`Outdated` unless what is there (None: nothing) is what the writer has read."""
        if self.only_new and tag is not None:
            raise Outdated(message, status=status)
        if self.tags is not None and (tag is None or not self.tags & {tag, ANY}):
            raise Outdated(message, status=status)


WHATEVER = Precondition()


async def precondition(if_match: Given = None, if_none_match: Nothing = None) -> Precondition:
    """What the request's headers say."""
    return Precondition(None if if_match is None else tags_in(if_match), (if_none_match or "").strip() == ANY)


def tags_in(text: str) -> frozenset[str]:
    """The tags of a header. A weak one is none: what it stands for may differ in what matters here."""
    return frozenset(each.strip().strip('"') for each in text.split(",") if not each.strip().startswith("W/"))


def etag(tag: str) -> dict[str, str]:
    """The header that tells a tag."""
    return {"etag": f'"{tag}"'}


Expecting = Annotated[Precondition, Depends(precondition)]
