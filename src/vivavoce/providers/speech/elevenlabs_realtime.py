"""ElevenLabs' ear: Scribe's realtime transcription over a WebSocket, committed at our pauses."""

import re
from collections.abc import Iterable
from urllib.parse import urlencode

import orjson
from pybase64 import b64encode
from pydantic import Field, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.ports.outbound import LineRequest
from vivavoce.ports.speech import EarWishes
from vivavoce.providers.far import LIVE, KeyedOptions, Vendor, text_of, web_socket_address
from vivavoce.providers.registry import Outside, Provider
from vivavoce.providers.speech._streaming import Endurance, Partial, Settled, Spoken, StreamingEar, Told

_RATE_HZ = 16_000
_MOST_KEYWORDS, _LONGEST_KEYWORD, _MOST_WORDS = 50, 20, 5
_NO_KEYWORD = re.compile(r"[<>{}\[\]\\]")
_LEAST_COMMIT_SECONDS = 0.3
_HOPELESS = frozenset({"input_error", "invalid_request"})
_DENIED = frozenset({"auth_error", "quota_exceeded", "unaccepted_terms", "unaccepted_terms_error"})
_NOTHING_TO_COMMIT = frozenset({"commit_throttled", "insufficient_audio_activity"})


class ElevenLabsEarOptions(KeyedOptions):
    """Where it is, and how it listens."""

    base_url: str = Field(default="wss://api.elevenlabs.io", description="Its address.")
    model: str = Field(default="scribe_v2_realtime", description="The model that listens.")
    detects_language: bool = Field(
        default=False, description="Let it find out which language is spoken, rather than telling it the agent's."
    )
    keeps_logs: bool = Field(default=True, description="False asks the vendor to keep nothing, where the plan allows.")
    answer_seconds: float = Field(default=1.5, gt=0, description="How long a final may take.")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return web_socket_address(value)


@frozen
class ElevenLabsEarDialect:
    """How its line is spoken (`_streaming.Dialect`)."""

    options: ElevenLabsEarOptions
    always_answers: bool = True
    least_asked_seconds: float = _LEAST_COMMIT_SECONDS

    @property
    def vendor(self) -> Vendor:
        """ElevenLabs."""
        return Vendor("ElevenLabs", (self.options.api_key.get_secret_value(),))

    def request(self, wishes: EarWishes) -> LineRequest:
        """All that it is told stands in the address."""
        options = self.options
        language = wishes.language.partition("-")[0]
        query = [
            ("model_id", options.model),
            ("audio_format", f"pcm_{_RATE_HZ}"),
            ("commit_strategy", "manual"),
            ("enable_logging", "true" if options.keeps_logs else "false"),
            ("include_language_detection", "true") if options.detects_language else ("language_code", language),
            *(("keyterms", keyword) for keyword in list(filter(_is_keyterm, wishes.keywords))[:_MOST_KEYWORDS]),
        ]
        return LineRequest(
            f"{options.base_url}/v1/speech-to-text/realtime?{urlencode(query)}",
            {"xi-api-key": options.api_key.get_secret_value()},
            LIVE,
        )

    def audio(self, pcm: bytes, *, commit: bool = False) -> str:
        """A chunk, which may commit what came before."""
        return orjson.dumps(
            {
                "message_type": "input_audio_chunk",
                "audio_base_64": b64encode(pcm).decode(),
                "commit": commit,
                "sample_rate": _RATE_HZ,
            }
        ).decode()

    def ask(self) -> str:
        """Commit what you have been sent."""
        return self.audio(b"", commit=True)

    def keep_alive(self) -> str:
        """Nothing, which counts."""
        return self.audio(b"")

    def goodbye(self) -> None:
        """It has no word for it."""
        return

    def read(self, message: str | bytes) -> Iterable[Told]:
        """Transcripts, and errors by their names."""
        body = self.vendor.json(message)
        kind, text = text_of(body.get("message_type")), text_of(body.get("text")).strip()
        match kind:
            case "session_started":
                return
            case "committed_transcript_with_timestamps":
                # The same words once more; which language they are in stands here only.
                if language := text_of(body.get("language_code")):
                    yield Spoken(language)
            case "partial_transcript":
                yield Partial(text)
            case "committed_transcript":
                yield Settled(text, answers=True)
            case _ if kind in _NOTHING_TO_COMMIT:
                yield Settled("", answers=True)
            case _:
                said = text_of(body.get("error")) or text_of(body.get("message"))
                if kind.endswith("error") or said:
                    denied = kind in _DENIED
                    raise self.vendor.complaint(f"{kind} {said}".strip(), hopeless=kind in _HOPELESS, denied=denied)


def _is_keyterm(keyword: str) -> bool:
    """One that it does not take would cost the whole line."""
    is_short = len(keyword) <= _LONGEST_KEYWORD and len(keyword.split()) <= _MOST_WORDS
    return is_short and _NO_KEYWORD.search(keyword) is None


def make(options: ElevenLabsEarOptions, outside: Outside) -> StreamingEar:
    """The ear."""
    endurance = Endurance(answer_seconds=options.answer_seconds)
    return StreamingEar(ElevenLabsEarDialect(options), outside.configured, endurance, _RATE_HZ)


PROVIDER = Provider("ear", "ElevenLabs Scribe, realtime, in many languages.", ElevenLabsEarOptions, make)
