"""ElevenLabs. It obeys the public reference "Realtime" of Speech to Text (GET /v1/speech-to-text/realtime) of
elevenlabs.io: chunks of base64 sound that may commit, partial and committed transcripts, errors by their names; and its
guide on keyterms: fifty, of twenty characters and five words. A commit after less than 0.3 s of sound ends the session.

For its voices it obeys "Multi-Context WebSocket" (GET /v1/text-to-speech/:voice_id/multi-stream-input) and "List
voices" (GET /v2/voices): contexts that open with a space, sound with the place of every character, an end for each, and
tags in a text that are read if the line was asked to."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from tests.conformance.servers import speaking
from tests.conformance.servers.hearing import Ask, WebSocketEarDouble, Wished
from tests.conformance.servers.speaking import Hush, Say, WebSocketVoiceDouble, sound_of
from tests.support.lines import Opened


class ElevenLabsEarDouble(WebSocketEarDouble):
    """The ear."""

    provider = "elevenlabs_realtime"
    key_header = "xi-api-key"
    path = "/v1/speech-to-text/realtime"
    least_asked_seconds = 0.3

    def wished(self, query: Mapping[str, Sequence[str]]) -> Wished:
        return Wished(query["language_code"][0], query.get("keyterms", ()))

    def complaint_about(self, query: Mapping[str, Sequence[str]]) -> str:
        for keyterm in query.get("keyterms", ()):
            if len(keyterm) > 20 or len(keyterm.split()) > 5 or any(sign in "<>{}[]\\" for sign in keyterm):
                return f"invalid_keyword: {keyterm}"
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
        return [json.dumps({"message_type": "committed_transcript", "text": words})]

    def trouble(self, said: str) -> str:
        return json.dumps({"message_type": "transcriber_error", "error": said})


class ElevenLabsVoiceDouble(WebSocketVoiceDouble):
    """The voices."""

    provider = "elevenlabs"
    key_header = "xi-api-key"
    stability = True
    voice_there = "JBFqnCBsd6RMkjVDRZzb"
    stock_path = "/v2/voices"
    stock = {  # noqa: RUF012
        "voices": [
            {
                "voice_id": "JBFqnCBsd6RMkjVDRZzb",
                "name": "George",
                "labels": {"gender": "male", "accent": "british", "age": "middle_aged", "language": "en"},
                "verified_languages": [{"language": "de"}],
            }
        ],
        "has_more": False,
    }

    def listed(self, query: Mapping[str, Sequence[str]]) -> Any:
        if query.get("next_page_token") == ["page two"]:
            return self.stock
        first = {"voice_id": "EXAVITQu4vr4xnSDxMaL", "name": "Sarah", "labels": {}}
        return {"voices": [first], "has_more": True, "next_page_token": "page two"}

    def complaint_about(self, path: str, query: Mapping[str, Sequence[str]], opened: Opened) -> str:
        right = path.startswith("/v1/text-to-speech/") and path.endswith("/multi-stream-input")
        return "" if right and query["output_format"] == ["pcm_24000"] else f"{path} {query}"

    def session(self, path: str, query: Mapping[str, Sequence[str]]) -> Any:
        return path.split("/")[3], query, {}

    def read(self, message: str | bytes, session: Any) -> Say | Hush | None:
        voice, query, contexts = session
        body = json.loads(message)
        context = body["context_id"]
        if context not in contexts:
            assert body["text"] == " ", "a context opens with a space"
            contexts[context] = [body.get("voice_settings", {}), ""]
            return None
        settings, text = contexts[context]
        if body.get("close_context"):
            if text is None:
                return Hush([context])
            contexts[context][1] = None
            reads_tags = query.get("enable_ssml_parsing") == ["true"]
            assert reads_tags == ("<break" in text or "<phoneme" in text), "tags are read if the line was asked to"
            language = query.get("language_code", [""])[0]
            return Say(
                context,
                speaking.Wished(text.rstrip(), voice, language, settings.get("speed"), settings.get("stability")),
            )
        assert body["text"].endswith(" "), "a text ends with a space"
        contexts[context][1] = text + body["text"]
        return None

    def sound(self, context: str, text: str, begin: int) -> Sequence[str | bytes]:
        lead = [" "] if begin == 0 else []
        chars = [*lead, *text]
        starts = [max(0, 10 * (place - len(lead))) for place in range(len(chars))]
        alignment = {"chars": chars, "charStartTimesMs": starts, "charDurationsMs": [10] * len(chars)}
        audio = b64encode(sound_of(text, self.rate_hz)).decode()
        return [json.dumps({"audio": audio, "alignment": alignment, "isFinal": False, "contextId": context})]

    def over(self, context: str) -> Sequence[str | bytes]:
        return [json.dumps({"audio": None, "isFinal": True, "contextId": context})]

    def trouble(self, context: str, said: str) -> str:
        return json.dumps({"error": "server_error", "message": said, "contextId": context})
