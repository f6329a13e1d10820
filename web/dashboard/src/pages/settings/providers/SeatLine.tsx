// A provider in its role: its place, how it is doing, what the settings say of it, and trying it.

import { Link } from "@tanstack/react-router";
import { Facts, Tag } from "../../../parts/states";
import { milliseconds } from "../../../words/times";
import type { Seat } from "./queries";
import { TryIt } from "./TryIt";

const PLACES: Record<Seat["place"], string> = {
  first: "asked first",
  steps_in: "steps in",
  also: "by name",
  waits: "not in use",
};
const CONDITIONS: Record<Seat["condition"], { text: string; kind: string }> = {
  unused: { text: "not asked yet", kind: "" },
  well: { text: "well", kind: "good" },
  failing: { text: "failing", kind: "warn" },
  resting: { text: "left alone after failures", kind: "bad" },
};

export function SeatLine({ seat, models }: { seat: Seat; models: string[] }) {
  const condition = CONDITIONS[seat.condition];
  return (
    <li className="seat stack tight">
      <div className="row apart">
        <span className="row">
          <strong className="mono anywhere">{seat.name}</strong>
          <Tag kind={seat.place === "first" ? "info" : ""}>{PLACES[seat.place]}</Tag>
          {seat.lacks ? (
            <Tag kind="warn">lacks something</Tag>
          ) : (
            <Tag kind={condition.kind}>{condition.text}</Tag>
          )}
          {seat.stands_in && <Tag>built in</Tag>}
        </span>
      </div>
      <p className="small soft">{seat.summary}</p>
      {seat.lacks && <p className="small">{seat.lacks}</p>}
      {models.length > 0 && (
        <p className="small soft anywhere">
          Models: <span className="mono">{models.slice(0, 12).join(", ")}</span>
          {models.length > 12 && ` and ${models.length - 12} more`}
        </p>
      )}
      <Figures seat={seat} />
      <Options seat={seat} />
      {canBeTried(seat) && <TryIt role={seat.role} name={seat.name} />}
      {seat.lacks && seat.needs.length > 0 && (
        <p className="small">
          <Link to="/settings/$section" params={{ section: "models" }}>
            To the local models
          </Link>
        </p>
      )}
    </li>
  );
}

function canBeTried(seat: Seat): boolean {
  return !seat.lacks && seat.name !== "custom_llm";
}

function Figures({ seat }: { seat: Seat }) {
  if (seat.asked === 0) return null;
  const asked = `${seat.asked.toLocaleString()} ${seat.asked === 1 ? "request" : "requests"} since the start`;
  const failed = seat.failed > 0 ? `, ${seat.failed.toLocaleString()} failed` : "";
  const first =
    seat.first_seconds === null ? "" : `; begins after ${milliseconds(seat.first_seconds)}, lately`;
  return (
    <p className="small soft">
      {asked}
      {failed}
      {first}.{seat.last_failure && ` The last failure: ${seat.last_failure}`}
    </p>
  );
}

function Options({ seat }: { seat: Seat }) {
  const set = Object.entries(seat.options);
  if (set.length + seat.secrets.length === 0) return null;
  return (
    <details>
      <summary className="small">What the settings say of it</summary>
      <div style={{ paddingTop: "0.5rem" }}>
        <Facts
          facts={[
            ...set.map(([name, value]): [string, string] => [
              name,
              typeof value === "string" ? value : JSON.stringify(value),
            ]),
            ...seat.secrets.map((name): [string, string] => [name, "set, and shown to nobody"]),
          ]}
        />
      </div>
    </details>
  );
}
