// An agent's document and a person's draft of it, as they come from the server and go there.

import { queryOptions } from "@tanstack/react-query";
import { ApiError, type Body, call, callTagged, type Reply, type Tagged } from "../../api/call";
import { client, published } from "../../api/queries";
import { type Doc, isSame, type Json, patched, patchOf } from "../../words/patch";

export type Agent = Reply<"GET /v1/convai/agents/{agent_id}">;

const FIELDS = ["name", "tags", "conversation_config", "platform_settings", "workflow"] as const;

/** What of an agent is edited. */
export function documentIn(agent: Agent): Doc {
  return Object.fromEntries(FIELDS.map((name) => [name, agent[name] as Json]));
}

/** Where somebody begins to edit, or goes on: the version that the draft stands on, and the draft as the server has it. */
export interface Opened {
  base: Tagged<Agent>;
  /** What the server keeps: the draft, or what is published where there is none. */
  kept: Doc;
  /** The draft's tag; null where there is none. */
  tag: string | null;
}

const JUST_READ_MILLISECONDS = 2_000;

export async function opened(agent_id: string, branch?: string): Promise<Opened> {
  const path = { agent_id };
  const newest = published(agent_id, branch);
  // The way here has asked for it already.
  const base = await client.fetchQuery({ ...newest, staleTime: JUST_READ_MILLISECONDS });
  const kept = await draftOf({ agent_id, branch_id: base.reply.branch_id ?? "" });
  if (!kept) return { base, kept: documentIn(base.reply), tag: null };
  const { version_id } = kept.reply;
  const ground =
    version_id && version_id !== base.reply.version_id
      ? await callTagged("GET /v1/convai/agents/{agent_id}", { path, query: { version_id } })
      : base;
  // The draft stands on the version it was begun on, and is told so until it is brought onto the newest.
  return { base: ground, kept: documentIn(kept.reply), tag: kept.tag };
}

const draft = (place: Place) =>
  queryOptions({
    queryKey: ["draft", place],
    queryFn: () =>
      callTagged("GET /v1/convai/agents/{agent_id}/drafts", {
        path: { agent_id: place.agent_id },
        query: { branch_id: place.branch_id },
      }).catch(nothing),
    staleTime: JUST_READ_MILLISECONDS,
    gcTime: JUST_READ_MILLISECONDS,
  });

const draftOf = (place: Place): Promise<Tagged<Agent> | null> => client.fetchQuery(draft(place));

/** Around every change of a draft: what was read of it before is no longer so. */
export const forgetRead = (place: Place): void => client.removeQueries({ queryKey: draft(place).queryKey });

/** Reads what an editor opens with, on the way there. */
export async function readAhead(agent_id: string, branch?: string): Promise<void> {
  const base = await client.fetchQuery({ ...published(agent_id, branch), staleTime: JUST_READ_MILLISECONDS });
  await draftOf({ agent_id, branch_id: base.reply.branch_id ?? "" });
}

const nothing = (error: unknown) => {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
};

/** The draft was changed in another window, so this one's was not saved over it. */
export class ChangedElsewhere extends Error {
  override name = "ChangedElsewhere";
  constructor() {
    super("This draft was changed in another window meanwhile.");
  }
}

export interface Place {
  agent_id: string;
  branch_id: string;
}

/** Keeps the draft in place of the one that was read; its new tag. */
export async function keepDraft(place: Place, doc: Doc, madeOn: string | null): Promise<string | null> {
  const path = { agent_id: place.agent_id };
  const query = { branch_id: place.branch_id };
  const body = doc as unknown as Body<"POST /v1/convai/agents/{agent_id}/drafts">;
  try {
    return (await callTagged("POST /v1/convai/agents/{agent_id}/drafts", { path, query, body, madeOn })).tag;
  } catch (error) {
    if (!isOutdated(error)) throw error;
    forgetRead(place);
    // The answer to an earlier try may have been lost on its way: then what is there is what was sent.
    const there = await draftOf(place);
    if (there && isSame(documentIn(there.reply), doc)) return there.tag;
    throw new ChangedElsewhere();
  } finally {
    forgetRead(place);
  }
}

export async function dropDraft(place: Place, madeOn?: string | null): Promise<void> {
  const { agent_id, branch_id } = place;
  const wanted = { path: { agent_id }, query: { branch_id }, ...(madeOn ? { madeOn } : {}) };
  await call("DELETE /v1/convai/agents/{agent_id}/drafts", wanted)
    .catch((error) => {
      if (isOutdated(error)) throw new ChangedElsewhere();
      return nothing(error);
    })
    .finally(() => forgetRead(place));
}

export function isOutdated(error: unknown): boolean {
  return error instanceof ApiError && error.status === 412;
}

// What could not be saved stays in this browser until it can be.

const rescueKey = ({ agent_id, branch_id }: Place) => `vivavoce.unsaved.${agent_id}.${branch_id}`;

export function rescue(place: Place, before: Doc, doc: Doc): void {
  try {
    localStorage.setItem(rescueKey(place), JSON.stringify(patchOf(before, doc)));
  } catch {
    // A full or forbidden storage: what was typed is still on the page.
  }
}

export function forgetRescued(place: Place): void {
  localStorage.removeItem(rescueKey(place));
}

export function withRescued(place: Place, doc: Doc): Doc {
  try {
    return patched(doc, JSON.parse(localStorage.getItem(rescueKey(place)) ?? "{}") as Doc);
  } catch {
    return doc;
  }
}
