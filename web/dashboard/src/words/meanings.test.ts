import { expect, test } from "vitest";
import { FIELDS } from "../api/fields";
import { MEANINGS } from "./meanings";

/** Fields with a place of their own in another tab. */
const ELSEWHERE = [
  "conversation_config.agent.disable_first_message_interruptions",
  "conversation_config.agent.first_message",
  "conversation_config.agent.language",
  "conversation_config.agent.prompt.custom_llm.url",
  "conversation_config.agent.prompt.llm",
  "conversation_config.agent.prompt.max_tokens",
  "conversation_config.agent.prompt.prompt",
  "conversation_config.agent.prompt.temperature",
  "conversation_config.asr.keywords",
  "conversation_config.conversation.max_duration_seconds",
  "conversation_config.conversation.text_only",
  "conversation_config.tts.similarity_boost",
  "conversation_config.tts.speed",
  "conversation_config.tts.stability",
  "conversation_config.tts.voice_id",
  "conversation_config.turn.interruption_ignore_terms",
  "conversation_config.turn.silence_end_call_timeout",
  "conversation_config.turn.soft_timeout_config.message",
  "conversation_config.turn.soft_timeout_config.timeout_seconds",
  "conversation_config.turn.speculative_turn",
  "conversation_config.turn.turn_eagerness",
  "conversation_config.turn.turn_timeout",
  "platform_settings.archived",
  "platform_settings.auth.",
  "platform_settings.call_limits.agent_concurrency_limit",
  "platform_settings.call_limits.daily_limit",
  "platform_settings.overrides.conversation_config_override.agent.first_message",
  "platform_settings.overrides.conversation_config_override.agent.language",
  "platform_settings.overrides.conversation_config_override.agent.prompt.llm",
  "platform_settings.overrides.conversation_config_override.agent.prompt.prompt",
  "platform_settings.overrides.conversation_config_override.conversation.text_only",
  "platform_settings.overrides.conversation_config_override.tts.similarity_boost",
  "platform_settings.overrides.conversation_config_override.tts.speed",
  "platform_settings.overrides.conversation_config_override.tts.stability",
  "platform_settings.overrides.conversation_config_override.tts.voice_id",
  "platform_settings.overrides.custom_llm_extra_body",
  "platform_settings.privacy.retention_days",
  "platform_settings.privacy.zero_retention_mode",
  "platform_settings.widget.",
];

/** What the whole document can say, and what no form offers: this server makes nothing of it yet, or few would want it. */
const ONLY_AS_JSON = [
  "conversation_config.agent.hinglish_mode",
  "conversation_config.agent.prompt.custom_llm.",
  "conversation_config.agent.prompt.enable_parallel_tool_calls.",
  "conversation_config.agent.prompt.enable_reasoning_summary.",
  "conversation_config.agent.prompt.mcp_server_ids",
  "conversation_config.agent.prompt.native_mcp_server_ids",
  "conversation_config.agent.prompt.rag.",
  "conversation_config.agent.prompt.tool_ids",
  "conversation_config.asr.",
  "conversation_config.conversation.background_sound.",
  "conversation_config.conversation.dtmf_input_settings.",
  "conversation_config.conversation.file_input.",
  "conversation_config.conversation.source_attribution",
  "conversation_config.tts.",
  "conversation_config.turn.noisy_environment_",
  "conversation_config.turn.turn_model",
  "conversation_config.vad.",
  "platform_settings.alerting.",
  "platform_settings.analysis_",
  "platform_settings.auto_translate",
  "platform_settings.call_limits.bursting_enabled",
  "platform_settings.evaluation.",
  "platform_settings.guardrails.",
  "platform_settings.overrides.",
  "platform_settings.privacy.",
  "platform_settings.queueing_config.",
  "platform_settings.sentiment_analysis.",
  "platform_settings.summary_language",
  "platform_settings.testing.",
  "platform_settings.topic_discovery.",
  "platform_settings.trust_context",
  "platform_settings.workspace_overrides.",
];

test("every meaning is of a field that the contract has", () => {
  const known = new Set(FIELDS.map(({ path }) => path));
  expect([...MEANINGS.keys()].filter((path) => !known.has(path))).toEqual([]);
});

test("each plain field of the contract has a place, or is known to have none", () => {
  const placed = (path: string) =>
    MEANINGS.has(path) || [...ELSEWHERE, ...ONLY_AS_JSON].some((each) => path.startsWith(each));
  expect(FIELDS.map(({ path }) => path).filter((path) => !placed(path))).toEqual([]);
});
