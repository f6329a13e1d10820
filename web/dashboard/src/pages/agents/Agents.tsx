// The agents of the workspace.

import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { call } from "../../api/call";
import type { Schemas } from "../../api/contract";
import { agents } from "../../api/queries";
import { Icon } from "../../parts/Icon";
import { Empty, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import type { AgentsSearch } from "../../router";
import { note, noteFailure } from "../../shell/notes";
import { ago } from "../../words/times";
import { useTitle } from "../../words/title";
import { Search } from "../conversations/FilterBar";
import { AgentMenu } from "./AgentMenu";
import { readImport } from "./exchange";
import { NewAgent } from "./NewAgent";

const route = getRouteApi("/agents");
type Summary = Schemas["AgentSummary"];

export function Agents() {
  useTitle("Agents");
  const wanted = route.useSearch();
  const navigate = useNavigate({ from: "/agents" });
  const list = useInfiniteQuery(
    agents({
      search: wanted.search,
      tags: wanted.tag ? [wanted.tag] : null,
      archived: wanted.archived ?? false,
    }),
  );
  const rows = list.data?.pages.flatMap((page) => page.agents) ?? [];
  const change = (
    changed: Record<keyof AgentsSearch, unknown> | Partial<Record<keyof AgentsSearch, unknown>>,
  ) => void navigate({ search: (before) => ({ ...before, ...changed }) as AgentsSearch, replace: true });
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Agents</h1>
          <p>Who answers, what they know how to do, and how they sound.</p>
        </div>
        <div className="row">
          <Import />
          <button type="button" className="button main" onClick={() => change({ make: true })}>
            <Icon name="plus" />
            New agent
          </button>
        </div>
      </header>
      <Filters wanted={wanted} rows={rows} change={change} />
      {list.error && !list.data ? (
        <Trouble error={list.error} again={() => void list.refetch()} />
      ) : list.isPending ? (
        <Waiting what="agents" />
      ) : rows.length === 0 ? (
        <Nothing wanted={wanted} make={() => change({ make: true })} />
      ) : (
        <ul className="agents">
          {rows.map((each) => (
            <Card key={each.agent_id} one={each} onTag={(tag) => change({ tag })} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <p style={{ marginTop: "1rem" }}>
          <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? "Loading…" : "Show more"}
          </button>
        </p>
      )}
      {wanted.make && <NewAgent onClose={() => change({ make: undefined })} />}
    </div>
  );
}

function Filters(props: {
  wanted: AgentsSearch;
  rows: Summary[];
  change: (changed: Partial<Record<keyof AgentsSearch, unknown>>) => void;
}) {
  const { wanted, rows, change } = props;
  const tags = [
    ...new Set([...(wanted.tag ? [wanted.tag] : []), ...rows.flatMap((each) => each.tags)]),
  ].sort();
  return (
    <search className="filters">
      <Search
        what="Search by name"
        text={wanted.search ?? ""}
        onText={(search) => change({ search: search || undefined })}
      />
      <select
        className="input"
        aria-label="Tag"
        data-set={wanted.tag ? "" : undefined}
        value={wanted.tag ?? ""}
        onChange={(event) => change({ tag: event.target.value || undefined })}
      >
        <option value="">Tag: any</option>
        {tags.map((tag) => (
          <option key={tag}>{tag}</option>
        ))}
      </select>
      <select
        className="input"
        aria-label="Which agents"
        data-set={wanted.archived ? "" : undefined}
        value={wanted.archived ? "archived" : ""}
        onChange={(event) => change({ archived: event.target.value ? true : undefined })}
      >
        <option value="">In use</option>
        <option value="archived">Put away</option>
      </select>
    </search>
  );
}

function Nothing({ wanted, make }: { wanted: AgentsSearch; make: () => void }) {
  if (wanted.search || wanted.tag) {
    return (
      <Empty icon="search" title="No agent is called that">
        <p>Search for another part of the name, or clear the filters.</p>
        <Link to="/agents" search={{}} className="button">
          Clear the filters
        </Link>
      </Empty>
    );
  }
  if (wanted.archived) {
    return (
      <Empty icon="archive" title="Nothing was put away">
        <p>An agent that is put away leaves the list and can be brought back.</p>
      </Empty>
    );
  }
  return (
    <Empty icon="agents" title="There is nobody here yet">
      <p>
        Begin with a template whose prompt is whole, listen to it, and change what you would say otherwise.
      </p>
      <button type="button" className="button main" onClick={make}>
        New agent
      </button>
    </Empty>
  );
}

function Card({ one, onTag }: { one: Summary; onTag: (tag: string) => void }) {
  return (
    <li className="card agent-card">
      <div className="row apart" style={{ flexWrap: "nowrap" }}>
        <h2 className="clip" dir="auto">
          <Link to="/agents/$agentId" params={{ agentId: one.agent_id }} className="cover">
            {one.name}
          </Link>
        </h2>
        <AgentMenu one={one} />
      </div>
      <p className="small soft">
        {one.last_call_time_unix_secs ? `Called ${ago(one.last_call_time_unix_secs)}` : "Never called"}
        {" · "}changed {ago(one.updated_at_unix_secs)}
      </p>
      <div className="row tags">
        {one.tags.map((tag) => (
          <button key={tag} type="button" className="tag" onClick={() => onTag(tag)}>
            {tag}
          </button>
        ))}
      </div>
    </li>
  );
}

function Import() {
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const creation = useMutation({
    mutationFn: async (file: File) =>
      call("POST /v1/convai/agents/create", { body: readImport(await file.text(), file.name) }),
    onSuccess: ({ agent_id }) => {
      note("The agent is imported.");
      void navigate({ to: "/agents/$agentId", params: { agentId: agent_id } });
    },
    onError: noteFailure,
  });
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={creation.isPending}
        onClick={() => input.current?.click()}
      >
        <Icon name="up" />
        Import
      </button>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label="A file with an agent"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) creation.mutate(file);
          event.target.value = "";
        }}
      />
    </>
  );
}
