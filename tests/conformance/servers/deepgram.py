"""Deepgram. It obeys the public reference "Live Audio" (GET /v1/listen) and the guides "Finalize" and "Audio Keep
Alive" of developers.deepgram.com: `Results` with interim and final transcripts and their place in the audio, `Finalize`
answered with `from_finalize`, text frames for everything but sound."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.conformance.servers.hearing import Ask, WebSocketEarDouble, Wished

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
                **more,
            }
        )

    def trouble(self, said: str) -> str:
        return json.dumps({"type": "Error", "description": said, "message": "DATA-0000", "variant": "bad"})
