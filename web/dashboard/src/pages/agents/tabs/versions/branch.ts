// A branch as it is listed, and what every change of one comes down to.

import { useMutation } from "@tanstack/react-query";
import { type Body, call } from "../../../../api/call";
import type { Schemas } from "../../../../api/contract";
import { client } from "../../../../api/queries";
import { noteFailure } from "../../../../shell/notes";

export type Branch = Schemas["BranchSummary"];
type Change = Body<"PATCH /v1/convai/agents/{agent_id}/branches/{branch_id}">;

export function useChange(agentId: string, one: Branch) {
  return useMutation({
    mutationFn: (body: Change) =>
      call("PATCH /v1/convai/agents/{agent_id}/branches/{branch_id}", {
        path: { agent_id: agentId, branch_id: one.id },
        body,
      }),
    onSuccess: () => refresh(agentId),
    onError: noteFailure,
  });
}

/** Reads everything about an agent anew. */
export function refresh(agentId: string): void {
  void client.invalidateQueries({ queryKey: ["agent", agentId] });
}
