// What the fields of an agent's document are called where a change of them is shown: as in the form that has the field.

import { MEANINGS } from "./meanings";

const CONFIG = "conversation_config";
const SETTINGS = "platform_settings";

const NAMES: Record<string, string> = {
  name: "Name",
  tags: "Tags",
  workflow: "Workflow",
  [`${CONFIG}.agent.prompt.prompt`]: "Prompt",
  [`${CONFIG}.agent.prompt.llm`]: "Model",
  [`${CONFIG}.agent.prompt.temperature`]: "Temperature",
  [`${CONFIG}.agent.prompt.max_tokens`]: "Longest answer",
  [`${CONFIG}.agent.first_message`]: "First message",
  [`${CONFIG}.agent.language`]: "Main language",
  [`${CONFIG}.agent.disable_first_message_interruptions`]: "The first message is said to its end",
  [`${CONFIG}.asr.keywords`]: "Words the ear should expect",
  [`${CONFIG}.conversation.text_only`]: "Chat only",
  [`${CONFIG}.conversation.max_duration_seconds`]: "Longest call",
  [`${CONFIG}.tts.voice_id`]: "Voice",
  [`${CONFIG}.tts.speed`]: "Speed",
  [`${CONFIG}.tts.stability`]: "Stability",
  [`${CONFIG}.tts.similarity_boost`]: "Similarity",
  [`${CONFIG}.turn.turn_eagerness`]: "Eagerness",
  [`${CONFIG}.turn.turn_timeout`]: "Ask again after",
  [`${CONFIG}.turn.silence_end_call_timeout`]: "Hang up after",
  [`${CONFIG}.turn.soft_timeout_config.timeout_seconds`]: "Fill a pause after",
  [`${CONFIG}.turn.soft_timeout_config.message`]: "What fills a pause",
  [`${CONFIG}.turn.speculative_turn`]: "Think ahead",
  [`${CONFIG}.turn.interruption_ignore_terms`]: "Words that do not interrupt",
  [`${SETTINGS}.call_limits.agent_concurrency_limit`]: "Calls at once",
  [`${SETTINGS}.call_limits.daily_limit`]: "Calls a day",
  [`${SETTINGS}.privacy.retention_days`]: "Keep conversations",
  [`${SETTINGS}.privacy.zero_retention_mode`]: "Keep nothing of what is said",
};

/** Of a field without a name of its own: the part of the editor that has it. */
const PARTS: readonly [string, string][] = [
  [`${CONFIG}.agent.dynamic_variables.`, "Variables"],
  [`${CONFIG}.agent.prompt.`, "Prompt and model"],
  [`${CONFIG}.language_presets.`, "Languages"],
  [`${CONFIG}.tts.`, "Voice"],
  [`${CONFIG}.turn.`, "Turn taking"],
  [`${SETTINGS}.auth.`, "Who may call"],
  [`${SETTINGS}.overrides.`, "What a caller may change"],
  [`${SETTINGS}.widget.`, "Widget"],
];

/** The name of a field, or of the part of the editor where it is; undefined for what stands in the document alone. */
export function nameOfField(path: string): string | undefined {
  const own = NAMES[path] ?? MEANINGS.get(path)?.label;
  return own ?? PARTS.find(([start]) => path.startsWith(start))?.[1];
}
