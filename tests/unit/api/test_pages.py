"""How a page of a list is asked for."""

import pytest

pytestmark = pytest.mark.anyio


async def asked(client, query: str) -> dict:
    return (await client.get(f"/v1/boats?{query}")).json()["asked"]


async def test_nothing_asked_is_the_newest_thirty(client):
    assert await asked(client, "") == {
        "page_size": 30,
        "cursor": None,
        "search": None,
        "sort_by": "created_at",
        "descending": True,
        "tags": [],
    }


async def test_everything_asked(client):
    query = "page_size=7&cursor=c&search=a+b&sort_by=name&sort_direction=desc&tag_ids=x&tag_ids=y"
    assert await asked(client, query) == {
        "page_size": 7,
        "cursor": "c",
        "search": "a b",
        "sort_by": "name",
        "descending": True,
        "tags": ["x", "y"],
    }


async def test_names_start_at_a(client):
    assert (await asked(client, "sort_by=name"))["descending"] is False


async def test_an_empty_cursor_is_the_first_page(client):
    assert (await asked(client, "cursor=&search="))["cursor"] is None


async def test_limit_is_an_older_name_of_page_size(client):
    assert (await asked(client, "limit=5"))["page_size"] == 5


async def test_the_answer_says_whether_there_is_more(client):
    answer = (await client.get("/v1/boats")).json()
    assert (answer["boats"], answer["has_more"], answer["next_cursor"]) == ([], True, "next")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("page_size=many", "page_size"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("sort_by=size", "sort_by"),
        ("sort_direction=up", "sort_direction"),
        ("search=" + "x" * 513, "search"),
        ("cursor=" + "x" * 2049, "cursor"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(client, query, field):
    answer = await client.get(f"/v1/boats?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", field]
