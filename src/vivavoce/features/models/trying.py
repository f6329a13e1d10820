"""Trying a provider: one short real request, and what came of it in figures and words.

    a mind        answers one sentence
    a voice       speaks a sentence, which comes back as a sound file
    an ear        writes down a sentence that is kept here as sound
    a judge       says how likely it is that the speaker of that sentence has finished
    activity      says how surely it noticed a voice in it
    an embedder   compares two texts
    a moderator   judges a harmless sentence

What is configured is asked as calls ask it, and its health learns from it. What somebody only typed is asked through
the way for addresses of users, so that no page of the dashboard becomes a way into the networks around the server.

A trial costs what a short request costs and takes seconds at most; a few run at a time, and no more.
"""

import asyncio
import base64
import io
import logging
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from vivavoce.base.errors import Invalid, TooMany
from vivavoce.engine.commands import Instructions, UserMessage
from vivavoce.engine.plan import ModelChoice, VoiceChoice
from vivavoce.ports.conversion import Conversion
from vivavoce.ports.embedding import Embedder
from vivavoce.ports.language import ChatRequest, Language, MindFailed, Text
from vivavoce.ports.moderation import ModerationFailed, Moderator
from vivavoce.ports.outbound import OutboundFailed
from vivavoce.ports.speech import Activity, Ear, EarBroke, EarWishes, TurnModel, VoiceActivity, Words
from vivavoce.ports.voice import Manner, Voice, VoiceBroke
from vivavoce.providers.current import Candidate
from vivavoce.providers.health import Board
from vivavoce.providers.registry import Closable, ProviderProblem, Role, Warmable

_log = logging.getLogger(__name__)

LONGEST_SECONDS = 30.0
"""A local model may be loaded first; a vendor has answered long before."""
MOST_AT_ONCE = 2
_LONGEST_ANSWER = 400
_LONGEST_SOUND_SECONDS = 15.0
_ANSWER_TOKENS = 400
"""Enough for models that think before they speak."""
_SAMPLE_BYTES = 2
_FRAME_SECONDS = 0.02

CUSTOM = "custom_llm"
SPEAKS = "Good morning. This is how I sound, and I am ready for the next call."
SPOKEN = "The train to the coast leaves at half past seven."
"""What is said in `spoken.wav`."""
_ASKED = (
    Instructions("Somebody is trying out whether you can be reached. Answer with one short friendly sentence."),
    UserMessage("Hello!"),
)
_ALIKE = ("The parcel arrives on Monday.", "Your package will be delivered at the beginning of the week.")
_HARMLESS = "The garden centre opens at nine."


@dataclass(slots=True)
class Trial:
    """What came of it. The first figure is how long it took until there was something to read or hear."""

    first_seconds: float | None = None
    total_seconds: float = 0.0
    text: str = ""
    """What it said, wrote down or found, in words."""
    expected: str = ""
    """What an ear should have written down."""
    sound: bytes = b""
    """A WAV file, from a voice."""
    failure: str = ""

    @property
    def sound_base64(self) -> str | None:
        """The sound as JSON carries it."""
        return base64.b64encode(self.sound).decode() if self.sound else None


@dataclass(slots=True)
class Trials:
    """Tries providers. `board` is looked up when it is needed: providers are chosen anew when models come."""

    find: Callable[[Role, str], Candidate]
    draft: Callable[[Role, str, Mapping[str, Any]], Candidate]
    board: Callable[[], Board]
    conversion: Conversion
    _running: int = field(default=0)

    async def configured(self, role: Role, name: str) -> Trial:
        """Try one that calls use."""
        return await self._tried(lambda: self.find(role, name))

    async def typed(self, role: Role, name: str, options: Mapping[str, Any]) -> Trial:
        """Try options that are nowhere yet."""
        return await self._tried(lambda: self.draft(role, name, options))

    async def _tried(self, find: Callable[[], Candidate]) -> Trial:
        if self._running >= MOST_AT_ONCE:
            raise TooMany(
                f"{MOST_AT_ONCE} providers are being tried just now; wait for one of them.",
                retry_after_seconds=2,
                status="too_many_trials",
            )
        self._running += 1
        try:
            candidate = find()
            if candidate.name == CUSTOM:
                raise Invalid(("body", "name"), "An agent's own model stands in the agent: try it there.")
            return await self._run(candidate)
        except ProviderProblem as problem:
            return Trial(failure=problem.message)
        finally:
            self._running -= 1

    async def _run(self, candidate: Candidate) -> Trial:
        """Ask; whatever goes wrong is told and never raised."""
        trial, loop = Trial(), asyncio.get_running_loop()
        begun_at = loop.time()
        # What only somebody's typing made has no health that calls could learn from.
        health = Board().of(candidate.role, candidate.name)
        if not candidate.is_draft:
            health = self.board().of(candidate.role, candidate.name)
        watch = _Watch(trial, begun_at)
        health.begun()
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                if isinstance(candidate.provider, Warmable):
                    # Calls find it loaded; what that takes is no figure of its speed.
                    await candidate.provider.warm()
                watch.began_at = loop.time()
                await self._ask(candidate, watch)
            health.answered(trial.first_seconds or 0.0)
        except Exception as error:
            trial.failure = _in_words(error)
            health.broke(trial.failure, loop.time())
        finally:
            health.ended()
            trial.total_seconds = loop.time() - begun_at
            if candidate.is_draft and isinstance(candidate.provider, Closable):
                await candidate.provider.close()
        return trial

    async def _ask(self, candidate: Candidate, watch: "_Watch") -> None:
        provider = candidate.provider
        match candidate.role:
            case "language":
                await _think(provider, candidate.model, watch)
            case "voice":
                await _speak(provider, watch)
            case "ear":
                await self._hear(provider, watch)
            case "turn":
                await self._judge(provider, watch)
            case "activity":
                await self._notice(provider, watch)
            case "embedding":
                await _compare(provider, watch)
            case "moderation":
                await _moderate(provider, watch)

    async def _hear(self, ear: Ear, watch: "_Watch") -> None:
        """The time counts from the end of the sentence, as a caller's patience does."""
        watch.trial.expected = SPOKEN
        pcm = self._spoken(ear.sample_rate_hz)
        seconds = len(pcm) / _SAMPLE_BYTES / ear.sample_rate_hz
        async with ear.listen(EarWishes(is_live=False)) as listening:
            listening.speech_started(0.0)
            for at, frame in _frames(pcm, ear.sample_rate_hz):
                listening.hear(at, frame)
            listening.speech_stopped(seconds)
            watch.began_at = asyncio.get_running_loop().time()
            async for understood in listening:
                if isinstance(understood, Words) and understood.final:
                    watch.trial.text = f"{watch.trial.text} {understood.text}".strip()
                    if understood.until_seconds >= seconds - 1 or not understood.text:
                        break
        watch.something()

    async def _judge(self, judge: TurnModel, watch: "_Watch") -> None:
        likely = await judge.probability(self._spoken(judge.sample_rate_hz))
        watch.something()
        watch.trial.text = f"It is {likely:.0%} sure that the speaker of a finished sentence has finished."

    async def _notice(self, provider: VoiceActivity, watch: "_Watch") -> None:
        """Its opinions come on the loop, in order; the last window's is waited for."""
        pcm, heard, done = self._spoken(provider.sample_rate_hz), list[Activity](), asyncio.Event()
        seconds = len(pcm) / _SAMPLE_BYTES / provider.sample_rate_hz

        def told(activity: Activity) -> None:
            watch.something()
            heard.append(activity)
            if activity.until_seconds >= seconds - 0.1:
                done.set()

        stream = provider.open(told)
        try:
            for at, frame in _frames(pcm, provider.sample_rate_hz):
                stream.add(at, frame)
            await done.wait()
        finally:
            stream.close()
        surest = max(each.probability for each in heard)
        watch.trial.text = f"It noticed a voice, as sure as {surest:.0%}."

    def _spoken(self, rate_hz: int) -> bytes:
        pcm, own_hz = spoken()
        return self.conversion(own_hz, rate_hz).convert(pcm, last=True)


@dataclass(slots=True)
class _Watch:
    """The times of a trial."""

    trial: Trial
    began_at: float

    def something(self) -> None:
        """The first of it is there."""
        if self.trial.first_seconds is None:
            self.trial.first_seconds = asyncio.get_running_loop().time() - self.began_at


async def _think(mind: Language, model: str, watch: _Watch) -> None:
    request = ChatRequest(ModelChoice(model=model, max_tokens=_ANSWER_TOKENS), _ASKED)
    async with mind.chat(request) as pieces:
        async for piece in pieces:
            if isinstance(piece, Text) and piece.text:
                watch.something()
                watch.trial.text += piece.text
                if len(watch.trial.text) > _LONGEST_ANSWER:
                    break
    watch.trial.text = watch.trial.text.strip()[:_LONGEST_ANSWER]
    if not watch.trial.text:
        raise MindFailed("It answered with nothing.")


async def _speak(voice: Voice, watch: _Watch) -> None:
    sound = bytearray()
    async with voice.speak(Manner(is_live=False)) as utterance:
        utterance.add(0, SPEAKS, VoiceChoice(voice_id=""), "en")
        utterance.finish()
        async for speech in utterance:
            sound += speech.pcm
            if sound:
                watch.something()
            if len(sound) > _LONGEST_SOUND_SECONDS * voice.sample_rate_hz * _SAMPLE_BYTES:
                break
    if not sound:
        raise VoiceBroke("It gave no sound.")
    watch.trial.text = SPEAKS
    watch.trial.sound = wav(bytes(sound), voice.sample_rate_hz)


async def _compare(embedder: Embedder, watch: _Watch) -> None:
    rows = await embedder.embed(_ALIKE, "query")
    watch.something()
    likeness = float(rows[0] @ rows[1])
    watch.trial.text = (
        f"Rows of {embedder.dimensions} numbers; it finds “{_ALIKE[0]}” and “{_ALIKE[1]}” {likeness:.0%} alike."
    )


async def _moderate(moderator: Moderator, watch: _Watch) -> None:
    [verdict] = await moderator.judge([_HARMLESS])
    watch.something()
    worst = max(verdict.scores.values(), default=0.0)
    watch.trial.text = f"It judges {len(moderator.categories)} categories, and a harmless sentence {worst:.0%} bad."


def _in_words(error: Exception) -> str:
    """What providers say of their failures is made for people and holds no key; anything else is for the log."""
    match error:
        case TimeoutError():
            return f"It had not answered after {LONGEST_SECONDS:.0f} s."
        case MindFailed() | ModerationFailed() | OutboundFailed() | ProviderProblem():
            return error.message
        case VoiceBroke() | EarBroke():
            return str(error) or "It broke off without a reason."
        case _:
            _log.error("A provider that was tried failed.", exc_info=error)
            return "It failed in a way that nobody foresaw; the log of the server says how."


def _frames(pcm: bytes, rate_hz: int) -> list[tuple[float, bytes]]:
    step = round(rate_hz * _FRAME_SECONDS) * _SAMPLE_BYTES
    return [(begin / _SAMPLE_BYTES / rate_hz, pcm[begin : begin + step]) for begin in range(0, len(pcm), step)]


@cache
def spoken() -> tuple[bytes, int]:
    """The sentence as sound, and its rate."""
    data = files("vivavoce.features.models").joinpath("spoken.wav").read_bytes()
    with wave.open(io.BytesIO(data)) as file:
        return file.readframes(file.getnframes()), file.getframerate()


def wav(pcm: bytes, rate_hz: int) -> bytes:
    """PCM as a file that browsers play."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_SAMPLE_BYTES)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return made.getvalue()
