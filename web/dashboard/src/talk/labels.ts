// The words of the page. An agent may bring its own, for all its visitors (`text_contents`) and for those of a language.

export const LABELS = {
  start_call: "Talk",
  start_chat: "Write",
  new_call: "Begin again",
  end_call: "End",
  mute_microphone: "Mute",
  change_language: "Language",
  accept_terms: "Accept",
  dismiss_terms: "No, thank you",
  listening_status: "Listening",
  speaking_status: "Speaking",
  connecting_status: "Connecting…",
  chatting_status: "Chatting",
  input_label: "Write to the agent",
  input_placeholder: "Write something…",
  send_message: "Send",
  user_ended_conversation: "You ended the conversation.",
  agent_ended_conversation: "The agent ended the conversation.",
  conversation_id: "Conversation",
  error_occurred: "Something went wrong.",
  initiate_feedback: "How was the conversation?",
  request_follow_up_feedback: "Tell us more, if you like.",
  thanks_for_feedback: "Thank you.",
  follow_up_feedback_placeholder: "What was good, and what was not?",
  submit: "Send",
} as const;

export type Labels = Record<keyof typeof LABELS, string>;
type Given = Partial<Record<string, unknown>> | null | undefined;

/** The words that are shown; later ones win, and what is empty is not said. */
export function labelsOf(...given: Given[]): Labels {
  const names = Object.keys(LABELS) as (keyof Labels)[];
  const found = names.map((name) => [name, lastOf(name, given) ?? LABELS[name]]);
  return Object.fromEntries(found) as Labels;
}

function lastOf(name: string, given: Given[]): string | undefined {
  return given.map((each) => each?.[name]).findLast((text) => typeof text === "string" && text !== "") as
    | string
    | undefined;
}

/** The words that agents had before there were `text_contents`. */
export function olderWords(widget: {
  start_call_text?: string | null;
  end_call_text?: string | null;
  listening_text?: string | null;
  speaking_text?: string | null;
}): Given {
  return {
    start_call: widget.start_call_text,
    end_call: widget.end_call_text,
    listening_status: widget.listening_text,
    speaking_status: widget.speaking_text,
  };
}
