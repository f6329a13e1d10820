"""AssemblyAI. It obeys the public pages "Streaming API" (wss /v3/ws) and "Message Sequence" of assemblyai.com: sound in
binary frames of 50 ms to a second, `Turn` messages whose words grow, `ForceEndpoint` that ends a turn where there is
one and is silent where there is none."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.conformance.servers.hearing import RATE_HZ, Ask, WebSocketEarDouble, Wished

KINDS = {"ForceEndpoint": "ask", "KeepAlive": "alive", "Terminate": "bye"}


class AssemblyAIDouble(WebSocketEarDouble):
    """The ear."""

    provider = "assemblyai"
    path = "/v3/ws"

    def wished(self, query: Mapping[str, Sequence[str]]) -> Wished:
        language = "en" if query["speech_model"] == ["universal-streaming-english"] else "any"
        if query["speech_model"] == ["whisper-rt"]:
            assert "keyterms_prompt" not in query, "this model takes none"
        return Wished(language, json.loads(query.get("keyterms_prompt", ["[]"])[0]))

    def complaint_about(self, query: Mapping[str, Sequence[str]]) -> str:
        wanted = {"encoding": ["pcm_s16le"], "sample_rate": ["16000"]}
        return str({name: query.get(name) for name, value in wanted.items() if query.get(name) != value} or "")

    def greeting(self) -> Sequence[str]:
        return [json.dumps({"type": "Begin", "id": "s1", "expires_at": 1759796682})]

    def read(self, message: str | bytes) -> Ask:
        if isinstance(message, bytes):
            assert 0.05 <= len(message) / 2 / RATE_HZ <= 1.0, "it refuses such pieces"
            return Ask("audio", message)
        return Ask(KINDS[json.loads(message)["type"]])  # pyright: ignore[reportArgumentType]

    def partial(self, words: str) -> str:
        return self._turn(words.rpartition(" ")[0], words, end_of_turn=False)

    def final(self, words: str, seconds: float) -> Sequence[str]:
        return [self._turn(words, words, end_of_turn=True)] if words else []

    def _turn(self, transcript: str, words: str, **more: Any) -> str:
        each = [{"text": word, "word_is_final": True, "start": 0, "end": 1, "confidence": 1} for word in words.split()]
        turn = {"type": "Turn", "turn_order": 0, "turn_is_formatted": False, "transcript": transcript, "words": each}
        return json.dumps({**turn, "utterance": "", "end_of_turn_confidence": 0.1, **more})

    def trouble(self, said: str) -> str:
        return json.dumps({"type": "Error", "error": said})
