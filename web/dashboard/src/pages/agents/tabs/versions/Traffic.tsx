// How the calls are shared out between the branches: a slider each, which together are always all of them.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../../../api/call";
import { RangeField } from "../../../../parts/Field";
import { CardForm } from "../../../../parts/Form";
import { note } from "../../../../shell/notes";
import { moment } from "../../../../words/times";
import { moved, sharesOf } from "../../../../words/traffic";
import { type Branch, refresh } from "./branch";

export function Traffic({ rows, agentId }: { rows: Branch[]; agentId: string }) {
  const now = sharesOf(rows);
  const [shares, share] = useState(now);
  const isChanged = rows.some(({ id }) => shares[id] !== now[id]);
  const deployment = useMutation({
    mutationFn: () =>
      call("POST /v1/convai/agents/{agent_id}/deployments", {
        path: { agent_id: agentId },
        body: {
          deployment_request: {
            requests: rows.map(({ id }) => ({
              branch_id: id,
              deployment_strategy: { type: "percentage" as const, traffic_percentage: shares[id] ?? 0 },
            })),
          },
        },
      }),
    onSuccess: () => {
      note("New calls are shared out like this from now on.");
      refresh(agentId);
    },
  });
  return (
    <CardForm
      title="Who gets the calls"
      action="Share them out"
      work={deployment}
      isReady={isChanged}
      onSubmit={() => deployment.mutate()}
    >
      <p className="soft small">
        A new call is drawn by its id, so it gets the same branch again in every replay. Whoever names a
        branch gets that one.
      </p>
      <div className="shares" aria-hidden="true">
        {rows.map((each, index) => (
          <span
            key={each.id}
            className={`share of-${index % 5}`}
            style={{ flexGrow: shares[each.id] ?? 0 }}
          />
        ))}
      </div>
      <div className="fields">
        {rows.map((each, index) => (
          <div key={each.id} className="row" style={{ flexWrap: "nowrap", alignItems: "start" }}>
            <span className={`share dot of-${index % 5}`} aria-hidden="true" />
            <div className="grow">
              <RangeField
                label={each.name}
                min={0}
                max={100}
                step={1}
                shown={(value) => `${value} %`}
                value={shares[each.id] ?? 0}
                onChange={(value) => share((before) => moved(before, each.id, value))}
              />
            </div>
          </div>
        ))}
      </div>
      <Before agentId={agentId} names={new Map(rows.map(({ id, name }) => [id, name]))} />
    </CardForm>
  );
}

const deployments = (agent_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "deployments"],
    queryFn: ({ signal }) =>
      call("GET /v1/convai/agents/{agent_id}/deployments", {
        path: { agent_id },
        query: { page_size: 10 },
        signal,
      }),
  });

/** How they were shared out before. */
function Before({ agentId, names }: { agentId: string; names: Map<string, string> }) {
  const found = useQuery(deployments(agentId));
  const past = (found.data?.results ?? []).filter((each) => !each.is_active);
  if (past.length === 0) return null;
  return (
    <details>
      <summary className="small soft">How it was before</summary>
      <ul className="stack tight small" style={{ marginTop: "0.5rem" }}>
        {past.map((each) => (
          <li key={each.id}>
            <span className="soft">{moment(each.deployed_at_unix_secs)}:</span>{" "}
            {Object.entries(each.traffic_percentage_branch_id_map ?? {})
              .filter(([, part]) => part > 0)
              .map(([id, part]) => `${names.get(id) ?? "a branch that is gone"} ${Math.round(part)} %`)
              .join(", ")}
          </li>
        ))}
      </ul>
    </details>
  );
}
