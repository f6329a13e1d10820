// Why there is nobody to talk to here, as a visitor can understand it: they made neither the agent nor the address.

import { ApiError, ServerAway } from "../api/call";

export interface Refusal {
  title: string;
  text: string;
  mayHelpToTryAgain: boolean;
}

const KNOWN: Record<string, [title: string, text: string]> = {
  agent_not_found: [
    "There is no such agent",
    "The address may be mistyped, or the agent was deleted. Ask whoever gave it to you.",
  ],
  agent_archived: ["This agent takes no calls any more", "Its owner has put it away."],
  needs_signature: [
    "This agent is not open to everybody",
    "It needs an address with a key in it. Ask whoever told you of this page for their full link.",
  ],
  invalid_signature: [
    "This link is not valid",
    "It may be cut off, or its owner has made a new one. Ask for the full link.",
  ],
  signature_expired: ["This link has expired", "It was good for a quarter of an hour. Ask for a new one."],
  origin_not_allowed: [
    "This agent can only be used on its own pages",
    "Its owner has named the sites it may be used on, and this one is not among them.",
  ],
  origin_required: [
    "This agent can only be used on its own pages",
    "Its owner has named the sites it may be used on, and this one is not among them.",
  ],
  branch_not_found: [
    "There is no such version of this agent",
    "Its owner has removed it. Ask for a new link.",
  ],
  version_not_found: [
    "There is no such version of this agent",
    "Its owner has removed it. Ask for a new link.",
  ],
};

export function refusalOf(error: unknown): Refusal {
  if (error instanceof ServerAway) {
    return {
      title: "The server does not answer",
      text: "It may be starting, or your connection is down.",
      mayHelpToTryAgain: true,
    };
  }
  const known = error instanceof ApiError ? KNOWN[error.code ?? ""] : undefined;
  if (known) return { title: known[0], text: known[1], mayHelpToTryAgain: false };
  const text = error instanceof Error ? error.message : "Something went wrong that nobody foresaw.";
  return { title: "This page cannot be shown", text, mayHelpToTryAgain: true };
}
