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
