// Every conversation there was, the newest first: filtered by the address, read page by page as somebody scrolls.

import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { memo, useCallback, useMemo } from "react";
import type { Schemas } from "../../api/contract";
import { conversations } from "../../api/queries";
import { Icon } from "../../parts/Icon";
import { usePlainLinks } from "../../parts/plainLinks";
import { Empty, Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { WindowedList } from "../../parts/WindowedList";
import { sourceInWords, statusInWords } from "../../words/endings";
import { type Filters, queryOf } from "../../words/filters";
import { ago, duration, moment } from "../../words/times";
import { useTitle } from "../../words/title";
import { FilterBar } from "./FilterBar";

const route = getRouteApi("/conversations");
const ROW_PIXELS = 68;

export function Conversations() {
  useTitle("Conversations");
  const filters = route.useSearch();
  const list = useFound(filters);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.conversations) ?? [], [list.data]);
  const filtered = Object.keys(filters).length > 0;
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Conversations</h1>
          <p>What was said, how fast the answers came, and why the agent did what it did.</p>
        </div>
        <Link to="/conversations/kept" className="button">
          <Icon name="archive" />
          Kept as tests
        </Link>
      </header>
      <FilterBar filters={filters} />
      {list.error && !list.data ? (
        <Trouble error={list.error} again={() => void list.refetch()} />
      ) : list.isPending ? (
        <div className="card">
          <Waiting what="conversations" lines={8} />
        </div>
      ) : rows.length === 0 ? (
        <Nothing filtered={filtered} />
      ) : (
        <Rows list={list} rows={rows} />
      )}
    </div>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty icon="search" title="No conversation is like that">
        <p>Widen the filters, or clear them to see everything.</p>
        <Link to="/conversations" className="button">
          Clear the filters
        </Link>
      </Empty>
    );
  }
  return (
    <Empty icon="conversations" title="Nobody has called yet">
      <p>
        Open an agent and press “Try it”, or run <code>vivavoce talk</code> in a terminal. Every call is
        listed here with its transcript and its timings.
      </p>
      <Link to="/agents" className="button main">
        To the agents
      </Link>
    </Empty>
  );
}

type Summary = Schemas["ConversationSummary"];
type Found = ReturnType<typeof useFound>;

const useFound = (filters: Filters) =>
  useInfiniteQuery(conversations(useMemo(() => queryOf(filters), [filters])));

const row = (one: Summary) => <Row one={one} />;

function Rows({ list, rows }: { list: Found; rows: Summary[] }) {
  const { hasNextPage: more, isFetchingNextPage, isFetchNextPageError: failed, fetchNextPage } = list;
  const links = usePlainLinks();
  const canGoOn = more && !isFetchingNextPage && !failed;
  const next = useCallback(() => void (canGoOn && fetchNextPage()), [canGoOn, fetchNextPage]);
  return (
    <>
      <p className="small soft" style={{ marginBottom: "0.5rem" }} role="status">
        {rows.length}
        {more ? "+" : ""} {rows.length === 1 ? "conversation" : "conversations"}
      </p>
      <div className="card calls" {...links}>
        <WindowedList rows={rows} isWhole={!more} rowPixels={ROW_PIXELS} row={row} onEnd={next} />
      </div>
      {failed && <Trouble error={list.error} again={() => void fetchNextPage()} />}
      {more && !failed && (
        <div className="portion">
          <Waiting what="more conversations" lines={1} />
        </div>
      )}
    </>
  );
}

const Row = memo(function Row({ one }: { one: Summary }) {
  const status = statusInWords(one.status);
  return (
    <a href={`/conversations/${one.conversation_id}`} className="call">
      <div className="who">
        <strong className="clip" dir="auto">
          {one.agent_name || "An agent that was deleted"}
        </strong>
        <span className="small soft clip">{sourceInWords(one.conversation_initiation_source)}</span>
      </div>
      <span className="end small soft clip">
        {one.termination_reason || (status.live ? "still talking" : "")}
      </span>
      <span className="small soft numbers nowrap messages">
        {one.message_count} {one.message_count === 1 ? "message" : "messages"}
      </span>
      <span className="small numbers nowrap length">{duration(one.call_duration_secs)}</span>
      <span className="state">
        <Tag kind={status.kind} live={status.live ?? false}>
          {status.text}
        </Tag>
      </span>
      <time
        className="small soft nowrap when"
        dateTime={new Date(one.start_time_unix_secs * 1000).toISOString()}
        title={moment(one.start_time_unix_secs)}
      >
        {ago(one.start_time_unix_secs)}
      </time>
    </a>
  );
});
