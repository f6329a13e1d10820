"""Mind, voice, ears, turns, limits: from the sections of a `conversation_config` to the engine's settings.

The contract says -1 for "off" and "no limit"; the plan says None. Words that the plan does not know (a turn model of
tomorrow's client) are passed on where the shell reads them, and mean the default where the engine does.
"""

from collections.abc import Mapping, Sequence

from vivavoce.base.json import Body, Json
from vivavoce.engine.plan import (
    EarSettings,
    LabelledVoice,
    Limits,
    MindSettings,
    ModelChoice,
    SoftTimeout,
    TurnSettings,
    VoiceChoice,
    VoiceSettings,
)
from vivavoce.features.agents.plan.variables import Variables

CUSTOM_LLM = "custom-llm"

_FAMILIES: Mapping[str, str] = {
    "turbo": "eleven_turbo_v2_5",
    "flash": "eleven_flash_v2_5",
    "multilingual": "eleven_multilingual_v2",
}


def mind(prompt: Body, backups: Sequence[str], extra_body: Mapping[str, Json] | None) -> MindSettings:
    """Who thinks, and who takes over. `backups` are the installation's own, for agents that name none."""
    model: str = prompt["llm"]
    return MindSettings(
        model=_model(prompt, model, extra_body),
        backups=tuple(
            _model(prompt, backup, None) for backup in _backups(prompt, backups) if backup not in (model, CUSTOM_LLM)
        ),
        cascade_timeout_seconds=float(prompt["cascade_timeout_seconds"]),
    )


def _model(prompt: Body, model: str, extra_body: Mapping[str, Json] | None) -> ModelChoice:
    temperature, max_tokens = prompt["temperature"], prompt["max_tokens"]
    tier = prompt["service_tier"]
    return ModelChoice(
        model=model,
        temperature=None if temperature is None else float(temperature),
        max_tokens=max_tokens if max_tokens > 0 else None,
        reasoning_effort=prompt["reasoning_effort"],
        thinking_budget=prompt["thinking_budget"],
        reasoning_summary=prompt["enable_reasoning_summary"] is True,
        service_tier=None if tier == "standard" else tier,
        parallel_tool_calls=prompt["enable_parallel_tool_calls"],
        custom=prompt["custom_llm"] if model == CUSTOM_LLM else None,
        extra_body=extra_body or None,
    )


def _backups(prompt: Body, backups: Sequence[str]) -> Sequence[str]:
    config: Body = prompt["backup_llm_config"]
    match config.get("preference"):
        case "disabled":
            return ()
        case "override":
            return config["order"]
        case _:
            # A custom model is asked again itself; nobody else would know what it knows.
            return () if prompt["llm"] == CUSTOM_LLM else backups


def voice_choice(tts: Body, language: str) -> VoiceChoice:
    """The agent's own voice in a language."""
    return VoiceChoice(
        voice_id=tts["voice_id"],
        model_id=tts["model_id"],
        language=language,
        stability=tts["stability"],
        similarity_boost=tts["similarity_boost"],
        speed=tts["speed"],
        clone_strength=tts["clone_strength"],
    )


def voice(tts: Body, language: str) -> VoiceSettings:
    """How the agent sounds."""
    return VoiceSettings(
        voice=voice_choice(tts, language),
        labelled=tuple(_labelled(tts, each, language) for each in tts["supported_voices"]),
        normalises_text=tts["text_normalisation_type"] == "elevenlabs",
        pronunciation_dictionaries=tuple(tts["pronunciation_dictionary_locators"]),
        phoneme_tags=tts["enable_phoneme_tags"] is True,
        audio_effects=tts["audio_effects"],
    )


def _labelled(tts: Body, each: Body, language: str) -> LabelledVoice:
    def own(name: str) -> float | None:
        value: float | None = each.get(name)
        return tts[name] if value is None else value

    chosen = VoiceChoice(
        voice_id=each["voice_id"],
        model_id=_FAMILIES.get(str(each.get("model_family")), tts["model_id"]),
        language=each.get("language") or language,
        stability=own("stability"),
        similarity_boost=own("similarity_boost"),
        speed=own("speed"),
        clone_strength=own("clone_strength"),
    )
    return LabelledVoice(label=each["label"], voice=chosen, description=each.get("description") or "")


def ears(asr: Body) -> EarSettings:
    """How the caller is heard."""
    return EarSettings(provider=asr["provider"], keywords=tuple(asr["keywords"]))


def turn(config: Body) -> TurnSettings:
    """Whose turn it is."""
    eagerness = config["turn_eagerness"]
    return TurnSettings(
        turn_timeout_seconds=float(config["turn_timeout"]),
        initial_wait_seconds=config["initial_wait_time"],
        silence_end_call_seconds=_limit(config["silence_end_call_timeout"]),
        mode="silence" if config["mode"] == "silence" else "turn",
        turn_model=config["turn_model"],
        eagerness=eagerness if eagerness in ("patient", "eager") else "normal",
        spelling_patience="off" if config["spelling_patience"] == "off" else "auto",
        speculative=config["speculative_turn"] is True,
        retranscribe_on_turn_timeout=config["retranscribe_on_turn_timeout"] is True,
        interruption_ignore_terms=tuple(config["interruption_ignore_terms"]),
        interruption_ignore_languages=tuple(config["interruption_ignore_term_languages"]),
        merge_default_ignore_terms=config["merge_with_default_ignore_terms"] is True,
        transcribes_when_uninterruptible=config["transcribe_on_disabled_interruptions"] is True,
    )


def soft_timeout(config: Body, variables: Variables) -> SoftTimeout:
    """What is said while the mind is slow."""
    return SoftTimeout(
        timeout_seconds=_limit(config["timeout_seconds"]),
        messages=soft_timeout_messages(config, variables),
        randomised=config["randomize_fillers"] is True,
        maximum_per_turn=config["max_soft_timeouts_per_generation"],
        asks_the_mind=config["use_llm_generated_message"] is True,
        mind_prompt=config["llm_generated_message_prompt_override"] or "",
        waits_for_first_caller_turn=config["disable_until_first_user_message"] is True,
    )


def soft_timeout_messages(config: Body, variables: Variables) -> tuple[str, ...]:
    """The fillers, rendered."""
    return tuple(variables.filled(text) for text in soft_timeout_texts(config))


def soft_timeout_texts(config: Body) -> tuple[str, ...]:
    """The fillers as they were written."""
    return (config["message"], *config["additional_soft_timeout_messages"])


def limits(config: Body, variables: Variables) -> Limits:
    """When a call ends whatever is being said."""
    return Limits(
        maximum_duration_seconds=_limit(config["conversation"]["max_duration_seconds"]),
        maximum_duration_message=variables.filled(config["agent"]["max_conversation_duration_message"]),
    )


def _limit(value: float | None) -> float | None:
    return float(value) if value is not None and value > 0 else None
