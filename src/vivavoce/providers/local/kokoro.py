"""Kokoro: a larger voice with 54 speakers. It sounds better than Hibari and takes seventy times as long.

English is pronounced by Hibari's own rules, which use the alphabet that Kokoro learnt. Other languages need eSpeak NG,
a program under the GPL: where its command is on the PATH it is run for each sentence, in a process of its own; nothing
of it is loaded here. Where it is not, only English is offered.

A sentence is made clause by clause, the first one short, so that something can be heard while the rest is computed.
"""

import re
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vivavoce.base.frozen import frozen
from vivavoce.providers.local.breaths import breaths
from vivavoce.providers.local.ends import trimmed
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.sounds import parts
from vivavoce.providers.local.workplace import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 24_000
FILE = "kokoro-v1.0.int8.onnx"
_STYLES, _STYLE = 510, 256
_SLOWEST, _FASTEST = 0.5, 2.0
_LOUDEST = 32767.0
SHORTEST_CLAUSE, LONGEST_CLAUSE = 12, 160
"""In phonemes: about one second, and about twelve."""

ESPEAK = "espeak-ng"
_ESPEAK_SECONDS = 10.0
ESPEAK_VOICES: Mapping[str, str] = {"es": "es", "fr": "fr-fr", "hi": "hi", "it": "it", "pt": "pt-br"}
"""Language -> what eSpeak NG calls it. Japanese and Chinese it does not pronounce as Kokoro learnt them."""
_ALPHABET: Mapping[str, str] = {
    "a^ɪ": "I",
    "a^ʊ": "W",
    "d^z": "ʣ",
    "d^ʒ": "ʤ",
    "e^ɪ": "A",
    "o^ʊ": "O",
    "ə^ʊ": "Q",
    "s^s": "S",
    "t^s": "ʦ",
    "t^ʃ": "ʧ",
    "ɔ^ɪ": "Y",
}
"""Sounds that eSpeak NG ties together and Kokoro has a letter for."""
_OTHER_LANGUAGE = re.compile(r"\([a-z^-]+\)")
_PAUSES = frozenset(",;:")
_CLAUSE = re.compile(r"(?<=[,;:—])\s+")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


@cache
def speaks_other_languages() -> bool:
    """Whether the command that pronounces them is on this machine."""
    return shutil.which(ESPEAK) is not None


class Kokoro:
    """The loaded model. Several threads may use it at a time."""

    def __init__(self, folder: Path) -> None:
        import hibari
        import onnxruntime
        from hibari.g2p import G2P

        options = cast(Any, onnxruntime).SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / FILE), options, providers=["CPUExecutionProvider"]
        )
        english: Any = hibari.Hibari
        self._split = english.split_sentences
        self._english: Mapping[bool, Any] = {british: G2P(british=british) for british in (False, True)}
        # They keep tables that they fill as they go.
        self._spelling = threading.Lock()
        self._numbers = _numbers()
        self._folder = folder
        self._styles: dict[str, NDArray[np.float32]] = {}

    def phonemes(self, text: str, language: str, *, british: bool = False) -> list[str]:
        """How a text is pronounced, clause by clause."""
        if language in ESPEAK_VOICES:
            spelled = [with_sounds(sentence, language) for sentence in _SENTENCE.split(text)]
        else:
            with self._spelling:
                spelled = [str(self._english[british](sentence)) for sentence in self._split(text)]
        return [clause for sentence in spelled for clause in clauses(sentence)]

    def sound(self, phonemes: str, voice: str, speed: float = 1.0) -> bytes:
        """16-bit PCM of a clause."""
        import numpy as np

        numbers = [self._numbers[each] for each in phonemes if each in self._numbers][: _STYLES - 1]
        if not numbers:
            return b""
        given = {
            "tokens": np.asarray([[0, *numbers, 0]], np.int64),
            "style": self._style(voice)[len(numbers)],
            "speed": np.asarray([min(_FASTEST, max(_SLOWEST, speed))], np.float32),
        }
        (samples,) = self._session.run(None, given)
        pcm = (np.clip(np.asarray(samples).reshape(-1), -1.0, 1.0) * _LOUDEST).astype("<i2").tobytes()
        return trimmed(pcm, SAMPLE_RATE_HZ)

    def _style(self, voice: str) -> "NDArray[np.float32]":
        """A speaker: for each length of a clause how they say one of it."""
        import numpy as np

        if voice not in self._styles:
            data = np.fromfile(self._folder / "voices" / f"{voice}.bin", np.float32)
            self._styles[voice] = data.reshape(_STYLES, 1, _STYLE)
        return self._styles[voice]


def clauses(phonemes: str) -> list[str]:
    """Cut a sentence where one breathes: first a short piece, then longer ones."""
    found: list[str] = []
    for part in _CLAUSE.split(phonemes.strip()):
        shortest = SHORTEST_CLAUSE if len(found) < 2 else LONGEST_CLAUSE // 2
        if found and (len(found[-1]) < shortest or not part) and len(found[-1]) + len(part) < LONGEST_CLAUSE:
            found[-1] = f"{found[-1]} {part}"
        elif part:
            found.extend(breaths(part, LONGEST_CLAUSE))
    return _without_short_end(found)


def _without_short_end(found: list[str]) -> list[str]:
    """A last word alone sounds like a sentence of its own."""
    if len(found) > 1 and len(found[-1]) < SHORTEST_CLAUSE and len(found[-2]) + len(found[-1]) < LONGEST_CLAUSE:
        return [*found[:-2], f"{found[-2]} {found[-1]}"]
    return found


def with_sounds(sentence: str, language: str) -> str:
    """A sentence in another language; eSpeak NG is asked for what stands between words whose sound is given."""
    said = [sound or _between(text, language) for text, sound in parts(sentence)]
    return re.sub(r"\s+(?=[,.!?;:…])", "", " ".join(filter(None, said)))


def _between(text: str, language: str) -> str:
    mark, text = ("", text) if text.lstrip()[:1] not in _PAUSES else (text.lstrip()[0], text.lstrip()[1:])
    said = pronounced(text, language) if any(map(str.isalnum, text)) else text.strip()
    return f"{mark} {said}".strip()


def pronounced(sentence: str, language: str) -> str:
    """A sentence in Kokoro's alphabet, by eSpeak NG. It sees the text on its standard input and nothing else."""
    said = subprocess.run(  # noqa: S603
        [shutil.which(ESPEAK) or ESPEAK, "-q", "--ipa", "--tie=^", "-v", ESPEAK_VOICES[language], "--stdin"],
        input=sentence.encode(),
        capture_output=True,
        timeout=_ESPEAK_SECONDS,
        check=True,
    ).stdout.decode()
    end = sentence.strip()[-1:]
    return in_alphabet(said) + (end if end in ".!?…" else "")


def in_alphabet(said: str) -> str:
    """What eSpeak NG says, a line for each clause, in Kokoro's letters."""
    text = ", ".join(line.strip() for line in said.splitlines() if line.strip())
    text = _OTHER_LANGUAGE.sub("", text)
    for tied, letter in _ALPHABET.items():
        text = text.replace(tied, letter)
    return text.replace("^", "")


def _numbers() -> Mapping[str, int]:
    """Letter -> number. Hibari learnt from Kokoro and has its table."""
    import json
    from importlib.resources import files

    return json.loads(files("hibari").joinpath("assets/vocab.json").read_text("utf-8"))


@frozen
class Spell:
    """Work: how a text is pronounced, clause by clause."""

    text: str
    language: str
    british: bool = False

    def __call__(self, model: Kokoro) -> list[str]:
        """Look it up."""
        return model.phonemes(self.text, self.language, british=self.british)


@frozen
class Sound:
    """Work: a clause becomes 16-bit PCM."""

    phonemes: str
    voice: str
    speed: float = 1.0

    def __call__(self, model: Kokoro) -> bytes:
        """Say it."""
        return model.sound(self.phonemes, self.voice, self.speed)


KIND = Kind("kokoro", Kokoro, Urgency.FIRST_AUDIO, (Spell, Sound))

_VOICES = """
af_heart af_alloy af_aoede af_bella af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky am_adam am_echo
am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa bf_alice bf_emma bf_isabella bf_lily bm_daniel bm_fable
bm_george bm_lewis ef_dora em_alex em_santa ff_siwis hf_alpha hf_beta hm_omega hm_psi if_sara im_nicola jf_alpha
jf_gongitsune jf_nezumi jf_tebukuro jm_kumo pf_dora pm_alex pm_santa zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi
zm_yunjian zm_yunxi zm_yunxia zm_yunyang
"""
VOICES: Sequence[str] = _VOICES.split()
"""Its speakers: the first letter is where they come from, the second whether they are a woman or a man."""
ORIGINS: Mapping[str, tuple[str, str]] = {
    "a": ("en", "american"),
    "b": ("en", "british"),
    "e": ("es", "spanish"),
    "f": ("fr", "french"),
    "h": ("hi", "hindi"),
    "i": ("it", "italian"),
    "j": ("ja", "japanese"),
    "p": ("pt", "brazilian"),
    "z": ("zh", "chinese"),
}
"""Letter -> language and accent."""
