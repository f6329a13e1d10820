"""What is said of a vendor that fails."""

import pytest

from vivavoce.ports.outbound import OutboundFailed
from vivavoce.providers.far import Trouble, Vendor, as_http, http_address, said_in, web_socket_address

VENDOR = Vendor("Acme", ("open sesame",))


def test_no_key_is_in_a_message_however_it_came_there() -> None:
    said = "Wrong key: open   sesame\nor sk-live-0123456789; " + "x" * 1_000
    for text in (said.replace("open   sesame", "open sesame"), said):
        message = VENDOR.complaint(text).message
        assert "open sesame" not in message
        assert "sk-live" not in message
        assert "\n" not in message
        assert len(message) < 400


@pytest.mark.parametrize(
    ("status", "hopeless", "words"),
    [
        (401, True, "refuses the key"),
        (402, True, "no credit"),
        (404, True, "nothing at this address"),
        (429, False, "asked too often"),
        (503, False, "fails"),
        (418, False, "does not do what it is asked"),
    ],
)
def test_an_answer_that_is_none_is_put_in_words(status: int, hopeless: bool, words: str) -> None:
    for trouble in (VENDOR.refusal(status, "why"), VENDOR.trouble(OutboundFailed("broken", "no", status))):
        assert words in trouble.message
        assert trouble.message.startswith("Acme")
        assert trouble.hopeless is hopeless


def test_a_way_that_is_forbidden_is_not_tried_again() -> None:
    assert VENDOR.trouble(OutboundFailed("refused", "inside")).hopeless
    assert not VENDOR.trouble(OutboundFailed("slow", "late")).hopeless


@pytest.mark.parametrize("message", ["", "nonsense", b"\xff\xfe", "[1]", "null", "3"])
def test_what_is_no_object_is_trouble(message: str | bytes) -> None:
    with pytest.raises(Trouble, match="no JSON object"):
        VENDOR.json(message)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"message": "Why."}}', "Why."),
        (b'{"detail": {"message": "Why."}}', "Why."),
        (b'{"message": "Why."}', "Why."),
        (b'{"err_msg": "Why."}', "Why."),
        (b'{"other": 1}', ""),
        (b"<html>", ""),
        (b"[]", ""),
    ],
)
def test_what_an_error_says_is_found_where_the_vendor_puts_it(body: bytes, said: str) -> None:
    assert said_in(body) == said


def test_addresses_may_be_written_either_way() -> None:
    assert web_socket_address("https://x.example/") == "wss://x.example"
    assert web_socket_address("http://x.example") == "ws://x.example"
    assert as_http("wss://x.example") == "https://x.example"
    assert http_address("https://x.example/v1/") == "https://x.example/v1"
    for wrong in ("x.example", "ftp://x.example"):
        with pytest.raises(ValueError, match="must begin with"):
            web_socket_address(wrong)
        with pytest.raises(ValueError, match="must begin with"):
            http_address(wrong)
