"""A small S3 on loopback: one bucket in memory, with what obstore uses of the protocol, and a signature that must fit.

Objects (PUT, GET with ranges and conditions, HEAD, DELETE), bulk delete, ListObjectsV2 with pages, multipart uploads.
Every request's Signature Version 4 is computed again from what arrived; a wrong one is answered with 403, as is a body
that differs from the hash it was signed with.
"""

import asyncio
import hashlib
import hmac
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, quote, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import uvicorn

BUCKET, REGION, ACCESS_KEY, SECRET_KEY = "bucket", "eu-central-1", "AKIDEXAMPLE", "s3-secret-of-the-tests"
PAGE = 3  # small, so that every longer list needs several pages


@dataclass
class Refused(Exception):
    status: int
    code: str


@dataclass
class Request:
    method: str
    raw_path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return unquote(self.raw_path).removeprefix(f"/{BUCKET}").lstrip("/")


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Stored:
    data: bytes
    content_type: str
    etag: str


class TinyS3:
    """The server's state, open to a test's eyes."""

    def __init__(self) -> None:
        self.objects: dict[str, Stored] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.requests: list[str] = []
        self.url = ""
        self._upload_ids = itertools.count(1)
        self._upload_types: dict[str, str] = {}

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["TinyS3"]:
        config = uvicorn.Config(self._app, port=0, log_level="error", lifespan="off", ws="none", interface="asgi3")
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None
        socket = config.bind_socket()
        task = asyncio.create_task(server.serve(sockets=[socket]))
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        try:
            yield self
        finally:
            server.should_exit = server.force_exit = True
            await task

    def blobs_url(self, prefix: str = "some/where", secret: str = SECRET_KEY) -> str:
        options = f"region={REGION}&endpoint={self.url}&access_key_id={ACCESS_KEY}&secret_access_key={secret}"
        return f"s3://{BUCKET}/{prefix}?{options}"

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive()) and message["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        request = Request(scope["method"], scope["raw_path"].decode(), query, headers, body)
        self.requests.append(f"{request.method} {request.key} {'&'.join(sorted(query))}".rstrip())
        try:
            check_signature(request)
            reply = self._handle(request)
        except Refused as refused:
            reply = Reply(refused.status, f"<Error><Code>{refused.code}</Code></Error>".encode())
        sent = {"content-length": str(len(reply.body))} | reply.headers
        pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else reply.body})

    def _handle(self, request: Request) -> Reply:
        match request.method, sorted(request.query):
            case "GET", names if "list-type" in names:
                return self._list(request.query)
            case (("GET" | "HEAD"), _):
                return self._get(request)
            case "PUT", ["partNumber", "uploadId"]:
                return self._put_part(request)
            case "PUT", _:
                return self._store(request.key, request.body, request.headers.get("content-type", ""))
            case "POST", ["uploads"]:
                return self._begin_upload(request)
            case "POST", ["uploadId"]:
                return self._complete_upload(request)
            case "POST", ["delete"]:
                return self._delete_many(request)
            case "DELETE", ["uploadId"]:
                del self.uploads[request.query["uploadId"]]
                return Reply(204)
            case "DELETE", _:
                self.objects.pop(request.key, None)
                return Reply(204)
            case _:
                raise Refused(501, "NotImplemented")

    def _store(self, key: str, data: bytes, content_type: str) -> Reply:
        etag = f'"{hashlib.md5(data).hexdigest()}"'
        self.objects[key] = Stored(data, content_type, etag)
        return Reply(headers={"etag": etag})

    def _get(self, request: Request) -> Reply:
        found = self.objects.get(request.key)
        if found is None:
            raise Refused(404, "NoSuchKey")
        if request.headers.get("if-match", found.etag) != found.etag:
            raise Refused(412, "PreconditionFailed")
        headers = {
            "etag": found.etag,
            "content-type": found.content_type,
            "last-modified": formatdate(1_800_000_000, usegmt=True),
        }
        if "range" not in request.headers:
            return Reply(200, found.data, headers | {"content-length": str(len(found.data))})
        first, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        if int(first) >= len(found.data):
            raise Refused(416, "InvalidRange")
        part = found.data[int(first) : int(last) + 1 if last else None]
        span = f"bytes {first}-{int(first) + len(part) - 1}/{len(found.data)}"
        return Reply(206, part, headers | {"content-range": span})

    def _list(self, query: dict[str, str]) -> Reply:
        after = query.get("continuation-token", "")
        keys = [key for key in sorted(self.objects) if key.startswith(query.get("prefix", "")) and key > after]
        page, more = keys[:PAGE], len(keys) > PAGE
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key].data)}</Size>"
            f"<ETag>{escape(self.objects[key].etag)}</ETag><LastModified>2027-01-15T08:00:00.000Z</LastModified></Contents>"
            for key in page
        )
        return _xml("ListBucketResult", f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{entries}")

    def _delete_many(self, request: Request) -> Reply:
        keys = [element.text or "" for element in ElementTree.fromstring(request.body).iter() if _is(element, "Key")]
        for key in keys:
            self.objects.pop(key, None)
        return _xml("DeleteResult", "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys))

    def _begin_upload(self, request: Request) -> Reply:
        id = f"upload-{next(self._upload_ids)}"
        self.uploads[id] = {}
        self._upload_types[id] = request.headers.get("content-type", "")
        return _xml("InitiateMultipartUploadResult", f"<UploadId>{id}</UploadId>")

    def _put_part(self, request: Request) -> Reply:
        self.uploads[request.query["uploadId"]][int(request.query["partNumber"])] = request.body
        return Reply(headers={"etag": f'"{hashlib.md5(request.body).hexdigest()}"'})

    def _complete_upload(self, request: Request) -> Reply:
        parts = self.uploads.pop(request.query["uploadId"])
        named = [int(e.text or 0) for e in ElementTree.fromstring(request.body).iter() if _is(e, "PartNumber")]
        if any(len(parts[number]) < 5 * 1024 * 1024 for number in named[:-1]):
            raise Refused(400, "EntityTooSmall")
        data = b"".join(parts[number] for number in named)
        stored = self._store(request.key, data, self._upload_types[request.query["uploadId"]])
        return _xml("CompleteMultipartUploadResult", f"<ETag>{escape(stored.headers['etag'])}</ETag>")


def _xml(name: str, inside: str) -> Reply:
    xml = f'<?xml version="1.0"?><{name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inside}</{name}>'
    return Reply(body=xml.encode(), headers={"content-type": "application/xml"})


def _is(element: ElementTree.Element, name: str) -> bool:
    return element.tag.rpartition("}")[2] == name


def check_signature(request: Request) -> None:
    """Signature Version 4 as the service computes it."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme != "AWS4-HMAC-SHA256":
        raise Refused(403, "AccessDenied")
    given = dict(part.strip().split("=", 1) for part in rest.split(","))
    access_key, date, region, service, _ = given["Credential"].split("/")
    if (access_key, region, service) != (ACCESS_KEY, REGION, "s3"):
        raise Refused(403, "InvalidAccessKeyId")
    signed = given["SignedHeaders"].split(";")
    content_hash = request.headers["x-amz-content-sha256"]
    if content_hash not in ("UNSIGNED-PAYLOAD", hashlib.sha256(request.body).hexdigest()):
        raise Refused(400, "XAmzContentSHA256Mismatch")
    pairs = sorted((quote(name, "-_.~"), quote(value, "-_.~")) for name, value in request.query.items())
    canonical = "\n".join(
        [
            request.method,
            quote(unquote(request.raw_path), "/-_.~"),
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{' '.join(request.headers[name].split())}" for name in signed),
            "",
            ";".join(signed),
            content_hash,
        ]
    )
    to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            request.headers["x-amz-date"],
            f"{date}/{region}/s3/aws4_request",
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{SECRET_KEY}".encode()
    for step in (date, region, "s3", "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    if not hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), given["Signature"]):
        raise Refused(403, "SignatureDoesNotMatch")
