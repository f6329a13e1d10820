// Why there is nobody to talk to here, as a visitor can understand it: they made neither the agent nor the address.

import { ApiError, ServerAway } from "../api/call";
import type { Words } from "./words";

export interface Refusal {
  title: string;
  text: string;
  mayHelpToTryAgain: boolean;
}

const KNOWN: Record<string, [title: keyof Words, text: keyof Words]> = {
  agent_not_found: ["not_found", "not_found_text"],
  agent_archived: ["archived", "archived_text"],
  needs_signature: ["closed", "closed_text"],
  invalid_signature: ["wrong_link", "wrong_link_text"],
  signature_expired: ["old_link", "old_link_text"],
  origin_not_allowed: ["elsewhere", "elsewhere_text"],
  origin_required: ["elsewhere", "elsewhere_text"],
  branch_not_found: ["no_version", "no_version_text"],
  version_not_found: ["no_version", "no_version_text"],
};

export function refusalOf(error: unknown, words: Words): Refusal {
  if (error instanceof ServerAway) {
    return { title: words.away, text: words.away_text, mayHelpToTryAgain: true };
  }
  const known = error instanceof ApiError ? KNOWN[error.code ?? ""] : undefined;
  if (known) return { title: words[known[0]], text: words[known[1]], mayHelpToTryAgain: false };
  const text = error instanceof Error && error.message ? error.message : words.error_occurred;
  return { title: words.not_shown, text, mayHelpToTryAgain: true };
}
