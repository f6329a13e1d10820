"""Deepgram. It obeys the public reference "Live Audio" (GET /v1/listen) and the guides "Finalize" and "Audio Keep
Alive" of developers.deepgram.com: `Results` with interim and final transcripts and their place in the audio, `Finalize`
answered with `from_finalize`, text frames for everything but sound. For its voices it obeys the reference "Continuous
Text Stream" (GET /v1/speak) and the guides "Flush" and "Clear"."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.conformance.servers import speaking
from tests.conformance.servers.hearing import Ask, WebSocketEarDouble, Wished
from tests.conformance.servers.speaking import Hush, Say, WebSocketVoiceDouble, sound_of
from tests.support.lines import Opened

KINDS = {"Finalize": "ask", "KeepAlive": "alive", "CloseStream": "bye"}


class DeepgramEarDouble(WebSocketEarDouble):
    """The ear."""

    provider = "deepgram"
    key_prefix = "Token "
    path = "/v1/listen"

    def wished(self, query: Mapping[str, Sequence[str]]) -> Wished:
        return Wished(query["language"][0], query.get("keyterm", ()))

    def complaint_about(self, query: Mapping[str, Sequence[str]]) -> str:
        wanted = {"encoding": ["linear16"], "sample_rate": ["16000"], "channels": ["1"], "interim_results": ["true"]}
        return str({name: query.get(name) for name, value in wanted.items() if query.get(name) != value} or "")

    def read(self, message: str | bytes) -> Ask:
        if isinstance(message, bytes):
            return Ask("audio", message)
        return Ask(KINDS[json.loads(message)["type"]])  # pyright: ignore[reportArgumentType]

    def partial(self, words: str) -> str:
        return self._results(words, 0.0, is_final=False)

    def final(self, words: str, seconds: float) -> Sequence[str]:
        first, _, rest = words.partition(" ")
        settled = [self._results(first, seconds - 0.5, is_final=True)] if rest else []
        return [*settled, self._results(rest or first, seconds, is_final=True, from_finalize=True)]

    def _results(self, words: str, until: float, **more: Any) -> str:
        alternative = {"transcript": words, "confidence": 0.9, "words": []}
        return json.dumps(
            {
                "type": "Results",
                "channel_index": [0, 1],
                "start": 0.0,
                "duration": max(0.0, until),
                "speech_final": False,
                "channel": {"alternatives": [alternative]},
                "metadata": {"request_id": "r1", "model_uuid": "m1", "model_info": {}},
                **more,
            }
        )

    def trouble(self, said: str) -> str:
        return json.dumps({"type": "Error", "description": said, "message": "DATA-0000", "variant": "bad"})


class DeepgramVoiceDouble(WebSocketVoiceDouble):
    """The voices. They have no contexts: a piece is what was said before a flush."""

    provider = "deepgram"
    aligns = False
    key_prefix = "Token "
    voice_there = "aura-2-orion-en"
    stock_path = "/v1/models"
    stock = {  # noqa: RUF012
        "stt": [],
        "tts": [
            {
                "name": "orion",
                "canonical_name": "aura-2-orion-en",
                "languages": ["en", "en-US"],
                "metadata": {"accent": "American", "age": "Adult", "tags": ["masculine", "calm"]},
            }
        ],
    }

    def complaint_about(self, path: str, query: Mapping[str, Sequence[str]], opened: Opened) -> str:
        right = path == "/v1/speak" and query["encoding"] == ["linear16"] and query["sample_rate"] == ["24000"]
        return "" if right else f"{path} {query}"

    def session(self, path: str, query: Mapping[str, Sequence[str]]) -> Any:
        return query, []

    def read(self, message: str | bytes, session: Any) -> Say | Hush | None:
        query, waiting = session
        body = json.loads(message)
        match body["type"]:
            case "Speak":
                waiting.append(body["text"])
                return None
            case "Flush":
                text = "".join(waiting)
                waiting.clear()
                speed = float(query["speed"][0]) if "speed" in query else None
                return Say("", speaking.Wished(text, query["model"][0], "", speed))
            case "Clear":
                return Hush([""])
            case _:
                return None

    def sound(self, context: str, text: str, begin: int) -> Sequence[str | bytes]:
        return [sound_of(text, self.rate_hz)]

    def over(self, context: str) -> Sequence[str | bytes]:
        return [json.dumps({"type": "Flushed", "sequence_id": 0})]

    def trouble(self, context: str, said: str) -> str:
        return json.dumps({"type": "Error", "description": said, "code": "DATA-0001"})
