// The texts of an agent in which a caller's variables may stand.

import { at, type Doc, isObject } from "../../words/patch";
import { textAt } from "./useDocument";

const AGENT = ["conversation_config", "agent"] as const;

/** Where a variable may stand that a call fills in: the prompt and whatever is said, in every language. */
export function textsIn(doc: Doc): string[] {
  const presets = at(doc, ["conversation_config", "language_presets"]);
  const overrides = isObject(presets)
    ? Object.values(presets).map((each) => (isObject(each) ? JSON.stringify(each.overrides ?? {}) : ""))
    : [];
  return [
    textAt(doc, [...AGENT, "prompt", "prompt"]),
    textAt(doc, [...AGENT, "first_message"]),
    textAt(doc, [...AGENT, "max_conversation_duration_message"]),
    textAt(doc, ["conversation_config", "turn", "soft_timeout_config", "message"]),
    ...overrides,
  ];
}
