// This server: what is ready, what is missing and how to get it, and how programs reach it.

import { useQuery } from "@tanstack/react-query";
import { Copy } from "../../parts/Copy";
import { Tag, Waiting } from "../../parts/states";
import { Trouble } from "../../parts/Trouble";
import { NAMES, readiness } from "../../shell/readiness";

const STATES: Record<string, { text: string; kind: string }> = {
  ready: { text: "ready", kind: "good" },
  coming: { text: "on its way", kind: "info" },
  missing: { text: "missing", kind: "warn" },
};

export function About() {
  const version = useQuery(readiness).data?.version;
  const example = `ElevenLabs(base_url="${window.location.origin}", api_key="xi_…")`;
  return (
    <div className="stack loose">
      <section className="card">
        <div className="row apart" style={{ marginBottom: "0.75rem" }}>
          <h2>What is here</h2>
          {version && <span className="soft numbers">Vivavoce {version}</span>}
        </div>
        <Components />
      </section>
      <section className="card">
        <h2>Use it from a program</h2>
        <div className="row" style={{ flexWrap: "nowrap" }}>
          <pre className="code grow">{example}</pre>
          <Copy text={example} what="the example" />
        </div>
        <p className="soft" style={{ marginTop: "0.75rem" }}>
          <a href="/docs">What the API offers</a> · <a href="/openapi.json">OpenAPI document</a> ·{" "}
          <a href="/readyz">Is it ready?</a> · <a href="/assets/licences.txt">Licences of this page</a>
        </p>
      </section>
    </div>
  );
}

function Components() {
  const found = useQuery(readiness);
  if (found.error) return <Trouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting what="the state of the server" />;
  return (
    <ul className="components">
      {Object.entries(found.data.components ?? {}).map(([name, { status, message }]) => (
        <li key={name}>
          <strong>{NAMES[name] ?? name}</strong>
          <Tag kind={STATES[status]?.kind ?? "bad"}>{STATES[status]?.text ?? status}</Tag>
          <span className="soft small">{message}</span>
        </li>
      ))}
    </ul>
  );
}
