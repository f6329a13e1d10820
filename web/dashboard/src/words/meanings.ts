// What the plain fields of an agent's document are called here, and what they do, in our own words. The fields themselves,
// their kinds and limits are the contract's (`api/fields.ts`); a test asks for a word on each of them.

export interface Meaning {
  label: string;
  says: string;
}

export interface Group {
  title: string;
  /** Where the fields below stand in the document. */
  under: string;
  fields: Record<string, Meaning>;
}

const CONFIG = "conversation_config";

export const GROUPS: readonly Group[] = [
  {
    title: "Turns",
    under: `${CONFIG}.turn`,
    fields: {
      mode: {
        label: "What ends a turn",
        says: "turn: a judge of turns and the pause together. silence: a caller who says nothing is never asked again.",
      },
      initial_wait_time: {
        label: "Wait for the first words (seconds)",
        says: "How long a caller may be silent at the very beginning. Empty: as at any other time.",
      },
      spelling_patience: {
        label: "Patience for spelling",
        says: "auto: longer pauses are let pass while somebody spells or reads out numbers.",
      },
      retranscribe_on_turn_timeout: {
        label: "Listen again after a silence",
        says: "What was taken for silence is given to the ear once more before the agent asks whether anybody is there.",
      },
      merge_with_default_ignore_terms: {
        label: "Also ignore the usual listener's words",
        says: "Words like “mhm” and “right” do not interrupt, besides those of your own.",
      },
      interruption_ignore_term_languages: {
        label: "Languages of the usual listener's words",
        says: "Codes such as en or de, one a line. Empty: the language of the call.",
      },
      transcribe_on_disabled_interruptions: {
        label: "Hear what is said meanwhile",
        says: "Where the agent cannot be interrupted, words of the caller are kept for afterwards.",
      },
    },
  },
  {
    title: "Words that fill a pause",
    under: `${CONFIG}.turn.soft_timeout_config`,
    fields: {
      additional_soft_timeout_messages: {
        label: "More such words",
        says: "One a line, up to seven; used in turn after the first.",
      },
      randomize_fillers: { label: "In any order", says: "Drawn by chance instead of one after the other." },
      max_soft_timeouts_per_generation: {
        label: "At most, in one answer",
        says: "How often a pause is filled while one answer is thought.",
      },
      disable_until_first_user_message: {
        label: "Not before the caller has spoken",
        says: "Nothing is filled before the first thing the caller says.",
      },
      use_llm_generated_message: {
        label: "Ask a model for the words",
        says: "Words that fit what was said, instead of those written down. They take a moment, too.",
      },
      llm_generated_message_prompt_override: {
        label: "What that model is told",
        says: "Empty: a short request of our own.",
      },
    },
  },
  {
    title: "The model",
    under: `${CONFIG}.agent.prompt`,
    fields: {
      reasoning_effort: {
        label: "How hard it thinks",
        says: "For models that reason before they answer. More is slower; callers wait meanwhile.",
      },
      thinking_budget: {
        label: "Tokens for thinking",
        says: "For models that take a number instead. Empty: the model's own.",
      },
      enable_reasoning_summary: {
        label: "Keep a summary of its reasoning",
        says: "Where the model gives one, it stands beside the turn.",
      },
      service_tier: {
        label: "Priority at the provider",
        says: "fast costs more, where the provider sells it.",
      },
      enable_parallel_tool_calls: {
        label: "Several tools at once",
        says: "Lets the model call tools side by side instead of one after the other.",
      },
      cascade_timeout_seconds: {
        label: "Seconds until a backup is asked",
        says: "How long the model may take to begin before the next one is asked too.",
      },
      timezone: {
        label: "Time zone",
        says: "Such as Europe/Berlin. The model is told when the call began there.",
      },
      ignore_default_personality: {
        label: "No manners but those of the prompt",
        says: "Without this, a few sentences of ours go before the prompt: be warm, be brief, say when you do not know.",
      },
    },
  },
  {
    title: "When a call ends by itself",
    under: `${CONFIG}.agent`,
    fields: {
      max_conversation_duration_message: {
        label: "Said when the longest time is over",
        says: "Empty: the call ends without a word.",
      },
    },
  },
  {
    title: "Sound",
    under: CONFIG,
    fields: {
      "asr.user_input_audio_format": {
        label: "What callers send",
        says: "The form in which clients send sound. Official clients follow it by themselves.",
      },
      "tts.agent_output_audio_format": {
        label: "What callers get",
        says: "The form in which they get the agent's voice. A higher rate sounds fuller and takes more of the line.",
      },
      "tts.text_normalisation_type": {
        label: "Numbers and dates in words",
        says: "system_prompt: the model is told to write them so. elevenlabs: they are written out before they are spoken.",
      },
      "tts.enable_phoneme_tags": {
        label: "Obey tags for pronunciation",
        says: "A <phoneme> in a text says how a word sounds, with voices that know it.",
      },
    },
  },
  {
    title: "Watching",
    under: `${CONFIG}.conversation`,
    fields: {
      monitoring_enabled: {
        label: "Supervisors may listen in",
        says: "People of the workspace may watch a running call, whisper to the agent, and take over.",
      },
      monitoring_events: {
        label: "What they are told",
        says: "The events that a supervisor's connection gets.",
      },
      client_events: {
        label: "Events that clients get",
        says: "Official clients show what is said only if they get its events.",
      },
    },
  },
  {
    title: "What else a caller may change",
    under: "platform_settings.overrides.conversation_config_override",
    fields: {
      "asr.keywords": { label: "Words the ear should expect", says: "For a caller's own names and terms." },
      "conversation.max_duration_seconds": {
        label: "The longest call",
        says: "For calls that need more, or less.",
      },
      "agent.max_conversation_duration_message": {
        label: "What is said at its end",
        says: "With the longest call.",
      },
      "turn.soft_timeout_config.message": { label: "Words that fill a pause", says: "The first of them." },
      "turn.soft_timeout_config.additional_soft_timeout_messages": {
        label: "More such words",
        says: "All of the others.",
      },
      "tts.model_id": { label: "The voice's model", says: "For voices that have several." },
      "tts.supported_voices": { label: "Voices to switch between", says: "The whole list of them." },
      "tts.pronunciation_dictionary_locators": {
        label: "Pronunciation dictionaries",
        says: "How names are spoken.",
      },
      "agent.prompt.reasoning_effort": {
        label: "How hard the model thinks",
        says: "Costs and waits rise with it.",
      },
      "agent.prompt.tool_ids": { label: "Tools", says: "Which of the workspace's tools the agent has." },
      "agent.prompt.knowledge_base": { label: "Documents", says: "Which of them the agent may read." },
      "agent.prompt.native_mcp_server_ids": {
        label: "MCP servers",
        says: "Which of them the agent may use.",
      },
    },
  },
];

/** Each field that has a meaning here, by its path. */
export const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  GROUPS.flatMap(({ under, fields }) =>
    Object.entries(fields).map(([name, meaning]): [string, Meaning] => [`${under}.${name}`, meaning]),
  ),
);
