// Every conversation there was, the newest first: filtered by the address, read page by page as somebody scrolls.

import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Schemas } from "../../api/contract";
import { conversations } from "../../api/queries";
import { Icon } from "../../parts/Icon";
import { usePlainLinks } from "../../parts/plainLinks";
import { Empty, Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { sourceInWords, statusInWords } from "../../words/endings";
import { queryOf } from "../../words/filters";
import { ago, duration, moment } from "../../words/times";
import { useTitle } from "../../words/title";
import { FilterBar } from "./FilterBar";

const route = getRouteApi("/conversations");
const ROW_PIXELS = 68;
/** How far from the end the next page is asked for: it is there before a quick hand is. */
const AHEAD_ROWS = 60;

export function Conversations() {
  useTitle("Conversations");
  const filters = route.useSearch();
  const asked = useMemo(() => queryOf(filters), [filters]);
  const list = useInfiniteQuery(conversations(asked));
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
        <Rows
          rows={rows}
          more={list.hasNextPage}
          fetching={list.isFetchingNextPage}
          next={() => void list.fetchNextPage()}
        />
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

function Rows(props: { rows: Summary[]; more: boolean; fetching: boolean; next: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const { rows, more, fetching, next } = props;
  const [top, measure] = useState(0);
  // Once, not while somebody scrolls: to ask where something is makes the browser lay out the page.
  useLayoutEffect(() => measure(box.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
    scrollMargin: top,
  });
  const links = usePlainLinks();
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !fetching && last >= rows.length - AHEAD_ROWS) next();
  }, [more, fetching, last, rows.length, next]);
  return (
    <>
      <p className="small soft" style={{ marginBottom: "0.5rem" }} role="status">
        {rows.length}
        {more ? "+" : ""} {rows.length === 1 ? "conversation" : "conversations"}
      </p>
      <div ref={box} className="card calls" role="list" {...links}>
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {shown.map((item) => (
            <div
              key={item.key}
              role="listitem"
              aria-setsize={more ? -1 : rows.length}
              aria-posinset={item.index + 1}
              style={{
                position: "absolute",
                inset: "0 0 auto",
                transform: `translateY(${item.start - virtual.options.scrollMargin}px)`,
              }}
            >
              <Row one={rows[item.index] as Summary} />
            </div>
          ))}
        </div>
      </div>
      {fetching && <Waiting what="more conversations" lines={1} />}
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
      <Icon name="right" />
    </a>
  );
});
