// What is going on: who talks now, the last days in figures, and how to begin where there is nothing yet.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Reply } from "../../api/call";
import { agents } from "../../api/queries";
import { Icon } from "../../parts/Icon";
import { Empty, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { NAMES, readiness } from "../../shell/readiness";
import { milliseconds } from "../../words/times";
import { useTitle } from "../../words/title";
import { Days } from "./Days";
import { DAYS, overview } from "./overview";

type Overview = Reply<"GET /v1/vivavoce/overview">;

export function Home() {
  useTitle("Home");
  const found = useQuery(overview);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Home</h1>
          <p>{found.data ? nowInWords(found.data.running) : "…"}</p>
        </div>
      </header>
      {found.error && !found.data ? (
        <Trouble error={found.error} again={() => void found.refetch()} />
      ) : !found.data ? (
        <Waiting what="the figures" lines={6} />
      ) : found.data.days.length === 0 ? (
        <Beginning />
      ) : (
        <Figures of={found.data} />
      )}
    </div>
  );
}

function nowInWords(running: number): string {
  if (running === 0) return "Nobody is talking right now.";
  return running === 1
    ? "One conversation is running."
    : `${running.toLocaleString()} conversations are running.`;
}

function Beginning() {
  const first = useInfiniteQuery(agents()).data?.pages[0]?.agents.at(-1);
  return (
    <div className="stack loose">
      <Empty icon="conversations" title="Talk to your first agent">
        {first ? (
          <>
            <p>
              <span dir="auto">{first.name}</span> is ready. Say hello, by voice or in writing; then change
              the prompt and hear the difference at once.
            </p>
            <div className="row">
              <Link
                to="/agents/$agentId"
                params={{ agentId: first.agent_id }}
                search={{ try: true }}
                className="button main"
              >
                <Icon name="microphone" />
                Talk to <span className="clip">{first.name}</span>
              </Link>
              <Link to="/agents" search={{ make: true }} className="button">
                Make another
              </Link>
            </div>
          </>
        ) : (
          <>
            <p>There is none yet. Make one from a template; it takes a minute.</p>
            <Link to="/agents" search={{ make: true }} className="button main">
              New agent
            </Link>
          </>
        )}
      </Empty>
      <Lacks />
    </div>
  );
}

const PLACES: Record<string, "providers" | "models"> = {
  mind: "providers",
  ear: "models",
  voice: "models",
  turn: "models",
  embedding: "models",
};

/** What stands in for something better, so that nobody wonders why an agent answers as it does. */
function Lacks() {
  const components = useQuery(readiness).data?.components ?? {};
  const lacking = Object.entries(components).filter(
    ([name, { status }]) => name in PLACES && status !== "ready",
  );
  if (lacking.length === 0) return null;
  return (
    <section className="card stack">
      <h2>What this server still lacks</h2>
      <ul className="stack tight">
        {lacking.map(([name, { message }]) => (
          <li key={name}>
            <strong>{NAMES[name] ?? name}.</strong> <span className="soft">{sentence(message ?? "")}</span>{" "}
            <Link to="/settings/$section" params={{ section: PLACES[name] ?? "about" }}>
              {PLACES[name] === "providers" ? "To the providers" : "To the models"}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function Figures({ of }: { of: Overview }) {
  const calls = of.days.reduce((sum, day) => sum + day.calls, 0);
  const seconds = of.days.reduce((sum, day) => sum + day.seconds, 0);
  return (
    <div className="stack loose">
      <dl className="figures">
        <Figure
          name="Running now"
          value={
            of.running > 0 ? (
              <Link to="/conversations" search={{ status: "running" }}>
                {of.running.toLocaleString()}
              </Link>
            ) : (
              "0"
            )
          }
        />
        <Figure name={`Conversations in ${DAYS} days`} value={calls.toLocaleString()} />
        <Figure name="Minutes" value={Math.round(seconds / 60).toLocaleString()} />
        {of.waits.map((wait) => (
          <Figure
            key={wait.kind}
            name={
              wait.kind === "voice" ? "Until the caller hears something" : "Until the first word of a chat"
            }
            value={milliseconds(wait.median_seconds)}
            more={`${milliseconds(wait.p95_seconds)} for the slowest twentieth`}
          />
        ))}
      </dl>
      <Days title="Conversations by day" days={of.days} count={DAYS} of={({ calls: each }) => each} />
      <Days title="Minutes by day" days={of.days} count={DAYS} of={(each) => Math.round(each.seconds / 60)} />
      <div className="columns">
        <section className="card">
          <h2>By agent</h2>
          <Agents shares={of.agents} />
        </section>
        <section className="card">
          <h2>How they ended</h2>
          <Bars
            rows={of.ends.map(({ reason, calls: count }) => ({
              key: reason,
              name: reason || "Unknown",
              count,
            }))}
            what="conversations"
          />
        </section>
      </div>
      <Lacks />
    </div>
  );
}

function Figure({ name, value, more }: { name: string; value: ReactNode; more?: string }) {
  return (
    <div className="card">
      <dt className="small soft">{name}</dt>
      <dd>
        <span className="number">{value}</span>
        {more && <span className="small soft">{more}</span>}
      </dd>
    </div>
  );
}

function Agents({ shares }: { shares: Overview["agents"] }) {
  const everybody = useInfiniteQuery(agents());
  const known = new Map(
    everybody.data?.pages.flatMap((page) => page.agents).map((one) => [one.agent_id, one.name]),
  );
  const rows = shares.map(({ agent_id, calls: count }) => {
    const name = known.get(agent_id);
    return {
      key: agent_id,
      name: name ? (
        <Link to="/conversations" search={{ agent: agent_id }}>
          {name}
        </Link>
      ) : (
        <span className="soft">An agent that is not in use</span>
      ),
      count,
    };
  });
  return <Bars rows={rows} what="conversations" />;
}

function Bars({ rows, what }: { rows: { key: string; name: ReactNode; count: number }[]; what: string }) {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  if (rows.length === 0) return <p className="soft">None yet.</p>;
  return (
    <ul className="bars">
      {rows.map(({ key, name, count }) => (
        <li key={key}>
          <span className="clip" dir="auto">
            {name}
          </span>
          <span className="numbers small soft">
            {count.toLocaleString()} <span className="hidden-text">{what}</span>
          </span>
          <span className="bar-line" aria-hidden="true">
            <span style={{ width: `${(100 * count) / most}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
