"""A language model behind HTTP that says what a test wants, when the test wants it: the OpenAI chat API on loopback.

with mind_server() as mind:
    ...
    question = mind.asked()              the server's next request, held open
    question.say("Hello")                a piece of the answer
    question.finish()                    or `fail(500)`, or `break_off()`; or nothing at all
    question.until_abandoned()           the server does not wait for the answer any more
"""

import json
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "held-model"
WITHIN_SECONDS = 20.0


@dataclass(frozen=True)
class _Step:
    data: bytes
    last: bool = False
    status: int = 200


@dataclass
class Question:
    """One request."""

    body: dict[str, Any]
    connection: socket.socket
    steps: queue.Queue[_Step] = field(default_factory=queue.Queue[_Step])

    @property
    def said(self) -> str:
        """The last thing the caller said."""
        return next(message["content"] for message in reversed(self.body["messages"]) if message["role"] == "user")

    def say(self, text: str) -> None:
        """A piece of the answer."""
        self._chunk({"content": text})

    def call(self, name: str, arguments: dict[str, Any]) -> None:
        """An answer that is a tool call."""
        function = {"name": name, "arguments": json.dumps(arguments)}
        self._chunk({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]})
        self._chunk({}, finish_reason="tool_calls")
        self.steps.put(_Step(b"data: [DONE]\n\n", last=True))

    def finish(self, text: str = "") -> None:
        """The rest of the answer, and its end."""
        if text:
            self.say(text)
        self._chunk({}, finish_reason="stop")
        self.steps.put(_Step(b"data: [DONE]\n\n", last=True))

    def fail(self, status: int) -> None:
        """No answer but an error; only before anything was said."""
        self.steps.put(_Step(b'{"error": {"message": "held back"}}', last=True, status=status))

    def break_off(self) -> None:
        """The connection ends in the middle."""
        self.steps.put(_Step(b"", last=True))

    def until_abandoned(self) -> None:
        """Wait until the server has hung up on the model."""
        self.connection.settimeout(WITHIN_SECONDS)
        with suppress(ConnectionResetError):
            assert self.connection.recv(1) == b""

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": MODEL,
            "choices": [choice],
        }
        self.steps.put(_Step(f"data: {json.dumps(chunk)}\n\n".encode()))


class MindServer(ThreadingHTTPServer):
    """The model's server."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.questions: queue.Queue[Question] = queue.Queue()

    @property
    def base_url(self) -> str:
        """What a provider is told."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def forget(self) -> None:
        """Break off whatever was asked and not answered."""
        while not self.questions.empty():
            self.questions.get().break_off()

    def asked(self) -> Question:
        """The next request, waiting for it if need be."""
        return self.questions.get(timeout=WITHIN_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    server: MindServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        question = Question(body, self.connection)
        self.server.questions.put(question)
        self.close_connection = True
        step = question.steps.get()
        try:
            self.send_response(step.status)
            self.send_header("content-type", "text/event-stream" if step.status == 200 else "application/json")
            self.end_headers()
            self.wfile.write(step.data)
            while not step.last:
                step = question.steps.get()
                self.wfile.write(step.data)
        except OSError:
            pass  # the server did not wait for it

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def mind_server() -> Iterator[MindServer]:
    """A model, until the block ends."""
    with MindServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
