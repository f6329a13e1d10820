// How a conversation stands and how it ended, in words. What is not known here is shown as the server says it.

import type { Schemas } from "../api/contract";

export type Status = Schemas["ConversationSummary"]["status"];

export interface Said {
  text: string;
  kind: "" | "good" | "bad" | "warn" | "info";
  live?: boolean;
}

const STATUS: Record<Status, Said> = {
  initiated: { text: "Starting", kind: "info", live: true },
  "in-progress": { text: "Running", kind: "info", live: true },
  processing: { text: "Being closed", kind: "info" },
  done: { text: "Done", kind: "" },
  failed: { text: "Failed", kind: "bad" },
};

export function statusInWords(status: Status): Said {
  return STATUS[status] ?? { text: status, kind: "" };
}

const SOURCES: Record<string, string> = {
  js_sdk: "JavaScript SDK",
  react_sdk: "React SDK",
  react_native_sdk: "React Native SDK",
  python_sdk: "Python SDK",
  node_js_sdk: "Node SDK",
  android_sdk: "Android SDK",
  swift_sdk: "Swift SDK",
  flutter_sdk: "Flutter SDK",
  widget: "Widget",
  twilio: "Telephone (Twilio)",
  sip_trunk: "Telephone (SIP)",
  unknown: "Plain WebSocket",
};

export function sourceInWords(source: string | null | undefined): string {
  const name = source ?? "unknown";
  return SOURCES[name] ?? name.replaceAll("_", " ");
}

const AUTHORIZATION: Record<string, string> = {
  public: "Nobody had to sign in: the agent is public",
  signed_url: "A signed address",
  authorization_header: "An API key",
  shareable_link: "The agent's private link",
  allowlist: "The page stood on the agent's list",
  widget: "The widget",
};

export function authorizationInWords(method: string): string {
  return AUTHORIZATION[method] ?? method.replaceAll("_", " ");
}

const REMEDIES: Record<string, string> = {
  agent_concurrency_limit_reached: "How many calls at once it takes is set under Security and limits.",
  asr_transcription_error: "How the ears are doing stands in the settings, under Providers.",
  cascade_brain_error: "How the models are doing stands in the settings, under Providers.",
  custom_llm_error: "Look whether the agent's own model server answers, and what its log says.",
  daily_limit_reached: "How many calls a day it takes is set under Security and limits.",
  llm_timeout: "A quicker model, or a backup that is asked sooner (Advanced), spares callers the wait.",
  max_duration_exceeded:
    "The longest call is set under Security and limits, and what is said then under Advanced.",
  missing_dynamic_variable:
    "Whoever starts the call has to give it, or it gets a value in the editor, under Agent.",
  needs_signature: "The page that started it has to ask its server for a signed address.",
  origin_not_allowed: "The pages that may call stand under Security and limits.",
  override_error: "What a caller may change stands under Security and limits; anything else is refused.",
  tts_cascade_error: "How the voices are doing stands in the settings, under Providers.",
};

/** What can be done about how a conversation ended; nothing where nobody knows. */
export function remedyFor(error: string | null | undefined): string | null {
  return REMEDIES[error ?? ""] ?? null;
}
