// Every version there was: who published it and why, what it changed, and the way back.

import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../../api/call";
import type { Schemas } from "../../../api/contract";
import { Dialog } from "../../../parts/Dialog";
import { Tag, Waiting } from "../../../parts/states";
import { Trouble } from "../../../parts/Trouble";
import { note } from "../../../shell/notes";
import { moment } from "../../../words/times";
import { Changes } from "../Changes";
import { documentIn, type Editing } from "../useDocument";

type Version = Schemas["VersionRead"];

const versions = (agentId: string, branch_id: string) =>
  infiniteQueryOptions({
    queryKey: ["versions", agentId, branch_id],
    queryFn: ({ pageParam, signal }) =>
      call("GET /v1/convai/agents/{agent_id}/versions", {
        path: { agent_id: agentId },
        query: { branch_id, page_size: 50, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

const version = (agentId: string, version_id: string) =>
  queryOptions({
    queryKey: ["agent", agentId, "version", version_id],
    queryFn: ({ signal }) =>
      call("GET /v1/convai/agents/{agent_id}", {
        path: { agent_id: agentId },
        query: { version_id },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function VersionsTab({ agentId, editing }: { agentId: string; editing: Editing }) {
  const list = useInfiniteQuery(versions(agentId, editing.base.branch_id ?? ""));
  const [looking, look] = useState<Version | null>(null);
  if (list.error) return <Trouble error={list.error} again={() => void list.refetch()} />;
  if (!list.data) return <Waiting what="the versions" />;
  const rows = list.data.pages.flatMap((page) => page.versions);
  return (
    <div className="stack">
      {editing.isChanged && (
        <p className="notice">Your draft is not among them yet: it becomes a version when you publish it.</p>
      )}
      <div className="card scroll" style={{ padding: 0 }}>
        <table className="table">
          <thead>
            <tr>
              <th>Version</th>
              <th>What changed</th>
              <th>By</th>
              <th>When</th>
              <th>
                <span className="hidden-text">What to do</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((each, index) => (
              <tr key={each.id}>
                <td className="nowrap numbers">
                  {each.seq_no_in_branch} {index === 0 && <Tag kind="good">in use</Tag>}
                </td>
                <td dir="auto">{each.version_description || <span className="soft">—</span>}</td>
                <td className="small">
                  {each.access_info?.creator_name || each.access_info?.creator_email || ""}
                </td>
                <td className="small soft nowrap">{moment(each.time_committed_secs)}</td>
                <td className="right">
                  <button type="button" className="button slim" onClick={() => look(each)}>
                    Look
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {list.hasNextPage && (
        <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
          Show older ones
        </button>
      )}
      {looking && (
        <Look
          agentId={agentId}
          one={looking}
          before={rows[rows.indexOf(looking) + 1] ?? null}
          editing={editing}
          onClose={() => look(null)}
        />
      )}
    </div>
  );
}

function Look(props: {
  agentId: string;
  one: Version;
  before: Version | null;
  editing: Editing;
  onClose: () => void;
}) {
  const { agentId, one, before, editing, onClose } = props;
  const found = useQuery(version(agentId, one.id));
  const earlier = useQuery({ ...version(agentId, before?.id ?? ""), enabled: before !== null });
  const [against, compare] = useState<"before" | "draft">(before ? "before" : "draft");
  const restore = () => {
    if (!found.data) return;
    editing.replace(documentIn(found.data));
    note(`Version ${one.seq_no_in_branch} is your draft now. Publish it to go back to it.`);
    onClose();
  };
  const ground = against === "draft" ? editing.doc : earlier.data && documentIn(earlier.data);
  return (
    <Dialog title={`Version ${one.seq_no_in_branch}`} onClose={onClose} wide>
      <div className="stack">
        <div className="row">
          <select
            className="input"
            style={{ width: "auto" }}
            aria-label="Compared with"
            value={against}
            onChange={(event) => compare(event.target.value as "before" | "draft")}
          >
            {before && <option value="before">What it changed</option>}
            <option value="draft">Compared with the present draft</option>
          </select>
        </div>
        {found.error && <Trouble error={found.error} />}
        {found.data && ground ? (
          <Changes before={ground} after={documentIn(found.data)} />
        ) : (
          <Waiting what="the version" />
        )}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
          <button type="button" className="button main" disabled={!found.data} onClick={restore}>
            Take it into the draft
          </button>
        </div>
      </div>
    </Dialog>
  );
}
