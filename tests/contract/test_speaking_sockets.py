"""Text to speech over WebSockets: by the official Python client, and by hand what it never sends."""

import json
from base64 import b64decode

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

STOCK = "hibari_martin"
WAIT_SECONDS = 60


class Socket:
    """A client by hand."""

    def __init__(self, contract, way="stream-input", *, key=True, **query):
        base = contract.server.base_url.replace("http", "ws", 1)
        words = "&".join(f"{name}={value}" for name, value in {"output_format": "pcm_16000", **query}.items())
        headers = {"xi-api-key": contract.server.api_key} if key else {}
        self.line = connect(f"{base}/v1/text-to-speech/{STOCK}/{way}?{words}", additional_headers=headers)

    def say(self, text=None, **more):
        self.line.send(json.dumps(more if text is None else {"text": text, **more}))

    def next(self):
        return json.loads(self.line.recv(WAIT_SECONDS))

    def rest(self):
        """Everything to the end, and how it ended."""
        came = []
        try:
            while True:
                came.append(self.next())
        except ConnectionClosed as closed:
            self.line.close()
            return came, closed.rcvd.code


def seconds(*messages):
    return sum(len(b64decode(each["audio"])) for each in messages if each.get("audio")) / 32_000


def test_the_official_client_speaks_while_it_writes(contract):
    speech = contract.python.text_to_speech
    # The client insists on TLS, which a server on loopback does without.
    speech._ws_base_url = contract.server.base_url.replace("http", "ws", 1)
    words = iter(["Hello there. ", "Your order", " is ready."])
    chunks = list(speech.convert_realtime(STOCK, text=words, model_id="eleven_flash_v2_5", output_format="pcm_16000"))
    assert 1.0 < sum(map(len, chunks)) / 32_000 < 6.0


def test_sound_comes_before_the_text_is_over(contract):
    socket = Socket(contract, sync_alignment="true")
    socket.say(" ", voice_settings={"speed": 1.1})
    socket.say("Hello there. ")
    socket.say("Your order is ready. And", try_trigger_generation=True)
    first = socket.next()
    assert seconds(first) > 0.3
    assert "".join(first["alignment"]["chars"]).strip() == "Hello there."
    socket.say(" so am I")
    socket.say("")
    came, code = socket.rest()
    assert code == 1000
    assert came[-1] == {"audio": None, "isFinal": True, "normalizedAlignment": None, "alignment": None}
    assert seconds(*came) > 1.0


def test_flush_says_what_is_no_whole_sentence_yet(contract):
    socket = Socket(contract, key=False)
    socket.say(" ", xi_api_key=contract.server.api_key)
    socket.say("One two three", flush=True)
    heard = 0.0
    while heard < 0.4:
        heard += seconds(socket.next())
    socket.say("")
    assert socket.rest()[1] == 1000


def test_several_streams_share_a_socket(contract):
    socket = Socket(contract, "multi-stream-input")
    socket.say("First of all. ", context_id="a")
    socket.say("In the second place. ", context_id="b")
    socket.say(context_id="a", close_context=True)
    socket.say(context_id="b", flush=True)
    heard = {"a": 0.0, "b": 0.0}
    final = set()
    while "a" not in final or not heard["b"]:
        message = socket.next()
        heard[message["contextId"]] += seconds(message)
        if message["isFinal"]:
            final.add(message["contextId"])
    assert heard["a"] > 0.3
    socket.say("And more.", context_id="b")
    socket.say(close_socket=True)
    came, code = socket.rest()
    assert code == 1000
    assert seconds(*came) > 0.2
    assert came[-1]["isFinal"] is True


@pytest.mark.parametrize(
    ("first", "error"),
    [
        ({"text": " "}, "needs_authorization"),
        ({"text": " ", "xi_api_key": "xi_wrong"}, "invalid_api_key"),
        ({"text": 1}, "invalid_message"),
        ([], "invalid_message"),
    ],
)
def test_whoever_may_not_is_told_in_the_protocols_words(contract, first, error):
    socket = Socket(contract, key=False)
    socket.line.send(json.dumps(first))
    came, code = socket.rest()
    assert (came[0]["error"], code) == (error, 1008)


def test_what_cannot_be_is_refused_by_name(contract):
    def error(*messages, **query):
        socket = Socket(contract, **query)
        for message in messages:
            socket.say(**message)
        came, code = socket.rest()
        return came[-1]["error"], code

    assert error({"text": " "}, output_format="flac") == ("invalid_output_format", 1008)
    assert error({"text": " ", "voice_settings": {"speed": "fast"}}) == ("invalid_message", 1008)
    assert error({"text": "x " * 20_001}) == ("max_character_limit_exceeded", 1008)
    assert error({"text": " "}, inactivity_timeout=1) == ("input_timeout_exceeded", 1008)


@pytest.mark.covers("POST /v1/single-use-token/{token_type}")
@pytest.mark.parametrize("way", ["stream-input", "multi-stream-input"])
def test_a_page_without_a_key_speaks_once_with_a_token(contract, way):
    token = contract.python.tokens.single_use.create("tts_websocket").token
    socket = Socket(contract, way, key=False, single_use_token=token, inactivity_timeout=120)
    socket.say("Hello there. ", flush=True)
    assert seconds(socket.next()) > 0.1
    again = Socket(contract, way, key=False, single_use_token=token)
    again.say("Hello there. ", flush=True)
    came, code = again.rest()
    assert (came[-1]["error"], code) == ("invalid_token", 1008)
    other = contract.python.tokens.single_use.create("realtime_scribe").token
    socket = Socket(contract, way, key=False, single_use_token=other)
    socket.say("Hello there. ")
    assert socket.rest()[1] == 1008


@pytest.mark.parametrize("kind", ["batch_scribe", "nonsense"])
def test_tokens_are_for_the_sockets_alone(contract, kind):
    reply = contract.http.post(f"/v1/single-use-token/{kind}")
    assert (reply.status_code, "realtime_scribe" in reply.text) == (422, True)
