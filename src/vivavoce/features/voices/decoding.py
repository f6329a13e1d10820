"""Sound files as they are uploaded: what they hold, as 16-bit mono PCM, a second at a time.

WAV, MP3, FLAC, Ogg with Vorbis or Opus, AIFF and their relatives are read by libsndfile; several channels are mixed.
What a file is, its bytes say; names and declared types mean nothing. It computes: not for the loop.
"""

from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, Final

from vivavoce.base.errors import Invalid, TooLarge

LONGEST_SECONDS: Final = 2 * 3600
PLAIN_RATE_HZ: Final = 16_000
READ: Final = "WAV, MP3, FLAC, Ogg (Vorbis or Opus) and AIFF"
_SAMPLE_BYTES = 2
_LOUDEST = 32_767


class SoundFile:
    """A file that was recognized."""

    def __init__(self, data: bytes, *, is_plain: bool = False) -> None:
        import soundfile

        plain: dict[str, Any] = {"format": "RAW", "subtype": "PCM_16", "samplerate": PLAIN_RATE_HZ, "channels": 1}
        try:
            self._sound: Any = soundfile.SoundFile(BytesIO(data), **(plain if is_plain else {}))
        except (soundfile.LibsndfileError, TypeError, ValueError):
            raise _unreadable() from None
        self.rate_hz: int = self._sound.samplerate
        if len(data) and self._sound.frames > LONGEST_SECONDS * self.rate_hz:
            raise TooLarge(f"A file may last {LONGEST_SECONDS // 3600} hours at most.", status="audio_too_long")
        if not 4_000 <= self.rate_hz <= 384_000:
            raise _unreadable()
        self._seconds: Iterator[bytes] = self._read()

    def next(self) -> bytes:
        """The next second of it; nothing at its end."""
        import soundfile

        try:
            return next(self._seconds, b"")
        except soundfile.LibsndfileError:
            raise _unreadable() from None

    def _read(self) -> Iterator[bytes]:
        import numpy as np

        read = 0
        for block in self._sound.blocks(blocksize=self.rate_hz, dtype="float32", always_2d=True):
            read += len(block)
            if read > LONGEST_SECONDS * self.rate_hz:
                raise TooLarge(f"A file may last {LONGEST_SECONDS // 3600} hours at most.", status="audio_too_long")
            mixed = np.nan_to_num(block.mean(axis=1))
            yield (np.clip(mixed, -1.0, 1.0) * _LOUDEST).astype("<i2").tobytes()

    def close(self) -> None:
        """Let it go."""
        with suppress(Exception):
            self._sound.close()


def _unreadable() -> Invalid:
    return Invalid(
        ("body", "file"),
        f"This is no sound file that can be read here. {READ} can; turn others into one of these first, such as with "
        "`ffmpeg -i FILE file.wav`.",
        type="audio_unreadable",
    )
