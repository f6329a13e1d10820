"""Cartesia. It obeys the public reference "Text to Speech (WebSocket)" and the guide "Contexts" of docs.cartesia.ai:
requests with a context, chunks of base64 sound, words with their places, an end for each context, `cancel`."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from tests.conformance.servers.speaking import (
    CHARACTER_SECONDS,
    Hush,
    Say,
    WebSocketVoiceDouble,
    Wished,
    sound_of,
)
from tests.support.lines import Opened


class CartesiaDouble(WebSocketVoiceDouble):
    """The voices."""

    provider = "cartesia"
    key_header = "x-api-key"
    voice_there = "5345cf08-6f37-424d-a5d9-8ae1101b9377"
    stock_path = "/voices"
    stock = {  # noqa: RUF012
        "data": [{"id": voice_there, "name": "Maria", "language": "de", "gender": "feminine"}],
        "has_more": False,
    }

    def listed(self, query: Mapping[str, Sequence[str]]) -> Any:
        if query.get("starting_after") == ["a0e99841-438c-4a64-b679-ae501e7d6091"]:
            return self.stock
        first = {"id": "a0e99841-438c-4a64-b679-ae501e7d6091", "name": "Sam", "language": "en"}
        return {"data": [first], "has_more": True}

    def complaint_about(self, path: str, query: Mapping[str, Sequence[str]], opened: Opened) -> str:
        return "" if path == "/tts/websocket" and "cartesia-version" in opened.headers else path

    def read(self, message: str | bytes, session: Any) -> Say | Hush | None:
        body = json.loads(message)
        if body.get("cancel"):
            return Hush([body["context_id"]])
        assert body["output_format"] == {"container": "raw", "encoding": "pcm_s16le", "sample_rate": self.rate_hz}
        assert body["continue"] is False
        assert body["add_timestamps"] is True
        speed = body.get("generation_config", {}).get("speed")
        wished = Wished(body["transcript"], body["voice"]["id"], body.get("language", ""), speed)
        return Say(body["context_id"], wished)

    def sound(self, context: str, text: str, begin: int) -> Sequence[str | bytes]:
        common = {"done": False, "status_code": 206, "context_id": context}
        data = b64encode(sound_of(text, self.rate_hz)).decode()
        words, starts, place = [], [], 0
        for word in text.split():
            place = text.index(word, place)
            words.append(word)
            starts.append((begin + place) * CHARACTER_SECONDS)
            place += len(word)
        timestamps = {"words": words, "start": starts, "end": [start + 0.01 for start in starts]}
        return [
            json.dumps({"type": "chunk", "data": data, "step_time": 1, **common}),
            json.dumps({"type": "timestamps", "word_timestamps": timestamps, **common}),
        ]

    def over(self, context: str) -> Sequence[str | bytes]:
        return [json.dumps({"type": "done", "done": True, "status_code": 206, "context_id": context})]

    def trouble(self, context: str, said: str) -> str:
        body = {"type": "error", "done": True, "message": said, "status_code": 500, "context_id": context}
        return json.dumps(body)
