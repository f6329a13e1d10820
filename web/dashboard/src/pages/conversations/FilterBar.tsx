// The filters of the list; each change is a change of the address.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useState } from "react";
import { agents } from "../../api/queries";
import type { Choice } from "../../parts/Field";
import type { Filters } from "../../words/filters";

const SINCE: Choice[] = [
  { value: "day", label: "Last 24 hours" },
  { value: "week", label: "Last 7 days" },
  { value: "month", label: "Last 30 days" },
];
const STATUS: Choice[] = [
  { value: "running", label: "Running" },
  { value: "done", label: "Done" },
  { value: "failed", label: "Failed" },
];
const KIND: Choice[] = [
  { value: "voice", label: "Voice" },
  { value: "text", label: "Chat" },
];

export function FilterBar({ filters }: { filters: Filters }) {
  const navigate = useNavigate({ from: "/conversations" });
  const everybody = useInfiniteQuery(agents());
  const names = everybody.data?.pages.flatMap((page) => page.agents) ?? [];
  const change = (changed: Partial<Record<keyof Filters, unknown>>) =>
    void navigate({
      search: (before) => ({ ...before, ...changed }) as Filters,
      replace: true,
      resetScroll: false,
    });
  return (
    <search className="filters">
      <Search text={filters.search ?? ""} onText={(search) => change({ search: search || undefined })} />
      <Pick
        name="Agent"
        value={filters.agent}
        choices={names.map((each) => ({ value: each.agent_id, label: each.name }))}
        onPick={(agent) => change({ agent })}
      />
      <Pick name="When" value={filters.since} choices={SINCE} onPick={(since) => change({ since })} />
      <Pick name="Status" value={filters.status} choices={STATUS} onPick={(status) => change({ status })} />
      <Pick name="Kind" value={filters.kind} choices={KIND} onPick={(kind) => change({ kind })} />
      <label className="until">
        <span className="small soft">Up to</span>
        <input
          className="input"
          type="date"
          aria-label="Up to this day"
          data-set={filters.until ? "" : undefined}
          value={filters.until ?? ""}
          onChange={(event) => change({ until: event.target.value || undefined })}
        />
      </label>
    </search>
  );
}

const PAUSE_MILLISECONDS = 300;

export function Search(props: { text: string; onText: (text: string) => void; what?: string }) {
  const { text, onText, what = "Search what was said" } = props;
  const [typed, type] = useState(text);
  useEffect(() => type(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = window.setTimeout(() => onText(typed), PAUSE_MILLISECONDS);
    return () => window.clearTimeout(timer);
  }, [typed, text, onText]);
  return (
    <input
      className="input search"
      type="search"
      dir="auto"
      aria-label={what}
      placeholder={`${what}…`}
      maxLength={512}
      value={typed}
      onChange={(event) => type(event.target.value)}
    />
  );
}

function Pick(props: {
  name: string;
  value: string | undefined;
  choices: Choice[];
  onPick: (value: string | undefined) => void;
}) {
  const id = useId();
  const known = !props.value || props.choices.some((each) => each.value === props.value);
  return (
    <>
      <label className="hidden-text" htmlFor={id}>
        {props.name}
      </label>
      <select
        id={id}
        className="input"
        data-set={props.value ? "" : undefined}
        value={props.value ?? ""}
        onChange={(event) => props.onPick(event.target.value || undefined)}
      >
        <option value="">{props.name}: any</option>
        {!known && <option value={props.value}>{props.value}</option>}
        {props.choices.map((each) => (
          <option key={each.value} value={each.value}>
            {each.label}
          </option>
        ))}
      </select>
    </>
  );
}
