"""ElevenLabs. It obeys the public reference "Realtime" of Speech to Text (GET /v1/speech-to-text/realtime) of
elevenlabs.io: chunks of base64 sound that may commit, partial and committed transcripts, errors by their names."""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence

from tests.conformance.servers.hearing import Ask, WebSocketEarDouble, Wished


class ElevenLabsEarDouble(WebSocketEarDouble):
    """The ear."""

    provider = "elevenlabs_realtime"
    key_header = "xi-api-key"
    path = "/v1/speech-to-text/realtime"

    def wished(self, query: Mapping[str, Sequence[str]]) -> Wished:
        return Wished(query["language_code"][0], query.get("keyterms", ()))

    def complaint_about(self, query: Mapping[str, Sequence[str]]) -> str:
        wanted = {"audio_format": ["pcm_16000"], "commit_strategy": ["manual"], "model_id": ["scribe_v2_realtime"]}
        return str({name: query.get(name) for name, value in wanted.items() if query.get(name) != value} or "")

    def greeting(self) -> Sequence[str]:
        return [json.dumps({"message_type": "session_started", "session_id": "s1", "config": {}})]

    def read(self, message: str | bytes) -> Ask:
        body = json.loads(message)
        assert (body["message_type"], body["sample_rate"]) == ("input_audio_chunk", 16_000)
        pcm = b64decode(body["audio_base_64"])
        if body["commit"]:
            return Ask("ask")
        return Ask("audio", pcm) if pcm else Ask("alive")

    def partial(self, words: str) -> str:
        return json.dumps({"message_type": "partial_transcript", "text": words})

    def final(self, words: str, seconds: float) -> Sequence[str]:
        if seconds < 0.3:
            return [json.dumps({"message_type": "commit_throttled", "error": "At least 0.3 s."})]
        return [json.dumps({"message_type": "committed_transcript", "text": words})]

    def trouble(self, said: str) -> str:
        return json.dumps({"message_type": "transcriber_error", "error": said})
