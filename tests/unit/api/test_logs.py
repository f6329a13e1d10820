"""Logs say what happened, and nobody's words or keys."""

import io
import json
import logging

import pytest
import structlog
from tests.unit.api.example import make_server, served

from vivavoce.api.logs import BLANK, configure_logs
from vivavoce.api.options import ServerOptions


@pytest.fixture
def output():
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers, root.level
    yield stream
    root.handlers, root.level = before
    configure_logs(stream=io.StringIO())


def lines(output: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_customer_content_is_dropped_however_deep(output):
    configure_logs(stream=output)
    structlog.get_logger("vivavoce.test").info(
        "heard", pii="my words", pii_text="my words", answer={"text.pii": "my words", "length": 3}, rows=[{"pii": 1}]
    )
    [line] = lines(output)
    assert "my words" not in output.getvalue()
    assert line["answer"] == {"length": 3}
    assert line["rows"] == [{}]
    assert line["event"] == "heard"
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_customer_content_is_kept_if_asked_for(output):
    configure_logs(stream=output, customer_content=True)
    structlog.get_logger("vivavoce.test").info("heard", pii_text="my words")
    assert lines(output)[0]["pii_text"] == "my words"


def test_a_word_that_contains_the_letters_is_no_content(output):
    configure_logs(stream=output)
    structlog.get_logger("vivavoce.test").info("copied", copiied="yes", pipeline="p")
    assert lines(output)[0]["copiied"] == "yes"


@pytest.mark.parametrize(
    "name",
    ["api_key", "xi-api-key", "Authorization", "cookie", "password", "webhook_secret", "access_token", "signature"],
)
def test_values_under_secret_names_are_blanked(output, name):
    configure_logs(stream=output)
    structlog.get_logger("vivavoce.test").info("x", headers={name: "swordfish"}, **{name: "swordfish"})
    assert "swordfish" not in output.getvalue()
    assert lines(output)[0][name] == BLANK


def test_numbers_are_no_secrets(output):
    configure_logs(stream=output)
    structlog.get_logger("vivavoce.test").info("thought", prompt_tokens=312)
    assert lines(output)[0]["prompt_tokens"] == 312


@pytest.mark.parametrize(
    "text",
    [
        "xi_swordfish0123456789abcdef",
        "Bearer swordfish",
        "headers: {'xi-api-key': 'swordfish'}",
        "[(b'xi-api-key', b'swordfish')]",
        "Cookie: a=b; session=swordfish",
        "postgresql://me:swordfish@host/db",
        "GET /v1/convai/conversation?agent_id=a&conversation_signature=swordfish HTTP/1.1",
        "http://127.0.0.1:8080/?login=swordfish",
    ],
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_texts_that_look_like_secrets_are_blanked_also_in_tracebacks(output, text, form):
    configure_logs(stream=output, form=form)
    structlog.get_logger("vivavoce.test").info(f"saw {text}", text=text, raw=text.encode())
    logging.getLogger("some.library").warning("saw %s", text)
    try:
        raise RuntimeError(text)
    except RuntimeError:
        structlog.get_logger("vivavoce.test").exception("failed")
        logging.getLogger("some.library").exception("failed")
    assert "swordfish" not in output.getvalue()
    assert "RuntimeError" in output.getvalue()


def test_tracebacks_never_show_variables(output):
    configure_logs(stream=output, form="console")
    spoken = "my words"
    try:
        raise RuntimeError(len(spoken))
    except RuntimeError:
        structlog.get_logger("vivavoce.test").exception("failed")
    assert "my words" not in output.getvalue()


def test_small_talk_of_libraries_is_left_out(output):
    configure_logs(stream=output)
    logging.getLogger("some.library").info("quiet")
    logging.getLogger("some.library").warning("loud")
    assert [line["event"] for line in lines(output)] == ["loud"]


def test_levels_are_kept(output):
    configure_logs(stream=output, level="warning")
    structlog.get_logger("vivavoce.test").info("quiet")
    structlog.get_logger("vivavoce.test").warning("loud")
    assert [line["event"] for line in lines(output)] == ["loud"]


@pytest.mark.anyio
async def test_a_failed_request_is_logged_with_its_id_and_nothing_that_was_sent(output):
    configure_logs(stream=output)
    async with served(make_server(options=ServerOptions(access_log=True))) as client:
        headers = {"xi-api-key": "key_a", "cookie": "vivavoce_session=session_a", "authorization": "Bearer key_b"}
        response = await client.get("/v1/broken?token=swordfish", headers=headers)
        await client.post("/v1/boats", headers=headers, json={"name": "my words"})
    failed = next(line for line in lines(output) if line["event"] == "request_failed")
    assert failed["request_id"] == response.headers["x-request-id"]
    assert failed["route"] == "/v1/broken"
    assert "RuntimeError" in failed["exception"]
    made = [line for line in lines(output) if line.get("route") == "/v1/boats"]
    assert made[0]["workspace_id"] == "ws_a"
    assert made[0]["status"] == 200
    for secret in ("key_a", "key_b", "session_a", "my words", "token="):
        assert secret not in output.getvalue()
