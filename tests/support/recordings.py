"""Recordings of people, fetched from Debian's packages when they are first wanted, and never kept in this repository.

    pocketsphinx-testdata          readers of LibriVox and people at a desk, 16 kHz, with transcripts of their own
    asterisk-core-sounds-en-wav    a professional speaker over a telephone, 8 kHz (Allison Smith, CC-BY-SA 3.0)

`recordings()` says why there are none: no apt, no network. Whoever tests decides whether that is fine.
"""

import re
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tooling.cache import cache_folder

PACKAGES = ("pocketsphinx-testdata", "asterisk-core-sounds-en-wav")
RATE_HZ = 16_000
DOWNLOAD_SECONDS = 180

AT_A_DESK: Mapping[str, str] = {
    "goforward.raw": "go forward ten meters",
    "something.raw": "go somewhere and do something",
}
OVER_A_TELEPHONE: Mapping[str, str] = {
    "agent-loggedoff": "agent logged off",
    "agent-newlocation": "please enter a new extension followed by pound",
    "agent-pass": "please enter your password followed by the pound key",
    "conf-full": "that conference is full",
    "conf-getchannel": "please enter the channel number followed by the pound key",
    "conf-getpin": "please enter the conference pin number",
    "conf-invalid": "that is not a valid conference number please try again",
    "conf-kicked": "you have been kicked from this conference",
    "conf-leaderhasleft": "the leader has left the conference",
    "conf-locked": "this conference is locked",
    "conf-lockednow": "the conference is now locked",
    "conf-noempty": "no empty conferences currently exist",
    "conf-nonextended": "the conference cannot be extended",
    "conf-now-muted": "the conference is now muted",
    "conf-now-recording": "the conference is now being recorded",
    "conf-onlyone": "there is currently one other participant in the conference",
    "conf-onlyperson": "you are currently the only person in this conference",
    "conf-placeintoconf": "you will now be placed into the conference",
    "conf-waitforleader": "the conference will begin when the leader arrives",
    "demo-echodone": "the echo test has been completed",
}
"""What is said in these prompts, as heard."""


class NoRecordings(Exception):
    """They cannot be had here; the message says why."""


@dataclass(frozen=True)
class Recording:
    """Somebody who says something: 16-bit mono PCM at its own rate."""

    name: str
    pcm: bytes
    rate_hz: int
    text: str


def read_aloud() -> list[Recording]:
    """People near a microphone, 16 kHz."""
    data = _fetched() / "usr/share/pocketsphinx/test/data"
    desk = [Recording(name, (data / name).read_bytes(), RATE_HZ, text) for name, text in AT_A_DESK.items()]
    books = [_wav(data / "librivox" / f"{name}.wav", text) for name, text in _transcripts(data)]
    return [*desk, *books]


def over_a_telephone() -> list[Recording]:
    """A speaker in the band of a telephone, 8 kHz."""
    folder = next((_fetched() / "usr/share/asterisk/sounds").glob("en_US_f_*"))
    return [_wav(folder / f"{name}.wav", text) for name, text in OVER_A_TELEPHONE.items()]


def _transcripts(data: Path) -> Iterator[tuple[str, str]]:
    for line in (data / "librivox" / "transcription").read_text("utf-8").splitlines():
        if found := re.match(r"<s> (.*) </s> \((\S+)\)", line):
            # One reader stumbles, and the transcript says so.
            yield found[2], found[1].replace("a more a amiable", "a more amiable")


def _wav(path: Path, text: str) -> Recording:
    with wave.open(str(path)) as file:
        return Recording(path.stem, file.readframes(file.getnframes()), file.getframerate(), text)


def _fetched() -> Path:
    """Where the packages lie unpacked; fetched once."""
    folder = cache_folder() / "recordings"
    if not folder.exists():
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            raise NoRecordings("Recordings of people come from Debian's packages, and there is no apt-get here.")
        with tempfile.TemporaryDirectory(prefix="recordings-", dir=folder.parent) as half_done:
            _unpack(Path(half_done))
            (Path(half_done) / "whole").rename(folder)
    return folder


def _unpack(place: Path) -> None:
    place.chmod(0o755)  # apt's own user has to get in
    try:
        _run(place, "apt-get", "download", *PACKAGES)
        for package in place.glob("*.deb"):
            _run(place, "dpkg-deb", "-x", package.name, "whole")
    except (subprocess.SubprocessError, OSError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise NoRecordings(f"Recordings of people cannot be fetched: {said.strip()[-300:]}") from None


def _run(place: Path, *command: str) -> None:
    subprocess.run(
        command,
        cwd=place,
        check=True,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=DOWNLOAD_SECONDS,
    )
