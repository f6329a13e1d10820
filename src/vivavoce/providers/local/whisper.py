"""Whisper through CTranslate2: a stretch of speech becomes text.

Whisper was trained on windows of 30 s. A conversation's stretches are short, and most of the work would be spent on
silence; so the window is only `max(8 s, speech + 4 s)`, which takes a fifth of the time; the small English model makes
do with a second less. Now and then a short window makes the model repeat itself. A sentence that comes again and again,
quicker than anybody speaks, was said once. Other circles are noticed, too (words that come round again, more text than
anybody can say, a model that does not believe itself), and the stretch is done again with more room; if it still goes
round, with the whole window. Interims are not worth that: there is none then.

It takes the likeliest word each time, which is quick and mostly right. Where the model is not sure of it, as in noise,
and somebody will act on the words, it weighs five ways to write down the same sound: that takes half as long again, and
of ten wrong words six are right then.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from vivavoce.base.frozen import frozen
from vivavoce.providers.local import bytes_text
from vivavoce.providers.local.features import HOP, SAMPLE_RATE_HZ, Samples, log_mel_then_silence, samples_of
from vivavoce.providers.local.pool import Urgency, is_wanted
from vivavoce.providers.local.workplace import Kind

WHOLE_WINDOW_SECONDS = 30.0
_ROOMY_WINDOW_SECONDS = 10.0
_SHORTEST_WINDOW_SECONDS = 8.0
_ROOM_SECONDS = 4.0
_ENGLISH_ROOM_SECONDS = 3.0
_FRAMES_PER_SECOND = SAMPLE_RATE_HZ // HOP
_MOST_TOKENS = 200
_MOST_PROMPT_TOKENS = 100
_MOST_KEYWORD_TOKENS = 60
_TOKENS_PER_SECOND = 8.0
_TOKENS_AT_ONCE = 12
_LEAST_CONFIDENCE = -1.0
_SURE_CONFIDENCE = -0.3
_WAYS = 5
_SILENT_PROBABILITY = 0.6
_SILENT_CONFIDENCE = -0.7
_REPEATS = 3
_SAID_TWICE = 4
"""So many tokens, at the end as before: where there was little room, the whole sentence once more."""
_SHORTEST_SAYING = 3
"""In tokens. Shorter ones people do say again and again: no, no, no."""
_QUICKLY_SAID = 5.0
"""Tokens in a second, the silence around them included, that are more than anybody says twice."""
_TELLING_SECONDS = 1.0
_CLEARLY = 0.9
_TRIAL_SECONDS = 1.0


@frozen
class Transcript:
    """What was understood, in the language it was heard to be in.

    `confidence` is the mean logarithm of the tokens' probabilities.
    """

    text: str
    language: str
    confidence: float


class Unwanted(Exception):
    """Nobody waits for the words any more: the speaker went on, or has gone."""


@frozen
class _Draft:
    tokens: Sequence[str]
    confidence: float
    silence: float


class Whisper:
    """A loaded model. Loading takes half a second; several threads may use it at a time."""

    def __init__(self, folder: Path, *, parallel: int = 2) -> None:
        import ctranslate2

        self._storage = ctranslate2.StorageView
        self._model: Any = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=parallel, intra_threads=1
        )
        self._tokens = (folder / "vocabulary.txt").read_text("utf-8").split("\n")
        self._end = self._tokens.index("<|endoftext|>")
        self._writer_file = folder / "tokenizer.json"
        self._writer: bytes_text.Writer | None = None

    @property
    def is_multilingual(self) -> bool:
        """Whether it knows more than English."""
        return bool(self._model.is_multilingual)

    def transcribe(
        self, samples: Samples, expected: str = "en", prompt: str = "", keywords: str = "", *, careful: bool = True
    ) -> Transcript:
        """Write down what was said: in the expected language, unless another one is clearly heard.

        `prompt` is what was said before; `keywords` are words that are likely, spelled as they should be written.
        """
        seconds = len(samples) / SAMPLE_RATE_HZ
        window = self._window_seconds(seconds)
        encoded = self._encoded(samples, window)
        language = self._language(encoded, expected, seconds)
        before, most = self._before(prompt, keywords), _most_tokens(seconds)

        def drafted(ways: int = 1) -> _Draft:
            return _said_once(self._decoded(encoded, language, before, most, ways=ways), seconds)

        draft = drafted()
        # Noise without words costs no second opinion, which takes four times as long.
        if careful and not _is_silence(draft):
            for wider in _wider(window):
                if not (_went_astray(draft, seconds) or (wider < WHOLE_WINDOW_SECONDS and _is_said_twice(draft))):
                    break
                encoded = self._encoded(samples, wider)
                draft = drafted()
            if draft.confidence < _SURE_CONFIDENCE:
                draft = drafted(_WAYS)
        is_worthless = _is_silence(draft) or (not careful and _went_astray(draft, seconds))
        text = "" if is_worthless else bytes_text.read(draft.tokens).strip()
        return Transcript(text, language, draft.confidence)

    def try_out(self) -> None:
        """Use all of it once, on next to nothing: what it makes at its first use is there then."""
        import numpy as np

        encoded = self._encoded(np.zeros(HOP, np.float32), _TRIAL_SECONDS)
        self._language(encoded, "en", _TELLING_SECONDS)
        self._decoded(encoded, "en", (), _TOKENS_AT_ONCE)

    def _window_seconds(self, speech_seconds: float) -> float:
        room = _ROOM_SECONDS if self.is_multilingual else _ENGLISH_ROOM_SECONDS
        return min(WHOLE_WINDOW_SECONDS, max(_SHORTEST_WINDOW_SECONDS, speech_seconds + room))

    def _encoded(self, samples: Samples, window_seconds: float) -> Any:

        _require_wanted()
        heard = samples[-round(window_seconds * SAMPLE_RATE_HZ) :]
        features = log_mel_then_silence(heard, round(window_seconds * _FRAMES_PER_SECOND))
        return self._model.encode(self._storage.from_array(features[None]))

    def _language(self, encoded: Any, expected: str, seconds: float) -> str:
        """The encoding tells the language on the side; a short "no" is the same in half of Europe."""
        if not self.is_multilingual:
            return "en"
        is_known = f"<|{expected}|>" in self._tokens
        if is_known and seconds < _TELLING_SECONDS:
            return expected
        token, probability = self._model.detect_language(encoded)[0][0]
        return token.strip("<|>") if probability >= _CLEARLY or not is_known else expected

    def _decoded(
        self, encoded: Any, language: str, before: Sequence[str], most_tokens: int, *, ways: int = 1
    ) -> _Draft:
        _require_wanted()
        begin = ["<|startoftranscript|>"]
        if self.is_multilingual:
            begin += [f"<|{language}|>", "<|transcribe|>"]
        begin.append("<|notimestamps|>")
        (result,) = self._model.generate(
            encoded,
            [[*before, *begin]],
            beam_size=ways,
            # Of what it is told here, the library allows half for the text.
            max_length=max(2 * most_tokens, most_tokens + len(before) + len(begin)),
            return_scores=True,
            return_no_speech_prob=True,
        )
        ids: list[int] = [id for id in result.sequences_ids[0] if id < self._end]
        return _Draft([self._tokens[id] for id in ids], float(result.scores[0]), float(result.no_speech_prob))

    def _before(self, prompt: str, keywords: str) -> Sequence[str]:
        """What Whisper takes for the text before: the keywords, then the end of what was said."""
        wanted = self._written(keywords)[:_MOST_KEYWORD_TOKENS] if keywords.strip() else []
        said = self._written(prompt)[len(wanted) - _MOST_PROMPT_TOKENS :] if prompt.strip() else []
        return ["<|startofprev|>", *wanted, *said] if wanted or said else []

    def _written(self, prompt: str) -> list[str]:
        if self._writer is None:
            self._writer = bytes_text.Writer(self._writer_file)
        return self._writer.write(" " + prompt.strip())


@frozen
class Transcribe:
    """Work: write down what is said in this PCM, in the expected language unless another is clearly heard."""

    gives: ClassVar[type[Transcript]] = Transcript

    pcm: bytes
    language: str = "en"
    prompt: str = ""
    keywords: str = ""
    careful: bool = True
    """Weigh what is not sure; for words that somebody will act on."""

    def __call__(self, model: Whisper) -> Transcript:
        """Listen."""
        return model.transcribe(samples_of(self.pcm), self.language, self.prompt, self.keywords, careful=self.careful)


@frozen
class TryOut:
    """Work: use the model once, as quickly as it goes."""

    def __call__(self, model: Whisper) -> None:
        """Use it."""
        model.try_out()


def _require_wanted() -> None:
    """Of half a sentence it often goes astray, and would hear it again with more and more room: for nobody, if the
    speaker has gone on by then, and while others wait."""
    if not is_wanted():
        raise Unwanted


def _most_tokens(seconds: float) -> int:
    """More than anybody can say is the model repeating itself: that is known one token later, not at two hundred."""
    return min(_MOST_TOKENS, int(_TOKENS_PER_SECOND * seconds) + _TOKENS_AT_ONCE + 1)


def _went_astray(draft: _Draft, seconds: float) -> bool:
    threes = Counter(zip(draft.tokens, draft.tokens[1:], draft.tokens[2:], strict=False))
    return (
        any(count >= _REPEATS for count in threes.values())
        or len(draft.tokens) > _TOKENS_PER_SECOND * seconds + _TOKENS_AT_ONCE
        or draft.confidence < _LEAST_CONFIDENCE
    )


def _wider(window_seconds: float) -> Sequence[float]:
    """The windows for another try."""
    return [each for each in (_ROOMY_WINDOW_SECONDS, WHOLE_WINDOW_SECONDS) if each > window_seconds]


def _said_once(draft: _Draft, seconds: float) -> _Draft:
    """Without what comes again and again, too quickly to have been said like that."""
    count = len(draft.tokens)
    if count <= _QUICKLY_SAID * seconds:
        return draft
    tokens = [token.lower() for token in draft.tokens]
    lengths = (each for each in range(1, count // 2 + 1) if tokens[each:] == tokens[:-each])
    length = next(lengths, 0)
    return replace(draft, tokens=draft.tokens[:length]) if length >= _SHORTEST_SAYING else draft


def _is_said_twice(draft: _Draft) -> bool:
    """It ends with what it had said before. People do that, too; then it costs time and changes nothing."""
    last = [token.lower() for token in draft.tokens[-_SAID_TWICE:]]
    earlier = [token.lower() for token in draft.tokens[:-_SAID_TWICE]]
    places = range(len(earlier) - _SAID_TWICE + 1)
    return len(last) == _SAID_TWICE and any(earlier[place : place + _SAID_TWICE] == last for place in places)


def _is_silence(draft: _Draft) -> bool:
    return draft.silence > _SILENT_PROBABILITY and draft.confidence < _SILENT_CONFIDENCE


KIND = Kind("whisper", Whisper, Urgency.FINAL, (Transcribe, TryOut))
