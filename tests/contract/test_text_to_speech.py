"""Text to speech, through the official Python SDK: real sound in every format, and when each character of it sounds."""

import io
from base64 import b64decode

import pytest
import soundfile

TEXT = "Hello there. Your order is ready."
STOCK = "hibari_martin"
WARNING = "x-vivavoce-warning"


@pytest.fixture
def speech(contract):
    return contract.python.text_to_speech


def decoded(data):
    """Seconds of sound in a file, and whether there is any."""
    samples, rate = soundfile.read(io.BytesIO(data))
    return len(samples) / rate, float(abs(samples).max()) > 0.05


def is_spoken(data):
    seconds, is_loud = decoded(data)
    return is_loud and 1.0 < seconds < 8.0


@pytest.mark.covers("POST /v1/text-to-speech/{voice_id}")
def test_a_text_becomes_a_file_of_sound(speech):
    assert is_spoken(b"".join(speech.convert(STOCK, text=TEXT)))
    pcm, slower = (
        b"".join(speech.convert(STOCK, text=TEXT, output_format="pcm_16000", voice_settings={"speed": speed}))
        for speed in (1.0, 0.7)
    )
    assert 1.0 < len(pcm) / 32_000 < 6.0
    assert len(slower) > 1.2 * len(pcm)


@pytest.mark.covers("POST /v1/text-to-speech/{voice_id}/stream")
def test_a_text_becomes_a_stream_of_sound(speech):
    assert is_spoken(b"".join(speech.stream(STOCK, text=TEXT, output_format="opus_48000_64")))
    assert is_spoken(b"".join(speech.stream(STOCK, text=TEXT)))
    ulaw = b"".join(speech.stream(STOCK, text=TEXT, output_format="ulaw_8000"))
    assert 1.0 < len(ulaw) / 8_000 < 6.0


@pytest.mark.covers("POST /v1/text-to-speech/{voice_id}/with-timestamps")
def test_every_character_has_its_time(contract, speech):
    speech.convert_with_timestamps(STOCK, text=TEXT, output_format="pcm_16000")
    alignment, seconds = contract.last["alignment"], len(b64decode(contract.last["audio_base64"])) / 32_000
    assert "".join(alignment["characters"]) == TEXT
    starts, ends = alignment["character_start_times_seconds"], alignment["character_end_times_seconds"]
    assert starts == sorted(starts)
    assert all(start <= end for start, end in zip(starts, ends, strict=True))
    assert ends[-1] == pytest.approx(seconds, abs=0.05)


@pytest.mark.covers("POST /v1/text-to-speech/{voice_id}/stream/with-timestamps")
def test_every_character_of_a_stream_has_its_time(speech):
    chunks = list(speech.stream_with_timestamps(STOCK, text=TEXT, output_format="pcm_16000"))
    said = [chunk for chunk in chunks if chunk.alignment]
    assert "".join(letter for chunk in said for letter in chunk.alignment.characters) == TEXT
    starts = [start for chunk in said for start in chunk.alignment.character_start_times_seconds]
    assert starts == sorted(starts)
    assert len(said) > 1
    assert sum(len(b64decode(chunk.audio_base_64)) for chunk in chunks) / 32_000 > starts[-1]


@pytest.mark.covers("GET /v1/voices/{voice_id}/samples/{sample_id}/audio")
def test_a_voice_can_be_heard_before_it_is_chosen(contract):
    contract.python.voices.get(STOCK)
    path = contract.last["preview_url"].removeprefix(contract.server.base_url)
    assert path == f"/v1/voices/{STOCK}/samples/preview/audio"
    assert is_spoken(b"".join(contract.python.voices.samples.audio.get(STOCK, "preview")))
    assert contract.http.get(f"/v1/voices/{STOCK}/samples/other/audio").status_code == 404


def test_a_voice_that_nobody_has_is_spoken_by_another_one_and_the_answer_says_so(contract):
    body, path = {"text": "Yes."}, "/v1/text-to-speech/{}?output_format=wav_8000"
    for familiar in ("JBFqnCBsd6RMkjVDRZzb", "cjVigY5qzO86Huf0OWal", STOCK):
        assert WARNING not in contract.http.post(path.format(familiar), json=body).headers
    reply = contract.http.post(path.format("nobody"), json=body)
    assert reply.status_code == 200
    assert reply.headers[WARNING] == "Nobody here has a voice 'nobody': Lark speaks instead."
    assert decoded(reply.content)[1]


@pytest.mark.parametrize("way", ["", "/stream", "/with-timestamps", "/stream/with-timestamps"])
def test_what_cannot_be_said_is_refused_by_name(contract, way):
    def status(text, **query):
        reply = contract.http.post(f"/v1/text-to-speech/{STOCK}{way}", json={"text": text}, params=query)
        return reply.status_code, reply.json()["detail"]

    assert status("😀")[1]["status"] == "nothing_to_say"
    assert status("Long. " * 8_000)[1]["status"] == "max_character_limit_exceeded"
    code, detail = status("Yes.", output_format="flac_44100")
    assert (code, detail["status"]) == (400, "invalid_output_format")
    assert "mp3_44100_128, " in detail["message"]
    assert status("")[0] == 422
    assert status("x" * 1_200_000)[0] == 413


@pytest.mark.parametrize("way", ["", "/stream", "/with-timestamps", "/stream/with-timestamps"])
def test_hints_that_no_voice_here_uses_are_named_in_the_answer(contract, way):
    path = f"/v1/text-to-speech/{STOCK}{way}?output_format=pcm_16000"
    hints = {"previous_text": "Before.", "next_request_ids": ["a"], "voice_settings": {"style": 0.4}}
    reply = contract.http.post(path, json={"text": "Yes.", **hints})
    assert reply.status_code == 200
    left_out = "previous_text, next_request_ids, voice_settings.style"
    assert reply.headers[WARNING] == f"Left out, because no voice here makes use of it: {left_out}."
    nothing = {"previous_text": "", "voice_settings": {"style": 0.0}, "seed": 3}
    assert WARNING not in contract.http.post(path, json={"text": "Yes.", **nothing}).headers


def test_a_language_that_the_voice_does_not_speak_is_refused(contract):
    path = f"/v1/text-to-speech/{STOCK}?output_format=pcm_16000"
    reply = contract.http.post(path, json={"text": "Guten Morgen.", "language_code": "de"})
    fault = reply.json()["detail"][0]
    assert (reply.status_code, fault["loc"], fault["type"]) == (422, ["body", "language_code"], "unsupported_language")
    assert "This voice speaks en." in fault["msg"]
    assert contract.http.post(path, json={"text": "Good morning.", "language_code": "en-GB"}).status_code == 200


def test_a_text_may_be_spoken_as_it_is_written(contract):
    path = f"/v1/text-to-speech/{STOCK}?output_format=pcm_8000"
    body = {"text": "Call +1 (555) 010-2345."}
    lengths = [
        len(contract.http.post(path, json=body | {"apply_text_normalization": how}).content)
        for how in ("auto", "on", "off")
    ]
    assert lengths[0] == lengths[1] != lengths[2]
