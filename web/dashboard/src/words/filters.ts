// The filters of the list of conversations, as they stand in the address and as the server is asked.

import type { ConversationsAsked } from "../api/queries";

export interface Filters {
  search?: string;
  agent?: string;
  since?: "day" | "week" | "month";
  status?: "done" | "failed" | "running";
  kind?: "text" | "voice";
  /** The last day, as YYYY-MM-DD in the reader's own time: how one gets far back in a long list. */
  until?: string;
  longest?: number;
  shortest?: number;
}

const DAYS = { day: 1, week: 7, month: 30 } as const;
const STATUSES = ["initiated", "in-progress", "processing", "done", "failed"] as const;
const KEPT: Record<NonNullable<Filters["status"]>, readonly string[]> = {
  done: ["done"],
  failed: ["failed"],
  running: ["initiated", "in-progress", "processing"],
};

/** Only what can be meant; anything else in an address is as if it were not there. */
export function filtersIn(sent: Record<string, unknown>): Filters {
  const found: Filters = {};
  if (typeof sent.search === "string" && sent.search) found.search = sent.search.slice(0, 512);
  if (typeof sent.agent === "string" && sent.agent) found.agent = sent.agent;
  if (oneOf(sent.since, ["day", "week", "month"] as const)) found.since = sent.since;
  if (oneOf(sent.status, ["done", "failed", "running"] as const)) found.status = sent.status;
  if (oneOf(sent.kind, ["text", "voice"] as const)) found.kind = sent.kind;
  if (typeof sent.until === "string" && endOf(sent.until) !== null) found.until = sent.until;
  if (isSeconds(sent.longest)) found.longest = sent.longest;
  if (isSeconds(sent.shortest)) found.shortest = sent.shortest;
  return found;
}

function oneOf<T extends string>(value: unknown, choices: readonly T[]): value is T {
  return choices.includes(value as T);
}

function isSeconds(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 86_400;
}

/** The same, as the server is asked. Times are rounded to the hour, so that the same question has the same answer. */
export function queryOf(filters: Filters, nowSeconds: number = Date.now() / 1000): ConversationsAsked {
  const asked: ConversationsAsked = {};
  if (filters.search) asked.search = filters.search;
  if (filters.agent) asked.agent_id = filters.agent;
  if (filters.since) {
    asked.call_start_after_unix = Math.floor((nowSeconds - DAYS[filters.since] * 86_400) / 3600) * 3600;
  }
  const until = filters.until ? endOf(filters.until) : null;
  if (until !== null) asked.call_start_before_unix = until;
  if (filters.kind) asked.text_only = filters.kind === "text";
  if (filters.longest !== undefined) asked.call_duration_max_secs = filters.longest;
  if (filters.shortest !== undefined) asked.call_duration_min_secs = filters.shortest;
  const status = filters.status;
  if (status) asked.exclude_statuses = STATUSES.filter((each) => !KEPT[status].includes(each));
  return asked;
}

/** The moment at which a day is over, in seconds; null for what is no day. */
function endOf(day: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const date = new Date(`${day}T00:00`);
  date.setDate(date.getDate() + 1);
  return Number.isNaN(date.getTime()) ? null : Math.floor(date.getTime() / 1000);
}
