"""Speech to text, through the official Python SDK: the ear follows a script, and counts what is really spoken."""

import asyncio
import base64
import io
import json

import pytest
from elevenlabs import AudioFormat, CommitStrategy, RealtimeEvents
from tests.contract.running import running_server
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

LINES = ["My order has not come yet.", "Where is it?"]
STOCK = "hibari_lark"
SILENCE = bytes(32_000 * 2)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A server whose ear hears `LINES`, one for each stretch of speech."""
    ear = {"scripted": {"lines": LINES, "repeats": True}}
    with running_server(tmp_path_factory.mktemp("ears"), ear="scripted", providers={"ear": ear}) as server:
        yield server


@pytest.fixture(scope="module")
def sentence(running):
    """Somebody says something for two seconds or so, at 16 kHz."""
    import httpx

    reply = httpx.post(
        f"{running.base_url}/v1/text-to-speech/{STOCK}?output_format=pcm_16000",
        json={"text": "Somebody is saying something here."},
        headers={"xi-api-key": running.api_key},
        timeout=60,
    )
    assert reply.status_code == 200
    return reply.content


def wav(pcm, rate=16_000, format="WAV"):
    import numpy as np
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.frombuffer(pcm, "<i2"), rate, format=format)
    return file.getvalue()


@pytest.mark.covers("POST /v1/speech-to-text")
@pytest.mark.parametrize("format", ["WAV", "MP3", "FLAC", "OGG"])
def test_each_stretch_of_a_recording_is_written_down_with_its_time(contract, sentence, format):
    pcm = sentence + SILENCE + sentence
    contract.python.speech_to_text.convert(
        model_id="scribe_v1", file=("two.wav", wav(pcm, format=format)), timestamps_granularity="character"
    )
    body = contract.last
    assert body["text"] == " ".join(LINES)
    assert body["language_code"] == "eng"
    assert body["audio_duration_secs"] == pytest.approx(len(pcm) / 32_000, abs=0.1)
    words = [word for word in body["words"] if word["type"] == "word"]
    assert [word["text"] for word in words] == " ".join(LINES).split()
    assert "".join(word["text"] for word in body["words"]) == body["text"]
    spoken = len(sentence) / 32_000
    first, second = words[0], words[LINES[0].count(" ") + 1]
    assert first["start"] < 0.6
    assert second["start"] == pytest.approx(spoken + 2.0, abs=0.6)
    assert "".join(letter["text"] for letter in first["characters"]) == first["text"]


def test_plain_samples_need_no_header(contract, sentence):
    contract.python.speech_to_text.convert(
        model_id="scribe_v1", file=("one.pcm", sentence + SILENCE), file_format="pcm_s16le_16"
    )
    assert contract.last["text"] == LINES[0]


def test_silence_is_nothing(contract):
    contract.python.speech_to_text.convert(model_id="scribe_v1", file=("none.wav", wav(SILENCE)))
    assert (contract.last["text"], contract.last["words"]) == ("", [])


def test_what_cannot_be_read_is_refused_with_a_remedy(contract):
    def refused(data, **form):
        reply = contract.http.post(
            "/v1/speech-to-text", data={"model_id": "scribe_v1", **form}, files={"file": ("x.m4a", data)}
        )
        return reply.status_code, reply.text

    code, text = refused(b"\0\0\0\x20ftypM4A " + bytes(200))
    assert (code, "ffmpeg" in text) == (422, True)
    assert refused(b"")[0] == 422
    assert refused(wav(SILENCE)[:30])[0] == 422
    assert '"use_multi_channel"' in refused(wav(SILENCE), use_multi_channel="true")[1]
    assert refused(wav(SILENCE), webhook="true")[0] == 422
    assert contract.http.post("/v1/speech-to-text", files={"model_id": (None, "scribe_v1")}).status_code == 422


async def spoken_live(server, pcm, **options):
    """What the official client hears of a stream that somebody speaks."""
    from elevenlabs.realtime import ScribeRealtime

    scribe = ScribeRealtime(server.api_key, server.base_url.replace("http", "ws", 1))
    line = await scribe.connect(
        {"model_id": "scribe_v2_realtime", "audio_format": AudioFormat.PCM_16000, "sample_rate": 16_000, **options}
    )
    heard, committed = [], asyncio.Event()
    for event in RealtimeEvents:
        line.on(event, heard.append)
    line.on(RealtimeEvents.COMMITTED_TRANSCRIPT, lambda _: committed.set())
    for begin in range(0, len(pcm), 8_000):
        await line.send({"audio_base_64": base64.b64encode(pcm[begin : begin + 8_000]).decode()})
    if "commit_strategy" not in options:
        await line.commit()
    async with asyncio.timeout(30):
        await committed.wait()
    await line.close()
    return [message for message in heard if message and "message_type" in message]


def test_the_official_client_commits_what_was_said(running, sentence):
    heard = asyncio.run(spoken_live(running, sentence + SILENCE + sentence, include_timestamps=True))
    assert heard[0]["message_type"] == "session_started"
    assert heard[0]["config"]["sample_rate"] == 16_000
    committed = [message["text"] for message in heard if message["message_type"] == "committed_transcript"]
    assert committed == [" ".join(LINES)]


def test_or_lets_the_server_commit_after_a_silence(running, sentence):
    heard = asyncio.run(spoken_live(running, sentence + SILENCE, commit_strategy=CommitStrategy.VAD))
    assert [each["text"] for each in heard if each["message_type"] == "committed_transcript"] == [LINES[0]]
    assert [each["text"] for each in heard if each["message_type"] == "partial_transcript"][-1] == LINES[0]


@pytest.mark.parametrize(
    ("query", "message", "kind"),
    [
        ("", "nonsense", "input_error"),
        ("", json.dumps({"message_type": "input_audio_chunk", "audio_base_64": "%"}), "input_error"),
        ("audio_format=mp3", None, "input_error"),
        ("vad_silence_threshold_secs=99", None, "input_error"),
        ("vad_threshold=1.5", None, "input_error"),
        ("min_silence_duration_ms=1", None, "input_error"),
        ("no_verbatim=true", None, "input_error"),
        ("entity_redaction=all", None, "input_error"),
    ],
)
def test_what_is_wrong_is_said_in_the_protocols_words(running, query, message, kind):
    base = running.base_url.replace("http", "ws", 1)
    with connect(
        f"{base}/v1/speech-to-text/realtime?{query}", additional_headers={"xi-api-key": running.api_key}
    ) as line:
        if message is not None:
            line.recv(10)
            line.send(message)
        assert json.loads(line.recv(10))["message_type"] == kind
        with pytest.raises(ConnectionClosed):
            line.recv(10)


def test_whoever_has_no_key_is_told_so(running):
    with connect(f"{running.base_url.replace('http', 'ws', 1)}/v1/speech-to-text/realtime") as line:
        assert json.loads(line.recv(10))["message_type"] == "auth_error"


def test_what_no_ear_here_can_do_is_refused_by_name_and_never_left_out_in_silence(contract):
    from vivavoce.features.voices.routes_hearing import NOT_DONE

    wished = {
        "num_speakers": "2",
        "diarization_threshold": "0.2",
        "temperature": "0.7",
        "additional_formats": '[{"format": "srt"}]',
        "entity_detection": '"all"',
        "entity_redaction": '["pii"]',
        "numbers_format": "digits",
        "transcript_edit": "Be brief.",
        "webhook_id": "wh_1",
        "webhook_metadata": '{"a": 1}',
    }
    form = {"model_id": "scribe_v2"}
    for field, remedy in NOT_DONE.items():
        reply = contract.http.post(
            "/v1/speech-to-text", data=form | {field: wished.get(field, "true")}, files={"file": ("x.wav", b"RIFF")}
        )
        fault = reply.json()["detail"][0]
        assert (reply.status_code, fault["loc"], fault["msg"]) == (422, ["body", field], remedy)


def test_who_asks_for_nothing_special_by_name_gets_it(contract):
    nothing = {"diarize": "false", "num_speakers": "1", "temperature": "0.0", "entity_detection": "null", "seed": "7"}
    reply = contract.http.post(
        "/v1/speech-to-text",
        data={"model_id": "scribe_v2", **nothing},
        files={"file": ("none.wav", wav(SILENCE)), "additional_formats": (None, "[]", "application/json")},
    )
    assert (reply.status_code, reply.json()["text"]) == (200, "")


def test_a_page_without_a_key_is_written_down_once_with_a_token(running):
    import httpx

    headers = {"xi-api-key": running.api_key}
    answer = httpx.post(f"{running.base_url}/v1/single-use-token/realtime_scribe", headers=headers, timeout=60)
    address = f"{running.base_url.replace('http', 'ws', 1)}/v1/speech-to-text/realtime?token={answer.json()['token']}"
    with connect(address) as line:
        assert json.loads(line.recv(60))["message_type"] == "session_started"
    with connect(address) as line:
        assert json.loads(line.recv(60))["message_type"] == "auth_error"
