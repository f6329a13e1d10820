"""From 16-bit PCM to the output formats of the contract, in a stream.

    pcm_RATE            as it is
    wav_RATE            the same behind a header
    ulaw_8000           G.711, as telephones speak it
    alaw_8000           its European sister
    mp3_RATE_KBPS       by libsndfile, which has LAME inside (why that one: docs/decisions)
    opus_48000_KBPS     the same, as Ogg

An encoder takes PCM of its format's rate and gives bytes as they come. What is made in a stream is never written over:
the length in a WAV header is the largest there is, and the info frame of an MP3 stays empty, which players skip.
`whole` makes files instead, whose headers are right.
"""

import struct
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

from vivavoce.base.errors import Malformed, quoted
from vivavoce.base.frozen import frozen
from vivavoce.live.formats import encode_ulaw

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Codec = Literal["pcm", "wav", "ulaw", "alaw", "mp3", "opus"]

PCM_RATES_HZ = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
MP3_KINDS = (
    (22_050, 32),
    (24_000, 48),
    (44_100, 32),
    (44_100, 64),
    (44_100, 96),
    (44_100, 128),
    (44_100, 192),
)
OPUS_KBPS = (32, 64, 96, 128, 192)
DEFAULT_OUTPUT = "mp3_44100_128"

_MEDIA_TYPES: dict[Codec, str] = {
    "pcm": "audio/pcm",
    "wav": "audio/wav",
    "ulaw": "audio/basic",
    "alaw": "audio/x-alaw-basic",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
}


@frozen
class OutputFormat:
    """A format by its name in the contract."""

    name: str
    codec: Codec
    rate_hz: int
    kbps: int = 0

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        return _MEDIA_TYPES[self.codec]


OUTPUT_FORMATS = {
    each.name: each
    for each in (
        *(OutputFormat(f"pcm_{rate}", "pcm", rate) for rate in PCM_RATES_HZ),
        *(OutputFormat(f"wav_{rate}", "wav", rate) for rate in PCM_RATES_HZ),
        OutputFormat("ulaw_8000", "ulaw", 8_000),
        OutputFormat("alaw_8000", "alaw", 8_000),
        *(OutputFormat(f"mp3_{rate}_{kbps}", "mp3", rate, kbps) for rate, kbps in MP3_KINDS),
        *(OutputFormat(f"opus_48000_{kbps}", "opus", 48_000, kbps) for kbps in OPUS_KBPS),
    )
}


def output_format(name: str | None) -> OutputFormat:
    """The format of this name; nobody who names none wants another one than the contract's own."""
    found = OUTPUT_FORMATS.get(name or DEFAULT_OUTPUT)
    if found is None:
        raise Malformed(
            f"There is no output_format {quoted(name or '')}. There are {', '.join(OUTPUT_FORMATS)}.",
            status="invalid_output_format",
        )
    return found


class Encoder(Protocol):
    """One stream of sound on its way into a format. It computes: not for the loop."""

    def add(self, pcm: bytes) -> bytes:
        """The next sound."""
        ...

    def finish(self) -> bytes:
        """What was held back. Nothing may be added afterwards."""
        ...


def encoder(format: OutputFormat) -> Encoder:
    """An encoder for one stream."""
    match format.codec:
        case "pcm":
            return _Plain()
        case "wav":
            return _Wave(format.rate_hz)
        case "ulaw":
            return _Ulaw()
        case "alaw":
            return _Alaw()
        case "mp3" | "opus":
            return _Compressed(format)


def whole(format: OutputFormat, pcm: bytes) -> bytes:
    """A file of its own."""
    match format.codec:
        case "wav":
            return wave_header(format.rate_hz, len(pcm)) + pcm
        case "mp3" | "opus":
            made = _Compressed(format)
            made.add(pcm)
            made.finish()
            return bytes(made.file.data)
        case _:
            return encoder(format).add(pcm)


class _Plain:
    def add(self, pcm: bytes) -> bytes:
        return pcm

    def finish(self) -> bytes:
        return b""


class _Ulaw(_Plain):
    def add(self, pcm: bytes) -> bytes:
        return encode_ulaw(pcm)


class _Alaw(_Plain):
    def add(self, pcm: bytes) -> bytes:
        return encode_alaw(pcm)


_ENDLESS = 0xFFFFFFFF - 36
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


def wave_header(rate_hz: int, data_bytes: int = _ENDLESS) -> bytes:
    """What stands before 16-bit mono PCM in a WAV file."""
    return _HEADER.pack(
        b"RIFF", data_bytes + 36, b"WAVE", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16, b"data", data_bytes
    )


class _Wave:
    def __init__(self, rate_hz: int) -> None:
        self._header = wave_header(rate_hz)

    def add(self, pcm: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + pcm

    def finish(self) -> bytes:
        return self.add(b"")


class _Compressed:
    """MP3 or Opus. libsndfile writes into a file in memory; what has grown since the last time is what is given out."""

    def __init__(self, format: OutputFormat) -> None:
        import soundfile

        self.file = _Memory()
        self._given = 0
        kind: dict[str, Any] = {"format": "OGG", "subtype": "OPUS"}
        if format.codec == "mp3":
            kind = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT"}
        file: Any = self.file
        self._sound: Any = soundfile.SoundFile(
            file, "w", samplerate=format.rate_hz, channels=1, compression_level=_level(format), **kind
        )

    def add(self, pcm: bytes) -> bytes:
        import numpy as np

        self._sound.write(np.frombuffer(pcm, "<i2"))
        return self._grown()

    def finish(self) -> bytes:
        self._sound.close()
        return self._grown()

    def _grown(self) -> bytes:
        grown = bytes(self.file.data[self._given :])
        self._given = len(self.file.data)
        return grown


def _level(format: OutputFormat) -> float:
    """libsndfile is told a place between its highest and lowest bit rate, which differ by codec and sample rate."""
    if format.codec == "opus":
        high, low = 256, 6
    else:
        high, low = (320, 32) if format.rate_hz >= 32_000 else (160, 8)
    return min((high - format.kbps) / (high - low), 0.9999)


class _Memory:
    """A file in memory, as libsndfile wants one."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._at = 0

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self.data[self._at : self._at + len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def read(self, count: int = -1) -> bytes:
        end = len(self.data) if count < 0 else self._at + count
        piece = bytes(self.data[self._at : end])
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = (0, self._at, len(self.data))[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        return


def encode_alaw(pcm: bytes) -> bytes:
    """16-bit PCM as G.711 A-law."""
    import numpy as np

    return _alaw_codes()[np.frombuffer(pcm, "<u2")].tobytes()


@cache
def _alaw_codes() -> "npt.NDArray[np.uint8]":
    """For every 16-bit sample, by its bits, its code: two segments of even steps, each further one twice as coarse."""
    import numpy as np

    samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 3
    magnitude = np.where(samples >= 0, samples, -samples - 1)
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    step = magnitude >> np.maximum(segment, 1) & 0x0F
    sign = np.where(samples >= 0, 0x80, 0)
    return ((sign | segment << 4 | step) ^ 0x55).astype(np.uint8)
