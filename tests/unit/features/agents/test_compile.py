"""Compiling an agent for a call."""

from typing import Any

import pytest

from vivavoce.engine import codec
from vivavoce.engine.plan import Caller, EndCall, LanguageDetection, Plan, SkipTurn
from vivavoce.features.agents.compile import Call, Compiled, compile_plan
from vivavoce.features.agents.document.overrides import ClientOverrides, ClientOverridesAllowed
from vivavoce.features.agents.plan import prompt as prompts
from vivavoce.features.agents.plan.overrides import GATED
from vivavoce.features.agents.plan.refusal import CannotStart
from vivavoce.features.agents.records import Running

START = 1_795_269_600_000_000  # Saturday, 21 November 2026, 14:00 UTC
CALL = Call(conversation_id="conv_1", started_at_micros=START)


def compiled(
    config: dict[str, Any] | None = None, data: dict[str, Any] | None = None, *, call: Call = CALL, **more: Any
) -> Compiled:
    """Compiles an agent with this `conversation_config`; `settings` are its `platform_settings`."""
    document = {"conversation_config": config or {}, "platform_settings": more.pop("settings", {})}
    running = Running("ws_a", "agent_1", "Greeter", "agtbrch_1", "agtvrsn_1", document)
    return compile_plan(running, call, data, **more)


def plan(config: dict[str, Any] | None = None, data: dict[str, Any] | None = None, **more: Any) -> Plan:
    return compiled(config, data, **more).plan


def gates(*paths: str) -> dict[str, Any]:
    """`platform_settings` with these overrides allowed."""
    allowed: dict[str, Any] = {}
    for path in paths:
        *folders, name = path.split(".")
        inner = allowed
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[name] = True
    return {"overrides": {"conversation_config_override": allowed}}


def refusal(*args: Any, **more: Any) -> CannotStart:
    with pytest.raises(CannotStart) as refused:
        compiled(*args, **more)
    return refused.value


# ---------------------------------------------------------------------------------------------------------------
# Defaults


def test_an_empty_document_means_the_contracts_defaults():
    made = plan()
    assert (made.agent_id, made.branch_id, made.version_id) == ("agent_1", "agtbrch_1", "agtvrsn_1")
    assert (made.mind.model.model, made.mind.model.temperature, made.mind.model.max_tokens) == (
        "gemini-2.5-flash",
        0.0,
        None,
    )
    assert (made.voice.voice.voice_id, made.voice.voice.stability) == ("cjVigY5qzO86Huf0OWal", 0.5)
    assert (made.turn.turn_timeout_seconds, made.turn.silence_end_call_seconds) == (7.0, None)
    assert (made.limits.maximum_duration_seconds, made.soft_timeout.timeout_seconds) == (600.0, None)
    assert made.opening.text == ""
    assert made.system_tools == made.tools == ()
    assert [piece.name for piece in made.prompt.pieces] == ["writing"]
    assert [preset.code for preset in made.languages] == ["en"]


def test_a_plan_is_plain_data_and_the_same_every_time():
    config = {"agent": {"language": "de", "prompt": {"built_in_tools": {"end_call": {}}}}}
    made = plan(config)
    assert codec.from_json(Plan, codec.to_json(made)) == made
    assert plan(config) == made
    assert plan(call=Call(conversation_id="conv_2", started_at_micros=START)).seed != made.seed


def test_settings_are_translated():
    made = plan(
        {
            "agent": {
                "disable_first_message_interruptions": True,
                "max_conversation_duration_message": "Time is up.",
                "prompt": {
                    "llm": "gpt",
                    "temperature": None,
                    "max_tokens": 50,
                    "reasoning_effort": "low",
                    "service_tier": "fast",
                    "cascade_timeout_seconds": 6,
                },
            },
            "turn": {
                "turn_eagerness": "eager",
                "silence_end_call_timeout": 20,
                "initial_wait_time": 3,
                "mode": "silence",
                "spelling_patience": "off",
                "interruption_ignore_terms": ["mhm"],
                "soft_timeout_config": {
                    "timeout_seconds": 2.5,
                    "message": "One moment, {{name}}.",
                    "additional_soft_timeout_messages": ["Still here."],
                    "max_soft_timeouts_per_generation": 3,
                    "randomize_fillers": True,
                },
            },
            "conversation": {"max_duration_seconds": -1, "client_events": ["audio"], "text_only": False},
            "asr": {"keywords": ["Vivavoce"]},
            "tts": {"text_normalisation_type": "elevenlabs", "voice_id": "v", "speed": 1.1},
        },
        {"dynamic_variables": {"name": "Ada"}},
    )
    assert not made.opening.interruptible
    assert made.limits.maximum_duration_seconds is None
    assert made.limits.maximum_duration_message == "Time is up."
    model = made.mind.model
    assert (model.temperature, model.max_tokens, model.reasoning_effort, model.service_tier) == (
        None,
        50,
        "low",
        "fast",
    )
    assert made.mind.cascade_timeout_seconds == 6.0
    assert (made.turn.eagerness, made.turn.mode, made.turn.spelling_patience) == ("eager", "silence", "off")
    assert (made.turn.silence_end_call_seconds, made.turn.initial_wait_seconds) == (20.0, 3)
    assert made.turn.interruption_ignore_terms == ("mhm",)
    assert made.soft_timeout.messages == ("One moment, Ada.", "Still here.")
    assert (made.soft_timeout.timeout_seconds, made.soft_timeout.maximum_per_turn) == (2.5, 3)
    assert made.client_events == ("audio",)
    assert made.ears.keywords == ("Vivavoce",)
    assert made.voice.normalises_text
    assert "writing" not in [piece.name for piece in made.prompt.pieces]


def test_words_of_tomorrow_mean_the_default_today():
    made = plan({"turn": {"turn_eagerness": "telepathic", "mode": "new", "turn_model": "turn_v9"}})
    assert (made.turn.eagerness, made.turn.mode, made.turn.turn_model) == ("normal", "turn", "turn_v9")


def test_backups():
    def backups(prompt: dict[str, Any]) -> list[str]:
        made = plan({"agent": {"prompt": prompt}}, backups=["local", "gpt"])
        return [choice.model for choice in made.mind.backups]

    assert backups({"llm": "gpt"}) == ["local"]
    assert backups({"backup_llm_config": {"preference": "disabled"}}) == []
    assert backups({"backup_llm_config": {"preference": "override", "order": ["a", "b"]}}) == ["a", "b"]
    custom = {"llm": "custom-llm", "custom_llm": {"url": "https://example.com/{{system_env__x}}"}}
    assert backups(custom) == []
    assert backups({**custom, "backup_llm_config": {"preference": "override", "order": ["a"]}}) == ["a"]
    made = plan({"agent": {"prompt": custom}})
    assert made.mind.model.custom is not None
    assert made.mind.model.custom["url"] == "https://example.com/{{system_env__x}}", "the shell fills addresses in"


# ---------------------------------------------------------------------------------------------------------------
# Overrides


def test_the_table_of_gates_is_the_contracts():
    def fields(model: Any, *path: str) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for name, info in model.model_fields.items():
            kinds = [
                each for each in getattr(info.annotation, "__args__", (info.annotation,)) if isinstance(each, type)
            ]
            inner = next((each for each in kinds if hasattr(each, "model_fields")), None)
            found |= (
                fields(inner, *path, name) if inner and not str(info.annotation).startswith("list") else {(*path, name)}
            )
        return found

    assert set(GATED) == fields(ClientOverridesAllowed) == fields(ClientOverrides)


@pytest.mark.parametrize("path", GATED, ids=".".join)
def test_every_gate_is_closed_until_it_is_opened(path: tuple[str, ...]):
    values: dict[str, Any] = {
        "supported_voices": [{"label": "A", "voice_id": "v"}],
        "knowledge_base": [{"type": "file", "name": "n", "id": "i"}],
        "pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "p", "version_id": None}],
        "tool_ids": ["t"],
        "native_mcp_server_ids": ["m"],
        "keywords": ["k"],
        "additional_soft_timeout_messages": ["x"],
        "text_only": True,
        "tool_ids_strict": True,
        "max_duration_seconds": 5,
    }
    value = values.get(
        path[-1], 0.9 if path[-1] in ("stability", "speed", "similarity_boost", "clone_strength") else "de"
    )
    overrides: Any = value
    for key in reversed(path):
        overrides = {key: overrides}
    data = {"conversation_config_override": overrides}
    refused = refusal(data=data)
    assert refused.status == "override_error"
    assert ".".join(path) in refused.message
    compiled(data=data, settings=gates(".".join(path)))


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"agent": {}, "tts": {}, "conversation": {}},
        {"agent": {"prompt": {}, "language": "en"}, "tts": None},
        {"agent": {"first_message": None, "prompt": {"prompt": None}}, "conversation": {"text_only": False}},
        {"tts": {"voice_id": "cjVigY5qzO86Huf0OWal", "stability": 0.5, "speed": 1.0}},
        {"text_only": False},
        {"nobody": {"knows": "this"}, "agent": {"nor": "that"}},
    ],
)
def test_what_official_clients_always_send_overrides_nothing(overrides: dict[str, Any]):
    assert plan(data={"conversation_config_override": overrides}) == plan()


def test_all_closed_gates_are_named():
    overrides = {"agent": {"first_message": "x", "prompt": {"llm": "y"}}, "tts": {"voice_id": "z"}}
    refused = refusal(data={"conversation_config_override": overrides}, settings=gates("tts.voice_id"))
    assert "agent.first_message, agent.prompt.llm" in refused.message
    assert "tts" not in refused.message


def test_an_override_is_laid_over_the_agent():
    made = plan(
        {"agent": {"prompt": {"prompt": "Base."}}},
        {
            "conversation_config_override": {"agent": {"prompt": {"prompt": "Be {{mood}}."}}},
            "dynamic_variables": {"mood": "calm"},
        },
        settings=gates("agent.prompt.prompt"),
    )
    assert made.prompt.pieces[0].text == "Be calm."


def test_text_only_may_stand_at_the_top():
    data = {"conversation_config_override": {"text_only": True}}
    assert refusal(data=data).status == "override_error"
    made = plan(data=data, settings=gates("conversation.text_only"))
    assert made.text_only
    assert made.prompt.pieces == (), "nothing is read aloud, so nothing is said about writing"


@pytest.mark.parametrize(("name", "value"), [("speed", 99), ("speed", 0.1), ("stability", -1), ("similarity_boost", 2)])
def test_an_override_has_the_limits_of_what_it_overrides(name: str, value: float):
    data = {"conversation_config_override": {"tts": {name: value}}}
    refused = refusal(data=data, settings=gates(f"tts.{name}"))
    assert refused.status == "invalid_message"
    assert f"conversation_config_override.tts.{name}" in refused.message


def test_overrides_of_a_wrong_type_are_refused():
    for overrides in ({"tts": {"voice_id": 7}}, {"agent": []}, [], {"text_only": True, "conversation": "x"}):
        assert refusal(data={"conversation_config_override": overrides}).status == "invalid_message"
    assert refusal(data={"dynamic_variables": "x"}).status == "invalid_message"


def test_other_gates():
    for name, gate in (
        ("custom_llm_extra_body", "custom_llm_extra_body"),
        ("starting_workflow_node_id", "enable_starting_workflow_node_id_from_client"),
        ("procedure_ids", "enable_procedure_ids_from_client"),
    ):
        value: Any = {"a": 1} if name == "custom_llm_extra_body" else "x"
        refused = refusal(data={name: value})
        assert (refused.status, name in refused.message) == ("override_error", True)
        compiled(data={name: value}, settings={"overrides": {gate: True}})
        assert compiled(data={name: None if name == "procedure_ids" else type(value)()}) == compiled()
    made = plan(data={"custom_llm_extra_body": {"a": 1}}, settings={"overrides": {"custom_llm_extra_body": True}})
    assert made.mind.model.extra_body == {"a": 1}


def test_a_client_may_ask_for_fewer_events_only():
    config = {"conversation": {"client_events": ["audio", "interruption"]}}
    wanted = {"conversation": {"client_events": ["audio", "agent_tool_response_full_payload"]}}
    assert plan(config, {"conversation_config_override": wanted}).client_events == ("audio",)


# ---------------------------------------------------------------------------------------------------------------
# Languages

SPEAKS = {
    "agent": {"language": "en", "first_message": "Hello {{name}}", "prompt": {"prompt": "Help."}},
    "tts": {"voice_id": "en-voice"},
    "turn": {"soft_timeout_config": {"timeout_seconds": 3}},
    "language_presets": {
        "de": {
            "overrides": {"agent": {"first_message": "Hallo {{name}}"}, "tts": {"voice_id": "de-voice"}},
            "soft_timeout_translation": {"source_hash": "h", "text": "Moment."},
        },
        "fr": {
            "overrides": {"agent": {"prompt": None}},
            "first_message_translation": {"source_hash": "h", "text": "Bonjour {{name}}"},
        },
    },
}
ADA = {"dynamic_variables": {"name": "Ada"}}


def test_a_preset_is_for_later_until_its_language_is_chosen():
    made = plan(SPEAKS, ADA)
    assert (made.language, made.opening.text, made.voice.voice.voice_id) == ("en", "Hello Ada", "en-voice")
    german, french = made.preset("de"), made.preset("fr")
    assert german is not None
    assert french is not None
    assert (german.opening_text, german.name) == ("Hallo Ada", "German")
    assert german.voice is not None
    assert (german.voice.voice_id, german.voice.language) == ("de-voice", "de")
    assert german.soft_timeout_messages == ("Moment.",)
    assert [piece.text for piece in german.prompt_pieces] == [
        "Speak German, unless you are asked to speak another language."
    ]
    assert french.opening_text == "Bonjour Ada"


def test_a_chosen_language_brings_its_preset_without_further_gates():
    data = {**ADA, "conversation_config_override": {"agent": {"language": "de"}}}
    assert refusal(SPEAKS, data).status == "override_error"
    made = plan(SPEAKS, data, settings=gates("agent.language"))
    assert (made.language, made.opening.text, made.voice.voice.voice_id) == ("de", "Hallo Ada", "de-voice")
    assert [preset.code for preset in made.languages] == ["de", "en", "fr"]
    english = made.preset("en")
    assert english is not None
    assert english.opening_text == "Hello Ada"


def test_explicit_overrides_lie_over_the_preset():
    overrides = {"agent": {"language": "de", "first_message": "Moin {{name}}"}}
    made = plan(
        SPEAKS,
        {**ADA, "conversation_config_override": overrides},
        settings=gates("agent.language", "agent.first_message"),
    )
    assert (made.opening.text, made.voice.voice.voice_id) == ("Moin Ada", "de-voice")


def test_a_language_without_a_preset_is_only_spoken():
    data = {**ADA, "conversation_config_override": {"agent": {"language": "ja"}}}
    made = plan(SPEAKS, data, settings=gates("agent.language"))
    assert (made.language, made.opening.text) == ("ja", "Hello Ada")
    assert "Speak Japanese" in made.prompt.pieces[1].text


# ---------------------------------------------------------------------------------------------------------------
# Variables


def test_given_values_go_before_placeholders_and_only_they_reach_tools():
    config = {
        "agent": {
            "first_message": "{{ a }} {{b}} {{n}} {{list}}",
            "dynamic_variables": {"dynamic_variable_placeholders": {"a": "A0", "b": "B0"}},
        }
    }
    made = plan(config, {"dynamic_variables": {"a": "A1", "n": 2.0, "list": [1, "x"]}})
    assert made.opening.text == 'A1 B0 2 [1,"x"]'
    assert made.variables == {"a": "A1", "n": 2.0, "list": '[1,"x"]'}


def test_a_value_that_a_client_does_not_know_is_nothing_in_a_text_and_null_for_a_tool():
    made = plan({"agent": {"first_message": "Hello{{name}}!"}}, {"dynamic_variables": {"name": None}})
    assert made.opening.text == "Hello!"
    assert made.variables == {"name": None}


def test_missing_values_are_all_named():
    config = {"agent": {"first_message": "{{one}} {{two}}", "prompt": {"prompt": "{{two}} {{three}} {{system__time}}"}}}
    refused = refusal(config, {"dynamic_variables": {"three": None}})
    assert refused.status == "missing_dynamic_variable"
    assert "two, three" not in refused.message
    assert "no value: two, one." in refused.message


def test_braces_that_hold_no_name_are_text():
    text = 'Answer as {{"a":1}} or {{#if}}.'
    assert plan({"agent": {"prompt": {"prompt": text}}}).prompt.pieces[0].text == text


def test_system_values_are_frozen_and_nobody_can_give_them():
    config = {
        "agent": {
            "prompt": {
                "prompt": "{{system__agent_id}} {{system__time_utc}} {{system__caller_id}}.{{system__call_sid}}.",
                "timezone": "Europe/Berlin",
            }
        }
    }
    call = Call(conversation_id="conv_1", started_at_micros=START, caller=Caller(caller_id="+49"))
    made = plan(config, {"dynamic_variables": {"system__agent_id": "evil"}}, call=call)
    assert made.prompt.pieces[0].text == "agent_1 2026-11-21T14:00:00+00:00 +49.."
    assert made.variables == {}


def test_a_system_variable_that_does_not_exist_is_missing():
    assert "system__nonsense" in refusal({"agent": {"first_message": "{{system__nonsense}}"}}).message


def test_environment_variables_have_no_place_in_prompts():
    assert "system_env__x" in refusal({"agent": {"prompt": {"prompt": "{{system_env__x}}"}}}).message


def test_secrets_are_in_no_text_and_not_in_the_plan():
    made = compiled(
        {"agent": {"first_message": "{{secret__key}} {{secret__other}}"}},
        {"dynamic_variables": {"secret__key": "swordfish"}},
    )
    assert made.plan.opening.text == "<REDACTED> <REDACTED>"
    assert made.plan.secret_variables == {"secret__key": "secret__key"}
    assert made.secrets == {"secret__key": "swordfish"}
    assert "swordfish" not in repr(made)
    assert "swordfish" not in str(codec.to_json(made.plan))


# ---------------------------------------------------------------------------------------------------------------
# The prompt


def names(config: dict[str, Any]) -> dict[str, str]:
    return {piece.name: piece.text for piece in plan(config).prompt.pieces}


def test_our_own_personality_only_where_it_is_asked_for():
    assert "personality" not in names({"agent": {"prompt": {}}})
    assert "personality" not in names({"agent": {"prompt": {"ignore_default_personality": None}}})
    asked = names({"agent": {"prompt": {"ignore_default_personality": False}}})
    assert asked["personality"] == prompts.PERSONALITY


def test_the_clock():
    told = names({"agent": {"prompt": {"timezone": "Europe/Berlin"}}})["time"]
    assert told == "This conversation began on Saturday, 21 November 2026 at 15:00 (Europe/Berlin)."


def test_voices_and_tags():
    voices = [
        {"label": "Anna", "voice_id": "a", "description": "cheerful", "language": "de", "speed": 1.2},
        {"label": "Bo", "voice_id": "b", "model_family": "turbo"},
    ]
    tts = {
        "supported_voices": voices,
        "model_id": "eleven_v3_conversational",
        "suggested_audio_tags": [{"tag": "laughs"}],
    }
    told = names({"tts": tts})
    assert "- Anna: cheerful; speaks German\n- Bo" in told["voices"]
    assert "[laughs]" in told["tags"]
    made = plan({"tts": tts})
    anna, bo = made.voice.labelled
    assert (anna.voice.speed, anna.voice.language, anna.voice.model_id) == (1.2, "de", "eleven_v3_conversational")
    assert (bo.voice.speed, bo.voice.language, bo.voice.model_id) == (1, "en", "eleven_turbo_v2_5")
    assert "tags" not in names({"tts": {**tts, "model_id": "eleven_flash_v2"}})
    assert plan({"tts": tts, "conversation": {"text_only": True}}).prompt.pieces == ()


def test_hinglish():
    assert prompts.HINGLISH in names({"agent": {"language": "hi", "hinglish_mode": True}})["language"]
    assert "language" not in names({"agent": {"language": "en", "hinglish_mode": True}})


# ---------------------------------------------------------------------------------------------------------------
# Tools


def test_slots_and_inline_system_tools():
    made = plan(
        {
            "agent": {
                "prompt": {
                    "built_in_tools": {
                        "end_call": {},
                        "language_detection": {"params": {"only_at_conversation_start": True}},
                        "transfer_to_number": {},
                        "voicemail_detection": None,
                    },
                    "tools": [
                        {
                            "type": "system",
                            "name": "skip",
                            "description": "d",
                            "params": {"system_tool_type": "skip_turn"},
                        }
                    ],
                }
            }
        }
    )
    assert made.system_tools == (
        EndCall(),
        LanguageDetection(only_at_conversation_start=True),
        SkipTurn(description="d"),
    )
    assert made.tools == ()


WEATHER = {
    "type": "webhook",
    "name": "get_weather",
    "description": "Tells the weather.",
    "response_timeout_secs": 9,
    "interruption_mode": "disable_during_tool",
    "execution_mode": "post_tool_speech",
    "api_schema": {
        "url": "https://example.com/{city}?v={{version}}",
        "request_headers": {"x-key": {"variable_name": "secret__key"}},
        "path_params_schema": {"city": {"type": "string", "description": "Which city"}},
        "query_params_schema": {
            "properties": {
                "unit": {"type": "string", "constant_value": "C"},
                "days": {"type": "integer", "description": "How many"},
            },
            "required": ["unit", "days"],
        },
        "request_body_schema": {
            "type": "object",
            "properties": {
                "who": {"type": "string", "dynamic_variable": "user_name"},
                "where": {
                    "type": "object",
                    "properties": {"id": {"type": "string", "is_system_provided": True}, "zip": {"type": "string"}},
                    "required": ["id", "zip"],
                },
            },
            "required": ["who", "where"],
        },
    },
    "assignments": [{"dynamic_variable": "temperature", "value_path": "t"}],
}


def test_the_mind_sees_only_what_it_has_to_fill_in():
    (tool,) = plan({"agent": {"prompt": {"tools": [WEATHER]}}}).tools
    assert (tool.name, tool.kind, tool.timeout_seconds, tool.execution) == (
        "get_weather",
        "webhook",
        9.0,
        "after_speech",
    )
    assert tool.disables_interruptions
    assert tool.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Which city"},
            "days": {"type": "integer", "description": "How many"},
            "where": {"type": "object", "properties": {"zip": {"type": "string"}}, "required": ["zip"]},
        },
        "required": ["city", "days", "where"],
    }
    assert set(tool.variables) == {"version", "secret__key", "user_name"}


def test_tool_records_come_first_and_a_name_is_given_once():
    record = {"type": "client", "name": "get_weather", "description": "client side", "expects_response": True}
    prompt = {
        "tool_ids": ["tool_1", "tool_unknown"],
        "tools": [WEATHER, {"type": "client", "name": "ping", "description": ""}],
    }
    weather, ping = plan({"agent": {"prompt": prompt}}, tool_records={"tool_1": record}).tools
    assert (weather.tool_id, weather.kind, weather.expects_response) == ("tool_1", "client", True)
    assert (ping.tool_id, ping.expects_response, ping.parameters) == (
        None,
        False,
        {"type": "object", "properties": {}, "required": []},
    )
