// The calls that were kept as tests, and whether this version still decides them alike.

import { queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { address, call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { Answer } from "../../parts/Answer";
import { saveFrom } from "../../parts/files";
import { Icon } from "../../parts/Icon";
import { Empty, Tag } from "../../parts/states";
import { Table } from "../../parts/Table";
import { noteFailure } from "../../shell/notes";
import { moment } from "../../words/times";
import { useTitle } from "../../words/title";
import { useRemoval } from "../settings/useRemoval";

type KeptCall = Schemas["KeptCallRead"];

const keptCalls = {
  queryKey: ["kept-calls"],
  queryFn: ({ pageParam, signal }: { pageParam: string; signal: AbortSignal }) =>
    call("GET /v1/vivavoce/kept-calls", {
      query: { page_size: 100, ...(pageParam ? { cursor: pageParam } : {}) },
      signal,
    }),
  initialPageParam: "",
  getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
};

const checked = (kept_call_id: string) =>
  queryOptions({
    queryKey: ["kept-call", kept_call_id, "check"],
    queryFn: ({ signal }) =>
      call("GET /v1/vivavoce/kept-calls/{kept_call_id}/check", { path: { kept_call_id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function Kept() {
  useTitle("Kept calls");
  const found = useInfiniteQuery(keptCalls);
  const [checking, check] = useState(false);
  const rows = found.data?.pages.flatMap((page) => page.kept_calls);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <p className="small">
            <Link to="/conversations">Conversations</Link>
          </p>
          <h1>Kept calls</h1>
          <p>
            Tests made of real calls. Each is lived through again by today's engine, which has to decide as it
            was decided then.
          </p>
        </div>
        {rows !== undefined && rows.length > 0 && (
          <button type="button" className="button main" disabled={checking} onClick={() => check(true)}>
            <Icon name="check" />
            Check them all
          </button>
        )}
      </header>
      <Answer of={{ ...found, data: rows }} what="the kept calls">
        {(kept) => (kept.length === 0 ? <Nothing /> : <List rows={kept} isChecking={checking} />)}
      </Answer>
      {found.hasNextPage && (
        <p style={{ marginTop: "1rem" }}>
          <button type="button" className="button" onClick={() => void found.fetchNextPage()}>
            {found.isFetchingNextPage ? "Loading…" : "Show older ones"}
          </button>
        </p>
      )}
    </div>
  );
}

function Nothing() {
  return (
    <Empty icon="archive" title="No call was kept yet">
      <p>
        Open a conversation that went as it should, or one that did not, and press “Keep as a test”. After an
        update <code>vivavoce replay --kept</code> says whether the agent would still act alike.
      </p>
      <Link to="/conversations" className="button main">
        To the conversations
      </Link>
    </Empty>
  );
}

function List({ rows, isChecking }: { rows: KeptCall[]; isChecking: boolean }) {
  const removal = useRemoval<KeptCall>({
    queryKey: keptCalls.queryKey,
    remove: ({ kept_call_id }) =>
      call("DELETE /v1/vivavoce/kept-calls/{kept_call_id}", { path: { kept_call_id } }),
    title: ({ name }) => `Remove the kept call “${name}”?`,
    warning: "The recording is gone for good. A copy that was downloaded stays.",
    done: "The kept call is removed.",
  });
  const download = ({ kept_call_id, name }: KeptCall) =>
    saveFrom(
      address("/v1/vivavoce/kept-calls/{kept_call_id}/recording", { kept_call_id }),
      `${name.replaceAll(" ", "_")}.jsonl`,
    ).catch(noteFailure);
  return (
    <>
      <Table
        rows={rows}
        keyOf={(each) => each.kept_call_id}
        columns={[
          {
            name: "Name",
            look: "anywhere",
            cell: (each) => (
              <>
                <strong dir="auto">{each.name}</strong>
                <div className="small soft">
                  {each.event_count.toLocaleString()} events,{" "}
                  {each.keeps_words ? "in the words that were said" : "in invented words"}
                </div>
              </>
            ),
          },
          { name: "Kept", look: "small soft nowrap", cell: (each) => moment(each.kept_at_unix) },
          {
            name: "Today",
            look: "small",
            cell: (each) => <Verdict id={each.kept_call_id} isChecking={isChecking} />,
          },
          {
            name: "From",
            look: "small",
            cell: (each) => (
              <Link to="/conversations/$conversationId" params={{ conversationId: each.conversation_id }}>
                The conversation
              </Link>
            ),
          },
        ]}
        acts={[
          { name: "Download", of: (each) => each.name, run: (each) => void download(each) },
          { name: "Remove…", of: (each) => each.name, run: removal.ask, isDangerous: true },
        ]}
      />
      {removal.dialog}
    </>
  );
}

function Verdict({ id, isChecking }: { id: string; isChecking: boolean }) {
  const found = useQuery({ ...checked(id), enabled: isChecking });
  if (found.error) return <Tag kind="bad">{found.error.message}</Tag>;
  if (!found.data) return <span className="soft">{isChecking ? "checking…" : "not checked"}</span>;
  const { diverges, verdict } = found.data;
  return (
    <div className="stack tight">
      <span>
        <Tag kind={diverges ? "warn" : "good"}>{diverges ? "decided otherwise" : "decided alike"}</Tag>
      </span>
      {diverges && <span className="soft">{verdict}</span>}
    </div>
  );
}
