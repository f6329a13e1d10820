// How much is taken at a time: what the settings of the server say, what agents say of themselves, and what runs now.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/call";
import { Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { size } from "../../words/bytes";
import { overview } from "../home/overview";

const limits = queryOptions({
  queryKey: ["limits"],
  queryFn: ({ signal }) => call("GET /v1/vivavoce/limits", { signal }),
});

const NAMES: Record<string, string> = {
  max_calls: "Calls on a machine at a time",
  requests_per_minute: "Requests of one key in a minute",
  max_body_bytes: "The largest request",
  session_days: "A sign-in lasts",
  stop_timeout_seconds: "Time for calls to end when the server stops",
};

function inWords(setting: string, value: number): string {
  if (setting === "max_calls" && value === 0) return "as many as it can serve without delay";
  if (setting === "requests_per_minute" && value === 0) return "no limit";
  if (setting === "max_body_bytes") return size(value);
  if (setting === "session_days") return value === 1 ? "1 day" : `${value} days`;
  if (setting === "stop_timeout_seconds") return `${value} s`;
  return value.toLocaleString();
}

export function Limits() {
  const found = useQuery(limits);
  const now = useQuery(overview);
  if (found.error) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting what="the limits" />;
  return (
    <div className="stack loose">
      <section className="card stack">
        <h2>Of this server</h2>
        <p className="soft">
          {now.data ? `Running in this workspace now: ${now.data.running.toLocaleString()}. ` : ""}
          These stand in the settings of the server and are changed there: in <code>vivavoce.toml</code>, as a
          variable, or as a flag of <code>vivavoce serve</code>.
        </p>
        <dl className="limits">
          {found.data.limits.map(({ setting, value, meaning }) => (
            <div key={setting}>
              <dt>
                <strong>{NAMES[setting] ?? setting}</strong>
                <span className="small soft">{meaning}</span>
                <code className="small">{setting}</code>
              </dt>
              <dd className="numbers">{inWords(setting, value)}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className="card stack">
        <h2>Of an agent</h2>
        <p className="soft">
          How many conversations an agent may hold at a time and in a day stands in the agent, under{" "}
          <em>Security</em>. <Link to="/agents">To the agents</Link>
        </p>
      </section>
    </div>
  );
}
