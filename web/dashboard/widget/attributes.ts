// What a page may write on the element beside what the widget itself knows: the names of older widgets.
//
// They are attributes of the first hosted widget, which many pages still carry. Each is a text that has a place among
// `text-contents` today; where a page has both, `text-contents` wins.

export type Attributes = Record<string, string | undefined>;

export const OLDER_TEXTS: Readonly<Record<string, string>> = {
  "action-text": "main_label",
  "start-call-text": "start_call",
  "end-call-text": "end_call",
  "expand-text": "expand",
  "listening-text": "listening_status",
  "speaking-text": "speaking_status",
};

/** The element's attributes as the widget gets them; `usual` are those that stand where a page says nothing. */
export function settled(given: Attributes, usual: Attributes): Attributes {
  const attributes: Attributes = { ...usual };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) attributes[name] = value;
  const texts = textsOf(given);
  if (texts) attributes["text-contents"] = texts;
  // A signed address is a proof, the bare id is none: with both, the widget would call without the proof.
  if (given["signed-url"]) attributes["agent-id"] = undefined;
  // This server speaks over WebSockets.
  attributes["use-rtc"] = "false";
  return attributes;
}

function textsOf(given: Attributes): string | null {
  const older = Object.entries(OLDER_TEXTS).flatMap(([name, key]) =>
    given[name] ? [[key, given[name]]] : [],
  );
  if (older.length === 0) return null;
  return JSON.stringify({ ...Object.fromEntries(older), ...parsed(given["text-contents"]) });
}

function parsed(text: string | undefined): object {
  try {
    const found: unknown = JSON.parse(text ?? "{}");
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    console.error("[ConversationalAI] text-contents is not JSON, so it is left out.");
    return {};
  }
}
