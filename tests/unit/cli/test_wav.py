"""Sound in files: what can be read is read right, and what cannot is refused with a remedy."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from vivavoce.base.errors import Malformed, Problem
from vivavoce.cli import _wav, talk

SECONDS = 0.5


def tone(rate_hz: int, hz: float = 440.0) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * hz * np.arange(round(SECONDS * rate_hz)) / rate_hz)).astype("<i2")


def written(path: Path, pcm: bytes, rate_hz: int, *, channels: int = 1, sample_bytes: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(sample_bytes)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return path


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_every_rate_is_read_as_the_one_that_is_wanted(tmp_path: Path, rate_hz: int) -> None:
    samples = np.frombuffer(_wav.read(written(tmp_path / "a.wav", tone(rate_hz).tobytes(), rate_hz), 16_000), "<i2")
    assert abs(len(samples) - SECONDS * 16_000) <= 2
    spectrum = np.abs(np.fft.rfft(samples[1000:7000].astype(float)))
    assert np.argmax(spectrum) * 16_000 / 6000 == pytest.approx(440, abs=3)


def test_two_channels_are_mixed(tmp_path: Path) -> None:
    left, right = tone(16_000), np.zeros(8_000, "<i2")
    path = written(tmp_path / "a.wav", np.stack([left, right], axis=1).tobytes(), 16_000, channels=2)
    assert np.array_equal(np.frombuffer(_wav.read(path, 16_000), "<i2"), left.astype(np.int32) // 2)


@pytest.mark.parametrize(
    ("rate_hz", "channels", "sample_bytes", "complaint"),
    [(16_000, 1, 1, "8 bits"), (16_000, 1, 3, "24 bits"), (16_000, 6, 2, "6 channels"), (4_000, 1, 2, "4000 samples")],
)
def test_other_kinds_are_refused_with_a_remedy(
    tmp_path: Path, rate_hz: int, channels: int, sample_bytes: int, complaint: str
) -> None:
    pcm = bytes(rate_hz * channels * sample_bytes)
    path = written(tmp_path / "a.wav", pcm, rate_hz, channels=channels, sample_bytes=sample_bytes)
    with pytest.raises(Problem, match=complaint) as refused:
        _wav.read(path, 16_000)
    assert "ffmpeg" in refused.value.message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"ID3 this is no sound at all" * 9,
        b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 3, 1, 16_000, 64_000, 4, 32),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(Problem, match="no WAV file"):
        _wav.read(path, 16_000)


def test_a_file_without_sound_and_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no sound"):
        _wav.read(written(tmp_path / "a.wav", b"", 16_000), 16_000)
    with pytest.raises(Problem, match="No such file"):
        _wav.read(tmp_path / "b.wav", 16_000)


def test_what_is_written_is_read_again_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    pcm = tone(16_000).tobytes()
    _wav.write(tmp_path / "a.wav", pcm, 16_000)
    assert _wav.read(tmp_path / "a.wav", 16_000) == pcm
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_place_that_cannot_be_written_is_said_before_the_call(tmp_path: Path) -> None:
    _wav.check_place(tmp_path / "a.wav")
    with pytest.raises(Problem, match="is a folder"):
        _wav.check_place(tmp_path)
    with pytest.raises(Problem, match="no folder"):
        _wav.check_place(tmp_path / "nowhere" / "a.wav")


def test_a_talk_with_a_file_that_is_none_ends_before_anything_is_loaded(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.wav"
    nothing.write_bytes(b"")
    # There is no installation in this folder either: the file is looked at first.
    with pytest.raises(Malformed, match="it breaks off"):
        talk.command(said=[nothing], data_dir=tmp_path)
