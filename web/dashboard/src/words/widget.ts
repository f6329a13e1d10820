// What the Widget tab knows of the widget: the lines for a page, the shades of a colour, the words that can be changed.

import type { Doc } from "./patch";

export interface Embedding {
  origin: string;
  agentId: string;
  needsProof: boolean;
}

/** The lines that put an agent on a page. */
export function snippet({ origin, agentId, needsProof }: Embedding): string {
  const who = needsProof ? 'signed-url="…"' : `agent-id="${agentId}"`;
  return `<elevenlabs-convai ${who}></elevenlabs-convai>\n<script src="${origin}/widget.js" async></script>`;
}

export const signedUrlRequest = ({ origin, agentId }: Embedding): string =>
  `GET ${origin}/v1/convai/conversation/get-signed-url?agent_id=${agentId}`;

export interface MainColours {
  base: string;
  base_primary: string;
  accent: string;
  accent_primary: string;
}

export const LIGHT: MainColours = {
  base: "#ffffff",
  base_primary: "#000000",
  accent: "#000000",
  accent_primary: "#ffffff",
};
export const DARK: MainColours = {
  base: "#17191b",
  base_primary: "#f3f4f4",
  accent: "#f3f4f4",
  accent_primary: "#17191b",
};

// How far each shade lies from the ground towards what is written on it.
const OF_THE_GROUND = { base_hover: 0.03, base_active: 0.07, base_border: 0.12, base_subtle: 0.6 };
const OF_THE_ACCENT = { accent_hover: 0.14, accent_active: 0.26, accent_border: 0.36, accent_subtle: 0.5 };

/** The four colours with all shades that go with them. */
export function shaded(colours: MainColours): Doc {
  const shades = (table: Record<string, number>, from: string, to: string) =>
    Object.fromEntries(Object.entries(table).map(([name, part]) => [name, mixed(from, to, part)]));
  return {
    ...colours,
    ...shades(OF_THE_GROUND, colours.base, colours.base_primary),
    ...shades(OF_THE_ACCENT, colours.accent, colours.accent_primary),
  };
}

export const isColour = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);

/** A colour on the way from one to another; what is no plain colour stays as it is. */
export function mixed(from: string, to: string, part: number): string {
  if (!isColour(from) || !isColour(to)) return from;
  const channel = (colour: string, place: number) => Number.parseInt(colour.slice(place, place + 2), 16);
  const mixedAt = (place: number) =>
    Math.round(channel(from, place) + (channel(to, place) - channel(from, place)) * part);
  return `#${[1, 3, 5].map((place) => mixedAt(place).toString(16).padStart(2, "0")).join("")}`;
}

export interface Words {
  key: string;
  label: string;
  usual: string;
}

const words = (key: string, label: string, usual: string): Words => ({ key, label, usual });

/** Words that most people want to choose, and what stands there until they do. */
export const MAIN_WORDS: Words[] = [
  words("main_label", "Beside the picture", "Need help?"),
  words("start_call", "Button: call", "Start a call"),
  words("start_chat", "Button: write", "Message"),
  words("end_call", "Button: hang up", "End"),
  words("input_placeholder", "In the empty field", "Send a message..."),
  words("listening_status", "While it listens", "Listening"),
  words("speaking_status", "While it speaks", "Talk to interrupt"),
  words("connecting_status", "While it connects", "Connecting"),
];

export const OTHER_WORDS: Words[] = [
  words("new_call", "Button: call again", "New call"),
  words("send_message", "Button: send", "Send"),
  words("mute_microphone", "Button: mute", "Mute microphone"),
  words("text_mode", "Button: to writing", "Switch to text mode"),
  words("voice_mode", "Button: to voice", "Switch to voice mode"),
  words("switched_to_text_mode", "Now in writing", "Switched to text mode"),
  words("switched_to_voice_mode", "Now by voice", "Switched to voice mode"),
  words("change_language", "Choice of language", "Change language"),
  words("expand", "Button: open", "Expand"),
  words("collapse", "Button: close", "Collapse"),
  words("accept_terms", "Terms: accept", "Accept"),
  words("dismiss_terms", "Terms: decline", "Cancel"),
  words("chatting_status", "While both write", "Chatting with AI Agent"),
  words("input_label", "Name of the field", "Text message input"),
  words("input_placeholder_text_only", "In the empty field of a chat", "Send a message..."),
  words("input_placeholder_new_conversation", "In the field when it is over", "Start a new conversation"),
  words("user_ended_conversation", "The visitor hung up", "You ended the conversation"),
  words("agent_ended_conversation", "The agent hung up", "The agent ended the conversation"),
  words("conversation_id", "Before the conversation's id", "ID"),
  words("copy_id", "Button: copy the id", "Copy ID"),
  words("copied", "It is copied", "Copied!"),
  words("error_occurred", "Something went wrong", "An error occurred"),
  words("initiate_feedback", "Asks for a rating", "How was this conversation?"),
  words("request_follow_up_feedback", "Asks for more", "Tell us more"),
  words("follow_up_feedback_placeholder", "In the field for more", "Tell us more about your experience..."),
  words("thanks_for_feedback", "Thanks", "Thank you for your feedback!"),
  words(
    "thanks_for_feedback_details",
    "Thanks, in a sentence",
    "Your feedback helps us improve our service and better support you in the future.",
  ),
  words("submit", "Button: send a rating", "Submit"),
  words("go_back", "Button: back", "Go back"),
  words("copy", "Code: copy", "Copy"),
  words("download", "Code: download", "Download"),
  words("wrap", "Code: wrap lines", "Wrap"),
  words("agent_working", "A tool runs", "Working..."),
  words("agent_done", "A tool is done", "Completed"),
  words("agent_error", "A tool failed", "Error occurred"),
  words("attach_file", "Button: attach", "Attach file"),
  words("remove_file", "Button: remove a file", "Remove file"),
  words("file_upload_error", "A file did not arrive", "Failed to upload file."),
  words("file_type_unsupported", "A file of another kind", "Unsupported file type. Accepted types:"),
  words("file_too_large", "A file is too large", "File size exceeds the maximum limit."),
  words("file_limit_reached", "Too many files", "Maximum number of files for this conversation reached."),
  words("typing_indicator", "The agent writes", "Agent is typing ..."),
];
