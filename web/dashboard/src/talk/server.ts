// What the talk page asks of the server. Without a session: it shows everybody the same, also who is signed in.

import { ApiError, address, refusal, ServerAway } from "../api/call";
import type { Schemas } from "../api/contract";
import type { TalkAddress } from "./address";

export type Shown = Schemas["TalkPage"];

const PATIENCE_MILLISECONDS = 20_000;

export async function shownOf(told: TalkAddress): Promise<Shown> {
  if (!told.agentId) throw new ApiError(404, "This address names no agent.", [], null, "agent_not_found");
  const place = address(
    "/v1/vivavoce/agents/{agent_id}/talk",
    { agent_id: told.agentId },
    {
      conversation_signature: told.signature,
      branch_id: told.branchId,
      version_id: told.versionId,
    },
  );
  return (await asked(place)).json();
}

export interface Opinion {
  rating?: number;
  comment?: string;
}

export async function rate(conversationId: string, opinion: Opinion): Promise<void> {
  const place = address("/v1/convai/conversations/{id}/feedback", { id: conversationId });
  const headers = { "content-type": "application/json" };
  await asked(place, { method: "POST", headers, body: JSON.stringify(opinion) });
}

async function asked(place: string, request: RequestInit = {}): Promise<Response> {
  const reply = await fetch(place, {
    ...request,
    credentials: "omit",
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
  }).catch(() => {
    throw new ServerAway();
  });
  if (!reply.ok) throw refusal(reply, await reply.json().catch(() => null));
  return reply;
}
