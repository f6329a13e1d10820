// Why an agent is not shown: said in the console with what to do about it, told to the page, and shown in its corner.

export interface Refusal {
  agentId: string;
  status: string;
  message: string;
}

type Listener = (refusal: Refusal) => void;

export const EVENT = "vivavoce-widget:refused";
const listeners = new Set<Listener>();

export function onRefusal(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes the server's answer instead of an agent's settings; what it says becomes the error that the widget logs. */
export function refused(agentId: string, answer: unknown): Error {
  const detail = (answer as { detail?: { status?: string; message?: string } } | null)?.detail;
  const status = detail?.status ?? "unknown";
  const message = [
    detail?.message ?? "The server gave no settings for this agent.",
    remedyFor(status, agentId, location.host),
  ]
    .filter(Boolean)
    .join(" ");
  const refusal = { agentId, status, message };
  for (const listener of listeners) listener(refusal);
  document.dispatchEvent(new CustomEvent<Refusal>(EVENT, { detail: refusal }));
  return new Error(message);
}

export function remedyFor(status: string, agentId: string, host: string): string {
  switch (status) {
    case "origin_not_allowed":
      return `Add ${host} to “Only from these pages” in the agent's security settings.`;
    case "needs_signature":
      return `Your server asks GET /v1/convai/conversation/get-signed-url?agent_id=${agentId} with its API key; the element gets the address as signed-url.`;
    case "signature_expired":
    case "invalid_signature":
      return "Have your server ask for a new signed URL for each visit.";
    default:
      return "";
  }
}
