"""Lists on the wire: how a page is asked for and what it looks like.

    ListIn = Annotated[Listing, Depends(listing())]      search and order too
    PagesIn = Annotated[Paging, Depends(paging())]                                     a cursor and a size

    GET ...?page_size=30&cursor=...&search=...&sort_by=name&sort_direction=asc
    {"agents": [...], "next_cursor": "...", "has_more": true}

`limit` is an older name of `page_size` and means the same. A list of values is a repeated key (`tag_ids=a&tag_ids=b`),
which FastAPI reads for a parameter of type `Annotated[list[str] | None, Query()]`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Query

from vivavoce.base.errors import Invalid
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.base.pages import Page
from vivavoce.ports import documents

T = TypeVar("T")

SortDirection = Literal["asc", "desc"]

_LONGEST_CURSOR = 2048
_LONGEST_SEARCH = 512

Cursor = Annotated[
    str | None, Query(max_length=_LONGEST_CURSOR, description="Where the last page ended: its `next_cursor`.")
]
Search = Annotated[str | None, Query(max_length=_LONGEST_SEARCH, description="Only what has this in its name.")]
SortBy = Annotated[documents.SortBy | None, Query(description="What to sort by.")]
Direction = Annotated[SortDirection | None, Query(description="Ascending or descending.")]
Limit = Annotated[int | None, Query(description="An older name of `page_size`.", deprecated=True)]


# Until the end of the year 9999, which is as far as dates go.
UnixSeconds = Annotated[int | None, Query(ge=0, le=253_402_300_799, description="Seconds of UTC since 1970.")]
UnixMilliseconds = Annotated[
    int | None, Query(ge=0, le=253_402_300_799_999, description="Milliseconds of UTC since 1970.")
]


@frozen
class Paging:
    """Which page: after `cursor`, with `page_size` rows."""

    page_size: int = 30
    cursor: str | None = None


@frozen
class Listing(Paging):
    """Which page of which list: searched and sorted."""

    search: str | None = None
    sort_by: documents.SortBy = "created_at"
    descending: bool = True

    def query(
        self, *, facets: Mapping[str, Sequence[str]] | None = None, parent_id: str | None = None
    ) -> documents.Query:
        """The same as a query for documents."""
        return documents.Query(
            page_size=self.page_size,
            cursor=self.cursor,
            search=self.search,
            sort_by=self.sort_by,
            descending=self.descending,
            parent_id=parent_id,
            facets=facets or {},
        )


def paging(*, default: int = 30, maximum: int = 100) -> Callable[..., Awaitable[Paging]]:
    """A dependency that reads which page is wanted."""

    async def read(
        cursor: Cursor = None, page_size: int = _size_parameter(default, maximum), limit: Limit = None
    ) -> Paging:
        return Paging(_size(page_size, limit, maximum), cursor or None)

    return read


def listing(*, default: int = 30, maximum: int = 100) -> Callable[..., Awaitable[Listing]]:
    """A dependency that reads which page of a searched and sorted list is wanted.

    The newest come first if nobody says otherwise; names start at A.
    """

    async def read(  # noqa: PLR0917 - FastAPI passes them by name
        cursor: Cursor = None,
        page_size: int = _size_parameter(default, maximum),
        limit: Limit = None,
        search: Search = None,
        sort_by: SortBy = None,
        sort_direction: Direction = None,
    ) -> Listing:
        by: documents.SortBy = sort_by or "created_at"
        descending = sort_direction == "desc" if sort_direction else by != "name"
        return Listing(_size(page_size, limit, maximum), cursor or None, search or None, by, descending)

    return read


def page_body(name: str, page: Page[T], **more: object) -> Body:
    """A page as the contract shows it, its rows under `name`."""
    return {name: page.items, "next_cursor": page.next_cursor, "has_more": page.has_more, **more}


def _size_parameter(default: int, maximum: int) -> Any:
    return Query(default, ge=1, le=maximum, description=f"How many at most; {default} if not given.")


def _size(page_size: int, limit: int | None, maximum: int) -> int:
    if limit is None:
        return page_size
    if not 1 <= limit <= maximum:
        raise Invalid(("query", "limit"), f"Input should be from 1 to {maximum}", type="out_of_range")
    return limit
