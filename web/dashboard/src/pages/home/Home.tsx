// What is going on: who talks now, who talked last, and how to begin.

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { conversations } from "../../api/queries";
import { Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { statusInWords } from "../../words/endings";
import { queryOf } from "../../words/filters";
import { ago } from "../../words/times";
import { useTitle } from "../../words/title";

const RUNNING_MILLISECONDS = 5_000;

export function Home() {
  useTitle("Home");
  const running = useInfiniteQuery({
    ...conversations(queryOf({ status: "running" })),
    refetchInterval: RUNNING_MILLISECONDS,
  });
  const latest = useInfiniteQuery(conversations({}));
  const now = running.data?.pages[0]?.conversations.length;
  const rows = latest.data?.pages[0]?.conversations.slice(0, 8) ?? [];
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Home</h1>
          <p>
            {now === undefined
              ? "…"
              : now === 0
                ? "Nobody is talking right now."
                : `${now} talking right now.`}
          </p>
        </div>
      </header>
      <section className="card">
        <h2>Latest conversations</h2>
        {latest.error && <Trouble error={latest.error} />}
        {latest.isPending && <Waiting what="conversations" />}
        <ul className="stack tight">
          {rows.map((each) => (
            <li key={each.conversation_id} className="row apart">
              <Link to="/conversations/$conversationId" params={{ conversationId: each.conversation_id }}>
                {each.agent_name}
              </Link>
              <span className="row small soft">
                <Tag kind={statusInWords(each.status).kind}>{statusInWords(each.status).text}</Tag>
                {ago(each.start_time_unix_secs)}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
