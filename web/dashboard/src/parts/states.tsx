// What stands where something will be, and where there is nothing yet.

import type { ReactNode } from "react";
import { useTitle } from "../words/title";
import { Icon, type IconName } from "./Icon";

export function Empty({ icon, title, children }: { icon: IconName; title: string; children: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A whole page about something that is not there. */
export function Missing({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <div className="page">
      <div className="empty">
        <Icon name="search" />
        <h1>{title}</h1>
        {children}
      </div>
    </div>
  );
}

interface WaitingProps {
  lines?: number;
  /** What is waited for, as an English sentence goes on: "the keys". */
  what?: string;
  says?: string;
}

export function Waiting({ lines = 4, what = "", says = `Loading ${what}` }: WaitingProps) {
  return (
    <div className="stack" role="status">
      <span className="hidden-text">{says}</span>
      {Array.from({ length: lines }, (_, line) => line).map((line) => (
        <div key={line} className="skeleton" style={{ width: `${94 - ((line * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

export function Tag({
  kind = "",
  live = false,
  children,
}: {
  kind?: string;
  live?: boolean;
  children: ReactNode;
}) {
  return (
    <span className={`tag ${kind}${live ? " live" : ""}`}>
      {live && <span className="dot" />}
      {children}
    </span>
  );
}

export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
