// How the dashboard asks the server for something. Every operation, its parameters and its answer are typed by
// contract.ts, which is generated from the server's own OpenAPI document.
//
// The session is a cookie that scripts cannot read; what a script adds is the token against forged requests, which the
// server gives with the session. What goes wrong is one of three things: the server refused (ApiError), it needs
// somebody to sign in (ApiError with status 401), or nobody answered at all (ServerAway).

import type { Operations, Schemas } from "./contract";

export type Operation = keyof Operations;
export type Reply<K extends Operation> = Operations[K]["reply"];
export type Query<K extends Operation> = Operations[K]["query"];
export type Body<K extends Operation> = Operations[K]["body"];
export type Session = Schemas["SessionResponse"];

export interface Wanted<K extends Operation> {
  path?: Operations[K]["path"];
  query?: Operations[K]["query"];
  body?: Operations[K]["body"];
  signal?: AbortSignal | undefined;
  /** What this change was made on: the tag that was read, or null for "there was nothing yet". */
  madeOn?: string | null;
}

/** An answer, and the tag that says in one word what was read; sent along with a change, nobody overwrites another. */
export interface Tagged<T> {
  reply: T;
  tag: string | null;
}

/** One field that the server did not accept, by its path in the body. */
export interface Wrong {
  field: string;
  message: string;
}

export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    readonly status: number,
    message: string,
    readonly wrong: Wrong[] = [],
    readonly requestId: string | null = null,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

export class ServerAway extends Error {
  override name = "ServerAway";
  constructor() {
    super("The server does not answer.");
  }
}

let csrfToken: string | null = null;

/** Remembers the token that a session came with. */
export function keepToken(session: Session): Session {
  csrfToken = session.csrf_token ?? csrfToken;
  return session;
}

export function forgetToken(): void {
  csrfToken = null;
}

export async function call<K extends Operation>(operation: K, wanted: Wanted<K> = {}): Promise<Reply<K>> {
  const reply = await asked(operation, wanted);
  return (await reply.json().catch(() => null)) as Reply<K>;
}

export async function callTagged<K extends Operation>(
  operation: K,
  wanted: Wanted<K> = {},
): Promise<Tagged<Reply<K>>> {
  const answer = await asked(operation, wanted);
  return { reply: (await answer.json()) as Reply<K>, tag: answer.headers.get("etag") };
}

/** For what is answered with sound. */
export async function callForSound<K extends Operation>(operation: K, wanted: Wanted<K> = {}): Promise<Blob> {
  return (await asked(operation, wanted)).blob();
}

/** Sends a file under the name of its field, as forms do. */
export async function callWithFile<K extends Operation>(
  operation: K,
  path: Operations[K]["path"],
  field: string,
  file: File,
): Promise<Reply<K>> {
  const form = new FormData();
  form.append(field, file);
  const reply = await asked(operation, { path }, form);
  return (await reply.json().catch(() => null)) as Reply<K>;
}

async function asked<K extends Operation>(
  operation: K,
  wanted: Wanted<K>,
  form: FormData | null = null,
): Promise<Response> {
  const [method, template] = operation.split(" ") as [string, string];
  const headers: Record<string, string> = {};
  if (wanted.body !== undefined) headers["content-type"] = "application/json";
  if (wanted.madeOn === null) headers["if-none-match"] = "*";
  else if (wanted.madeOn !== undefined) headers["if-match"] = wanted.madeOn;
  if (method !== "GET" && csrfToken) headers["x-csrf-token"] = csrfToken;
  const reply = await reached(address(template, wanted.path, wanted.query), {
    method,
    headers,
    body: wanted.body === undefined ? form : JSON.stringify(wanted.body),
    signal: wanted.signal ?? null,
  });
  if (!reply.ok) throw refusal(reply, await reply.json().catch(() => null));
  return reply;
}

async function reached(target: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(target, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServerAway();
  }
}

export function address(template: string, path: object = {}, query: object = {}): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((path as Record<string, unknown>)[name] ?? "")),
  );
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== "") asked.append(name, String(each));
    }
  }
  const text = asked.toString();
  return text ? `${filled}?${text}` : filled;
}

interface Detail {
  message?: string;
  status?: string;
  request_id?: string;
}

interface Located {
  loc: (string | number)[];
  msg: string;
}

/** The server's error body, in either of the contract's two forms. */
export function refusal(reply: { status: number; headers: Headers }, answer: unknown): ApiError {
  const requestId = reply.headers.get("x-request-id");
  const detail = (answer as { detail?: Detail | Located[] } | null)?.detail;
  if (Array.isArray(detail)) {
    const wrong = detail.map(({ loc, msg }) => ({ field: loc.slice(1).join("."), message: msg }));
    const first = wrong[0];
    const message = first
      ? `${first.field || "The request"}: ${first.message}`
      : "The server did not accept that.";
    return new ApiError(reply.status, message, wrong, requestId);
  }
  const message = detail?.message ?? `The server answered with the status ${reply.status}.`;
  return new ApiError(reply.status, message, [], detail?.request_id ?? requestId, detail?.status ?? null);
}
