// Which server this is, how it is reached by programs, and what it says of itself.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { Copy } from "../../parts/Copy";
import { Facts, Tag } from "../../parts/states";

const readiness = queryOptions({
  queryKey: ["readiness"],
  queryFn: async () => {
    const reply = await fetch("/readyz", { cache: "no-store" });
    return { isReady: reply.ok, answer: (await reply.json().catch(() => ({}))) as Record<string, unknown> };
  },
});

export function About() {
  const ready = useQuery(readiness);
  const example = `ElevenLabs(base_url="${window.location.origin}", api_key="xi_…")`;
  return (
    <div className="stack">
      <section className="card">
        <h2>This server</h2>
        <Facts
          facts={[
            ["Address", window.location.origin],
            [
              "Ready",
              <Tag key="ready" kind={ready.data?.isReady ? "good" : "warn"}>
                {ready.data ? (ready.data.isReady ? "yes" : "not now") : "…"}
              </Tag>,
            ],
            ...Object.entries(ready.data?.answer ?? {})
              .filter(([, value]) => typeof value !== "object")
              .map(([name, value]): [string, string] => [name, String(value)]),
          ]}
        />
      </section>
      <section className="card">
        <h2>Use it from a program</h2>
        <div className="row" style={{ flexWrap: "nowrap" }}>
          <pre className="code grow">{example}</pre>
          <Copy text={example} what="the example" />
        </div>
        <p className="soft" style={{ marginTop: "0.75rem" }}>
          <a href="/docs">What the API offers</a> · <a href="/openapi.json">OpenAPI document</a> ·{" "}
          <a href="/metrics">Metrics</a>
        </p>
      </section>
    </div>
  );
}
