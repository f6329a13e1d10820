"""Barge-in: is the sound the caller makes while the agent speaks an interruption?

The reply is paused as soon as there is a sound; then it is decided, here, from what is known so far:

| what came                                              | verdict                                            |
|--------------------------------------------------------|----------------------------------------------------|
| nothing yet, a voice                                   | wait; a voice that stays wordless for long is noise |
| nothing, and silence                                   | wait a moment for the ear, then ignore: a cough    |
| the ear says: no words                                 | ignore                                             |
| a back-channel ("mhm"), an ignore term, our own echo,  | wait while more may follow, then ignore            |
| fewer words than `minimum_words`                       |                                                    |
| what may be the beginning of one of these              | wait while more may follow, then cut               |
| anything else                                          | cut                                                |

Ignored means resumed: the reply goes on where it stopped. Cutting wins late, too: words that arrive after the reply
was resumed still cut it.
"""

from __future__ import annotations

from collections.abc import Mapping

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import TurnSettings
from vivavoce.engine.turns import CallerTurn
from vivavoce.engine.words import contains_run, words_of

WORDLESS_VOICE_SECONDS = 2.0
"""A voice without words for so long, with an ear that gives interims, is noise or somebody else."""
PATIENCE_SECONDS = 8.0
"""The same where the ear gives only finals."""
EAR_DELAY_SECONDS = 0.7
"""After the sound is over the ear gets so long to have words for it."""
MORE_MAY_FOLLOW_SECONDS = 0.8
"""So long a "yeah" may still become a "yeah, but"."""
ECHO_WORDS = 3
"""Fewer words than these in a row are no proof of an echo."""

SOUNDS = frozenset({"mhm", "mm", "mmm", "hm", "hmm", "hmmm", "mm hmm", "mm hm", "uh huh", "uhhuh", "aha", "ah", "oh"})
"""Listeners' noises that are no words in any language: these never interrupt."""

IGNORE_TERMS: Mapping[str, tuple[str, ...]] = {
    "de": ("ja", "ja ja", "genau", "okay", "ok", "richtig", "klar", "gut", "verstehe", "ach so", "stimmt"),
    "en": ("yeah", "yes", "yep", "yup", "ok", "okay", "right", "sure", "got it", "gotcha", "i see", "alright", "cool"),
    "es": ("sí", "si", "vale", "ok", "claro", "ya", "bueno", "entiendo", "de acuerdo", "ajá"),
    "fr": ("oui", "ouais", "d'accord", "ok", "je vois", "bien", "voilà", "exact", "bien sûr"),
    "it": ("sì", "si", "ok", "va bene", "certo", "capisco", "esatto", "giusto", "ah ok"),
    "nl": ("ja", "oké", "ok", "precies", "goed", "juist", "snap ik", "ja ja"),
    "pl": ("tak", "no", "ok", "okej", "jasne", "dobrze", "rozumiem", "aha"),
    "pt": ("sim", "ok", "tá", "tá bom", "certo", "claro", "entendi", "pois é", "isso"),
}
"""Curated terms, merged when the agent asks for it."""


@frozen
class Cut:
    """The caller takes the floor."""

    why: str


@frozen
class Ignore:
    """The agent keeps the floor."""

    why: str
    backchannel: bool = False
    """They were words that belong in the transcript, as listener's noise."""


@frozen
class Wait:
    """Not known yet; known at the latest by then."""

    until: float


Verdict = Cut | Ignore | Wait


@frozen
class Surroundings:
    """What a verdict depends on beside the sound itself."""

    settings: TurnSettings
    language: str
    said_lately: tuple[str, ...]
    """The words the caller has just heard from the agent."""
    gives_interims: bool


@frozen
class _Pending:
    """A verdict that holds if nothing more comes until then."""

    until: float
    verdict: Cut | Ignore


def judge(turn: CallerTurn, now: float, around: Surroundings) -> Verdict:
    """What to make of the caller's sound, at this moment."""
    pending = _judge_words(turn, around) if turn.text else _judge_sound(turn, around)
    return pending.verdict if now >= pending.until else Wait(pending.until)


def _judge_sound(turn: CallerTurn, around: Surroundings) -> _Pending:
    began_at = turn.began_at or 0.0
    if turn.is_speaking:
        patience = WORDLESS_VOICE_SECONDS if around.gives_interims else PATIENCE_SECONDS
        return _Pending(began_at + patience, Ignore("a voice without words"))
    if turn.is_transcribed:
        return _Pending(began_at, Ignore("the ear heard no words"))
    return _Pending(turn.last_sound_at + EAR_DELAY_SECONDS, Ignore("a sound without words"))


def _judge_words(turn: CallerTurn, around: Surroundings) -> _Pending:
    words = words_of(turn.text)
    ignore = _reason_to_ignore(words, around)
    latest = max(turn.last_sound_at, turn.last_heard_at)
    if ignore is None:
        undecided = not turn.is_transcribed and _may_become_ignorable(words, around)
        return _Pending(latest + MORE_MAY_FOLLOW_SECONDS if undecided else latest, Cut("the caller speaks"))
    if turn.is_transcribed:
        return _Pending(turn.last_sound_at, ignore)
    return _Pending(latest + (WORDLESS_VOICE_SECONDS if turn.is_speaking else MORE_MAY_FOLLOW_SECONDS), ignore)


def _reason_to_ignore(words: tuple[str, ...], around: Surroundings) -> Ignore | None:
    if not words:
        return Ignore("no words")
    if is_backchannel(words, around.settings, around.language):
        return Ignore(f"back-channel: {' '.join(words)}", backchannel=True)
    if len(words) >= ECHO_WORDS and contains_run(around.said_lately, words):
        return Ignore("an echo of the agent's own words")
    if len(words) < around.settings.minimum_words:
        return Ignore(f"fewer than {around.settings.minimum_words} words", backchannel=True)
    return None


def _may_become_ignorable(words: tuple[str, ...], around: Surroundings) -> bool:
    """These are the first words of an ignored term, or perhaps of an echo."""
    terms = (words_of(term) for term in ignored_terms(around.settings, around.language))
    return any(term[: len(words)] == words for term in terms) or contains_run(around.said_lately, words)


def is_backchannel(words: tuple[str, ...], settings: TurnSettings, language: str) -> bool:
    """The whole utterance is a listener's noise, or a term that the agent ignores."""
    said = " ".join(words)
    if said in SOUNDS or all(word in SOUNDS for word in words):
        return True
    return any(words == words_of(term) for term in ignored_terms(settings, language))


def ignored_terms(settings: TurnSettings, language: str) -> tuple[str, ...]:
    """The agent's own terms and, if it asks for them, the curated ones of its languages."""
    if not settings.merge_default_ignore_terms:
        return settings.interruption_ignore_terms
    languages = settings.interruption_ignore_languages or (language,)
    curated = [term for code in languages for term in IGNORE_TERMS.get(code.split("-")[0], ())]
    return (*settings.interruption_ignore_terms, *curated)
