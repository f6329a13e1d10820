// Every event of the wire, as it came: for those who build a client.

import { useState } from "react";

export interface Noted {
  at: number;
  event: { type?: string } & Record<string, unknown>;
}

/** They come many times a second and say little. */
const FREQUENT = new Set(["audio", "ping", "vad_score"]);

export function Events({ events }: { events: Noted[] }) {
  const [everything, showEverything] = useState(false);
  const shown = everything ? events : events.filter(({ event }) => !FREQUENT.has(event.type ?? ""));
  return (
    <details className="events">
      <summary className="small">Events ({events.length})</summary>
      <label className="row small" style={{ gap: "0.4rem", padding: "0.4rem 0" }}>
        <input
          type="checkbox"
          checked={everything}
          onChange={(event) => showEverything(event.target.checked)}
        />
        also sound, pings and voice activity
      </label>
      <ol>
        {shown.map(({ at, event }, index) => (
          <li key={index}>
            <details>
              <summary className="mono">
                <span className="soft">{at.toFixed(2)}</span> {event.type}
              </summary>
              <pre className="code">{JSON.stringify(event, shortened, 2)}</pre>
            </details>
          </li>
        ))}
      </ol>
    </details>
  );
}

function shortened(_name: string, value: unknown): unknown {
  return typeof value === "string" && value.length > 300
    ? `${value.slice(0, 60)}… (${value.length} characters)`
    : value;
}
