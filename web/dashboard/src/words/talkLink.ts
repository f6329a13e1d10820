// Where an agent's talk page is, and what in its settings keeps visitors from talking there. Pure.

import { at, type Doc, isObject } from "./patch";

export interface Place {
  origin: string;
  agentId: string;
  branchId: string | null;
}

export type Hindrance = "closed" | "elsewhere" | "archived";

const SETTINGS = ["platform_settings"] as const;
const AUTH = [...SETTINGS, "auth"] as const;
const TOKEN_BYTES = 24;

/** The address to pass on; null while a closed agent has no key for it. */
export function talkAddress(place: Place, doc: Doc): string | null {
  const { isClosed, token } = lockOf(doc);
  if (isClosed && !token) return null;
  const query = new URLSearchParams();
  if (place.branchId) query.set("branch_id", place.branchId);
  if (isClosed) query.set("token", token);
  const asked = query.toString();
  return `${place.origin}/talk/${place.agentId}${asked ? `?${asked}` : ""}`;
}

export function hindrances({ origin }: Place, doc: Doc): Hindrance[] {
  const { isClosed, token } = lockOf(doc);
  const hosts = hostsOf(at(doc, [...AUTH, "allowlist"]));
  const { host, hostname } = new URL(origin);
  const found: [Hindrance, boolean][] = [
    ["closed", isClosed && !token],
    ["elsewhere", hosts.length > 0 && !hosts.includes(host) && !hosts.includes(hostname)],
    ["archived", at(doc, [...SETTINGS, "archived"]) === true],
  ];
  return found.filter(([, isMet]) => isMet).map(([name]) => name);
}

/** A key that nobody guesses, of letters that an address takes as they are. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

function lockOf(doc: Doc): { isClosed: boolean; token: string } {
  const token = at(doc, [...AUTH, "shareable_token"]);
  return {
    isClosed: at(doc, [...AUTH, "enable_auth"]) === true,
    token: typeof token === "string" ? token : "",
  };
}

function hostsOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((each) =>
    isObject(each) && typeof each.hostname === "string" ? [each.hostname.toLowerCase()] : [],
  );
}
