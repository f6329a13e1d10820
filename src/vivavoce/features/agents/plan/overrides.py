"""What a client may change about an agent for one call.

Every field has a gate of its own under `platform_settings.overrides`. A value for a closed gate refuses the call,
naming the fields. But official clients always send the empty objects of their forms, and the Python one repeats what
the agent says anyway, so

- absent, null and `{}` override nothing, and neither does the value that is in force already;
- the Python client's text mode puts `text_only` at the top of the overrides instead of under `conversation`;
- a field that is not in the table is not an override and is passed over.

A language comes first: it brings its preset, and the other overrides are laid over that. Presets are the agent's own
words and pass no gate.
"""

from collections.abc import Iterator, Mapping
from math import inf
from typing import cast

from vivavoce.api.faults import problems
from vivavoce.base.json import Body, Json, patched
from vivavoce.features.agents.document.overrides import ClientOverrides
from vivavoce.features.agents.merge import ABSENT, Path, value_at
from vivavoce.features.agents.plan.refusal import CannotStart, object_in

LANGUAGE: Path = ("agent", "language")

GATED: tuple[Path, ...] = (
    LANGUAGE,
    ("agent", "first_message"),
    ("agent", "max_conversation_duration_message"),
    ("agent", "prompt", "prompt"),
    ("agent", "prompt", "llm"),
    ("agent", "prompt", "reasoning_effort"),
    ("agent", "prompt", "tool_ids"),
    ("agent", "prompt", "tool_ids_strict"),
    ("agent", "prompt", "native_mcp_server_ids"),
    ("agent", "prompt", "knowledge_base"),
    ("tts", "model_id"),
    ("tts", "voice_id"),
    ("tts", "supported_voices"),
    ("tts", "stability"),
    ("tts", "speed"),
    ("tts", "similarity_boost"),
    ("tts", "clone_strength"),
    ("tts", "pronunciation_dictionary_locators"),
    ("conversation", "text_only"),
    ("conversation", "max_duration_seconds"),
    ("asr", "keywords"),
    ("turn", "soft_timeout_config", "message"),
    ("turn", "soft_timeout_config", "additional_soft_timeout_messages"),
    ("turn", "noisy_environment_message"),
)

RANGES: Mapping[Path, tuple[float, float]] = {
    ("tts", "stability"): (0, 1),
    ("tts", "speed"): (0.7, 1.2),
    ("tts", "similarity_boost"): (0, 1),
}
"""As in the agent's document. The contract's overrides name none, but a voice cannot speak a hundred times as fast."""


def overridden(config: Body, gates: Mapping[str, Json] | None, overrides: Mapping[str, Json]) -> Body:
    """A `conversation_config` with a client's overrides; `CannotStart` if one of them is not allowed.

    Without gates everything is: what passed them once need not pass again.
    """
    wanted = dict(_values(_told(overrides)))
    if not wanted:
        return config
    code = wanted.get(LANGUAGE, value_at(config, LANGUAGE))
    spoken = in_language(config, str(code))
    closed = [path for path, value in wanted.items() if not _may(path, value, (config, spoken), gates or {})]
    if closed and gates is not None:
        names = ", ".join(".".join(path) for path in closed)
        raise CannotStart("override_error", f"The agent's settings do not allow a client to override: {names}.")
    for path, value in wanted.items():
        _check_range(path, value)
        spoken = patched(spoken, _nested(path, value))
    return spoken


def _check_range(path: Path, value: Json) -> None:
    least, most = RANGES.get(path, (-inf, inf))
    if isinstance(value, int | float) and not least <= value <= most:
        place = ".".join(("conversation_config_override", *path))
        raise CannotStart("invalid_message", f"{place} has to be between {least:g} and {most:g}.")


def in_language(config: Body, code: str) -> Body:
    """A `conversation_config` as it is in one of its languages."""
    if code == value_at(config, LANGUAGE):
        return config
    preset: Body = config.get("language_presets", {}).get(code) or {}
    told = dict(_values(preset.get("overrides") or {}))
    for path, translation in (
        (("agent", "first_message"), "first_message_translation"),
        (("turn", "soft_timeout_config", "message"), "soft_timeout_translation"),
    ):
        translated: Body = preset.get(translation) or {}
        if translated.get("text"):
            told.setdefault(path, translated["text"])
    told[LANGUAGE] = code
    for path, value in told.items():
        config = patched(config, _nested(path, value))
    return config


def _told(overrides: Mapping[str, Json]) -> Body:
    """The overrides with `text_only` in its place, checked."""
    told = dict(overrides)
    text_only = told.pop("text_only", None)
    if text_only is not None:
        told["conversation"] = {"text_only": text_only, **object_in(told, "conversation")}
    faults = problems(ClientOverrides, told, place=("conversation_config_override",))
    if faults:
        place = ".".join(map(str, faults[0]["loc"]))
        raise CannotStart("invalid_message", f"{place}: {faults[0]['msg']}")
    return told


def _values(overrides: Mapping[str, Json]) -> Iterator[tuple[Path, Json]]:
    for path in GATED:
        value = value_at(overrides, path)
        if value is not ABSENT and value is not None:
            yield path, value


def _may(path: Path, value: Json, in_force: tuple[Body, Body], gates: Mapping[str, Json]) -> bool:
    """Whether a value passes: it changes nothing of the agent as written or as spoken, or its gate is open."""
    written, spoken = in_force
    now = (value_at(written, path),) if path == LANGUAGE else (value_at(written, path), value_at(spoken, path))
    return value in now or value_at(gates, path) is True


def _nested(path: Path, value: Json) -> Body:
    """`{"agent": {"language": "de"}}` of `("agent", "language")` and `"de"`."""
    for key in reversed(path):
        value = {key: value}
    return cast(Body, value)
