"""Any server that speaks OpenAI's transcription API: OpenAI itself, Groq, speaches, vLLM and others.

It takes an utterance as a file and answers with its text, so nothing is heard before a pause.
"""

from collections.abc import Iterator, Mapping
from uuid import uuid4

import orjson
from pydantic import Field, SecretStr, field_validator

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.ports.outbound import Outbound, Patience, Request
from vivavoce.ports.speech import EarWishes
from vivavoce.providers.far import Trouble, Vendor, field_of, http_address, said_in, text_of
from vivavoce.providers.registry import Options, Outside, Provider
from vivavoce.providers.speech._utterances import Endurance, Understanding, UtteranceEar

_RATE_HZ = 16_000
_LARGEST_BYTES = 1024 * 1024


class OpenAIEarOptions(Options):
    """Where it is, and which model listens."""

    base_url: str = Field(
        default="https://api.openai.com/v1", description="Address of the API; /audio/transcriptions follows."
    )
    api_key: SecretStr | None = Field(default=None, description="Sent as bearer token; servers of your own need none.")
    model: str = Field(default="gpt-transcribe", description="The model that listens.")
    tells_language: bool = Field(default=True, description="Tell it the agent's language; otherwise it finds out.")
    fields: Mapping[str, str] = Field(
        default_factory=dict, description="More fields of the request, such as temperature."
    )
    answer_seconds: float = Field(default=10.0, gt=0, description="How long a final may take.")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return http_address(value)


@frozen
class OpenAITranscriber:
    """The server (`_utterances.Transcriber`)."""

    options: OpenAIEarOptions
    outbound: Outbound

    @property
    def vendor(self) -> Vendor:
        """Whoever it is."""
        key = self.options.api_key
        return Vendor("The transcription server", (key.get_secret_value(),) if key else ())

    async def transcribe(self, pcm: bytes, wishes: EarWishes, said_before: str) -> Understanding:
        """Post it."""
        boundary = uuid4().hex
        body = b"".join(_parts(boundary, self._fields(wishes, said_before), wav(pcm, _RATE_HZ)))
        headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
        if self.options.api_key is not None:
            headers["authorization"] = f"Bearer {self.options.api_key.get_secret_value()}"
        seconds = self.options.answer_seconds
        patience = Patience(silence_seconds=seconds, total_seconds=seconds, largest_bytes=_LARGEST_BYTES)
        url = f"{self.options.base_url}/audio/transcriptions"
        async with self.outbound.send(Request("POST", url, headers, body, patience)) as reply:
            answer = await reply.read()
            if reply.status != 200:
                raise self.vendor.refusal(reply.status, said_in(answer))
        return self._understood(answer)

    def _fields(self, wishes: EarWishes, said_before: str) -> Mapping[str, str]:
        fields = {"model": self.options.model, "response_format": "json"}
        if self.options.tells_language:
            fields["language"] = wishes.language.partition("-")[0]
        if prompt := " ".join([*wishes.keywords, said_before]).strip():
            fields["prompt"] = prompt
        return {**fields, **self.options.fields}

    def _understood(self, answer: bytes) -> Understanding:
        try:
            body: Json = orjson.loads(answer)
        except orjson.JSONDecodeError:
            body = None
        text = field_of(body, "text")
        if not isinstance(text, str):
            raise Trouble(f"{self.vendor.name} answered something that is no transcript.")
        return Understanding(text.strip(), text_of(field_of(body, "language")) if len(text) else "")


def _parts(boundary: str, fields: Mapping[str, str], file: bytes) -> Iterator[bytes]:
    for name, value in fields.items():
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    yield (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="speech.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    ).encode()
    yield file
    yield f"\r\n--{boundary}--\r\n".encode()


def wav(pcm: bytes, rate_hz: int) -> bytes:
    """A file of 16-bit mono sound."""
    sizes = len(pcm).to_bytes(4, "little"), (36 + len(pcm)).to_bytes(4, "little")
    shape = b"\x10\0\0\0\x01\0\x01\0" + rate_hz.to_bytes(4, "little") + (2 * rate_hz).to_bytes(4, "little")
    return b"RIFF" + sizes[1] + b"WAVEfmt " + shape + b"\x02\0\x10\0data" + sizes[0] + pcm


def make(options: OpenAIEarOptions, outside: Outside) -> UtteranceEar:
    """The ear."""
    endurance = Endurance(answer_seconds=options.answer_seconds)
    return UtteranceEar(OpenAITranscriber(options, outside.configured), endurance, _RATE_HZ)


PROVIDER = Provider(
    "ear", "Any server that speaks OpenAI's transcription API, your own or a vendor's.", OpenAIEarOptions, make
)
