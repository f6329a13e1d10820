"""Blobs keep their promises in every form: the double, a folder, and S3 as far as obstore speaks it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.s3 import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, TinyS3

from vivavoce import storage
from vivavoce.base.errors import NotFound, Unavailable
from vivavoce.ports.blobs import BadPath, Blobs, content_type_of
from vivavoce.ports.clock import ManualClock, SystemClock
from vivavoce.ports.jobs import RunningJob
from vivavoce.storage.blobs import BadBlobsUrl, StoredBlobs, open_blobs, sweep_blobs

pytestmark = pytest.mark.anyio

PART = 5 * 1024 * 1024
WS, OTHER = "workspace_1", "workspace_2"


@pytest.fixture(params=["memory", "file", "s3"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blobs]:
    clock = ManualClock()
    match request.param:
        case "memory":
            yield open_blobs("memory://", clock)
        case "file":
            yield open_blobs(f"file://{tmp_path}/blobs", clock)
        case _:
            async with TinyS3().serving() as s3:
                yield open_blobs(s3.blobs_url(), clock)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def read(blobs: Blobs, path: str, **span: int) -> bytes:
    stream = await blobs.stream(WS, path, **span)
    whole = b"".join([chunk async for chunk in stream.chunks])
    assert stream.end - stream.start == len(whole)
    return whole


async def paths(blobs: Blobs, workspace_id: str, folder: str = "") -> list[str]:
    return sorted([info.path async for info in blobs.list(workspace_id, folder)])


async def test_a_blob_comes_back_as_it_went(blobs: Blobs) -> None:
    put = await blobs.put(WS, "avatars/a.png", b"\x00picture")
    info = await blobs.info(WS, "avatars/a.png")
    assert info is not None
    assert (info.path, info.size_bytes, info.content_type) == ("avatars/a.png", 8, "image/png")
    assert (put.size_bytes, put.etag, put.content_type) == (info.size_bytes, info.etag, info.content_type)
    assert await blobs.get(WS, "avatars/a.png") == b"\x00picture"


async def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    await blobs.put(WS, "empty", b"")
    await blobs.put(WS, "empty-too", chunks())
    assert await blobs.get(WS, "empty") == await read(blobs, "empty-too") == b""


async def test_chunks_of_any_size_become_one_blob(blobs: Blobs) -> None:
    sent = [b"a" * (PART + 1), b"", b"b" * 3, b"c" * PART]
    put = await blobs.put(WS, "recordings/conv_1.wav", chunks(*sent))
    assert put.size_bytes == 2 * PART + 4
    assert put.etag
    assert await blobs.get(WS, "recordings/conv_1.wav") == b"".join(sent)


async def test_another_content_has_another_etag(blobs: Blobs) -> None:
    first = await blobs.put(WS, "a", b"one")
    second = await blobs.put(WS, "a", b"two")
    assert first.etag != second.etag


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, None, b"0123456789"),
        (2, 5, b"234"),
        (7, None, b"789"),
        (7, 99, b"789"),
        (10, None, b""),
        (99, 100, b""),
        (4, 4, b""),
    ],
)
async def test_a_range_is_cut_to_what_is_there(blobs: Blobs, start: int, end: int | None, expected: bytes) -> None:
    await blobs.put(WS, "digits", b"0123456789")
    stream = await blobs.stream(WS, "digits", start=start, end=end)
    assert b"".join([chunk async for chunk in stream.chunks]) == expected
    assert stream.info.size_bytes == 10


async def test_what_is_not_there_is_not_found(blobs: Blobs) -> None:
    assert await blobs.info(WS, "a") is None
    with pytest.raises(NotFound):
        await blobs.get(WS, "a")
    with pytest.raises(NotFound):
        await blobs.stream(WS, "a")
    await blobs.delete(WS, "a")


async def test_workspaces_do_not_see_each_other(blobs: Blobs) -> None:
    await blobs.put(WS, "a", b"mine")
    assert await blobs.info(OTHER, "a") is None
    await blobs.delete(OTHER, "a")
    assert await blobs.delete_folder(OTHER) == 0
    assert await blobs.get(WS, "a") == b"mine"


async def test_a_list_is_of_a_folder_not_of_a_beginning(blobs: Blobs) -> None:
    for path in ["r/conv_1/a", "r/conv_1/b", "r/conv_10/a", "r/conv_1/deep/c", "q", "r/conv_1/d", "r/conv_1/e"]:
        await blobs.put(WS, path, b"x")
    assert await paths(blobs, WS, "r/conv_1") == [f"r/conv_1/{name}" for name in ("a", "b", "d", "deep/c", "e")]
    assert len(await paths(blobs, WS)) == 7
    assert await paths(blobs, WS, "nowhere") == []


async def test_a_folder_goes_with_all_that_is_below(blobs: Blobs) -> None:
    for number in range(8):
        await blobs.put(WS, f"docs/{number}", b"x")
    await blobs.put(WS, "docs2/1", b"x")
    assert await blobs.delete_folder(WS, "docs") == 8
    assert await paths(blobs, WS) == ["docs2/1"]
    assert await blobs.delete_folder(WS) == 1
    assert await paths(blobs, WS) == []


async def test_a_failing_writer_changes_nothing(blobs: Blobs) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"n" * (PART + 5)
        yield b"n" * PART
        raise RuntimeError("the caller hung up")

    await blobs.put(WS, "a", b"old")
    with pytest.raises(RuntimeError, match="hung up"):
        await blobs.put(WS, "a", breaks())
    assert await blobs.get(WS, "a") == b"old"
    assert await paths(blobs, WS) == ["a"]


async def test_a_reader_meets_the_old_blob_until_the_new_one_is_whole(blobs: Blobs) -> None:
    half_way, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"n" * (PART + 5)
        half_way.set()
        await go_on.wait()
        yield b"n"

    await blobs.put(WS, "a", b"old")
    writing = asyncio.ensure_future(blobs.put(WS, "a", slowly()))
    await half_way.wait()
    assert await blobs.get(WS, "a") == b"old"
    go_on.set()
    await writing
    assert await blobs.get(WS, "a") == b"n" * (PART + 6)


OUTWARDS = ("..", "../a", "a/../b", "/a", "a/", "a//b", ".", "./a", "a/.hidden", "%2e%2e/a")
ODD = ("", "a\0b", "a\\b", "a b", "ä", "a\n", "x" * 201, "/".join(["abc"] * 200))


@pytest.mark.parametrize("path", [*OUTWARDS, *ODD])
async def test_a_path_that_could_lead_out_is_refused(blobs: Blobs, path: str) -> None:
    with pytest.raises(BadPath):
        await blobs.put(WS, path, b"x")
    with pytest.raises(BadPath):
        await blobs.get(path, "a")


async def test_the_content_type_is_that_of_the_ending() -> None:
    assert content_type_of("r/conv.WAV") == "audio/wav"
    assert content_type_of("a.b/readme") == content_type_of("a") == "application/octet-stream"
    assert content_type_of("page.html") == "text/html"


async def test_s3_is_spoken_with_parts_types_and_one_request_for_many_deletes() -> None:
    async with TinyS3().serving() as s3:
        blobs = open_blobs(s3.blobs_url("deep/prefix"), ManualClock())
        await blobs.put(WS, "a.wav", b"w" * (2 * PART + 1))
        for number in range(5):
            await blobs.put(WS, f"many/{number}.json", b"{}")
        assert s3.objects["deep/prefix/workspace_1/a.wav"].content_type == "audio/wav"
        assert sum("partNumber" in request for request in s3.requests) == 3
        assert await blobs.delete_folder(WS, "many") == 5
        assert sum(request.endswith("delete") for request in s3.requests) == 1
        assert list(s3.objects) == ["deep/prefix/workspace_1/a.wav"]
        assert s3.uploads == {}


async def test_credentials_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with TinyS3().serving() as s3:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        blobs = open_blobs(f"s3://{BUCKET}?region={REGION}&endpoint={s3.url}", ManualClock())
        await blobs.put(WS, "a", b"x")
        assert list(s3.objects) == ["workspace_1/a"]


@pytest.mark.parametrize("url", ["gs://bucket/prefix", "az://container/prefix?account_name=a&account_key=aGVsbG8="])
async def test_other_clouds_are_opened_by_their_url(url: str) -> None:
    assert isinstance(open_blobs(url, ManualClock()), StoredBlobs)


KILLED = """
import asyncio, sys
from vivavoce.ports.clock import SystemClock
from vivavoce.storage.blobs import open_blobs

async def endless():
    yield b"x" * 6_000_000
    print("half", flush=True)
    await asyncio.Event().wait()

asyncio.run(open_blobs(sys.argv[1], SystemClock()).put("workspace_1", "a", endless()))
"""


async def test_what_a_killed_writer_left_is_invisible_and_swept_after_a_day(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now())
    blobs = open_blobs(f"file://{tmp_path}", clock)
    await blobs.put(WS, "a", b"old")
    environment = {**os.environ, "PYTHONPATH": str(Path(storage.__file__).parents[2])}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, f"file://{tmp_path}"), stdout=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"half\n"
    process.kill()
    await process.wait()
    assert await blobs.get(WS, "a") == b"old"
    assert await paths(blobs, WS) == ["a"]
    left: list[int] = []
    for seconds in (0, 2 * 86_400):
        clock.advance(seconds)
        await sweep_blobs(blobs, clock).run(RunningJob("job_1", "blobs.sweep", "", {}, 1))
        left.append(len(list((tmp_path / WS).iterdir())))
    assert left == [2, 1]
    assert await blobs.get(WS, "a") == b"old"


async def test_a_wrong_s3_secret_is_unavailable_and_stays_secret(caplog: pytest.LogCaptureFixture) -> None:
    async with TinyS3().serving() as s3:
        blobs = open_blobs(s3.blobs_url(secret="another-secret"), ManualClock())
        with pytest.raises(Unavailable) as refused:
            await blobs.put(WS, "a", b"x")
        assert "another-secret" not in caplog.text + str(refused.value)
        assert s3.objects == {}


@pytest.mark.parametrize(
    "url", ["", "ftp://x/y", "/var/blobs", "file://relative/path", "s3://b?no_such_option=hush", "file:///dev/null/x"]
)
async def test_a_url_that_cannot_be_used_is_refused_by_name(url: str) -> None:
    with pytest.raises(BadBlobsUrl, match="blobs_url") as refused:
        open_blobs(url, ManualClock())
    assert "hush" not in str(refused.value)
