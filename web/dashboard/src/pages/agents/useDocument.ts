// The agent that somebody is editing: what is published, what they changed, and that this is kept.
//
// Every change is saved a moment later as the person's own draft on the server; no call runs a draft. What could not be
// saved stays in this browser until it can be. A version that somebody else publishes meanwhile is noticed, and the
// changes can be brought onto it.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError, type Body, call, type Reply } from "../../api/call";
import { client } from "../../api/queries";
import { expired } from "../../shell/session";
import { at, type Doc, isSame, type Json, type Path, patched, patchOf, withValue } from "../../words/patch";
import { useStore } from "../../words/store";

export type Agent = Reply<"GET /v1/convai/agents/{agent_id}">;

const PAUSE_MILLISECONDS = 800;
const LOOK_AGAIN_MILLISECONDS = 10_000;
const FIELDS = ["name", "tags", "conversation_config", "platform_settings", "workflow"] as const;

/** What of an agent is edited. */
export function documentIn(agent: Agent): Doc {
  return Object.fromEntries(FIELDS.map((name) => [name, agent[name] as Json]));
}

export const published = (agentId: string) =>
  queryOptions({
    queryKey: ["agent", agentId],
    queryFn: ({ signal }) =>
      call("GET /v1/convai/agents/{agent_id}", { path: { agent_id: agentId }, signal }),
    refetchInterval: LOOK_AGAIN_MILLISECONDS,
  });

/** The document to begin with: the draft laid onto what is published, or what this browser could not save. */
export const opened = (agentId: string) =>
  queryOptions({
    queryKey: ["opened", agentId],
    queryFn: () => open(agentId),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

interface Opened {
  base: Agent;
  doc: Doc;
}

async function open(agentId: string): Promise<Opened> {
  const path = { agent_id: agentId };
  const base = await call("GET /v1/convai/agents/{agent_id}", { path });
  client.setQueryData(published(agentId).queryKey, base);
  const rescued = unsaved(agentId);
  const draft = await call("GET /v1/convai/agents/{agent_id}/drafts", {
    path,
    query: { branch_id: base.branch_id ?? "" },
  }).catch((error) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });
  if (!draft) return { base, doc: patched(documentIn(base), rescued ?? {}) };
  const ground =
    draft.version_id && draft.version_id !== base.version_id
      ? await call("GET /v1/convai/agents/{agent_id}", { path, query: { version_id: draft.version_id } })
      : base;
  // The draft stands on the version it was begun on, and is told so until it is brought onto the newest.
  return { base: ground, doc: patched(documentIn(draft), rescued ?? {}) };
}

const rescueKey = (agentId: string) => `vivavoce.unsaved.${agentId}`;

function unsaved(agentId: string): Doc | null {
  try {
    return JSON.parse(localStorage.getItem(rescueKey(agentId)) ?? "null");
  } catch {
    return null;
  }
}

export type Saving = "clean" | "saved" | "saving" | "waiting" | "failed";

export function useDocument(agentId: string, from: Opened) {
  const [base, setBase] = useState(from.base);
  const [doc, setDoc] = useState(from.doc);
  const kept = useRef(from.doc);
  const newest = useQuery(published(agentId)).data ?? from.base;
  const before = useMemo(() => documentIn(base), [base]);
  const isChanged = !isSame(before, doc);
  const branch_id = base.branch_id ?? "";
  const path = useMemo(() => ({ agent_id: agentId }), [agentId]);

  const save = useMutation({
    mutationFn: async (wanted: Doc) => {
      if (isSame(wanted, before)) await dropDraft(agentId, branch_id);
      else
        await call("POST /v1/convai/agents/{agent_id}/drafts", {
          path,
          query: { branch_id },
          body: draftOf(wanted),
        });
      return wanted;
    },
    onSuccess: (wanted) => {
      kept.current = wanted;
      localStorage.removeItem(rescueKey(agentId));
    },
    retry: (_, error) => !(error instanceof ApiError),
    retryDelay: 2_000,
  });
  const { mutate } = save;

  const isSignedOut = useStore(expired);
  useEffect(() => {
    if (isSignedOut || isSame(doc, kept.current)) return;
    localStorage.setItem(rescueKey(agentId), JSON.stringify(patchOf(documentIn(base), doc)));
    const timer = window.setTimeout(() => mutate(doc), PAUSE_MILLISECONDS);
    return () => window.clearTimeout(timer);
  }, [doc, base, agentId, mutate, isSignedOut]);

  const edit = useCallback((where: Path, value: Json) => setDoc((old) => withValue(old, where, value)), []);

  const publish = useMutation({
    mutationFn: (description: string) => {
      const change = {
        ...patchOf(documentIn(newest), onto(before, doc, documentIn(newest))),
        version_description: description,
      };
      return call("PATCH /v1/convai/agents/{agent_id}", {
        path,
        query: { branch_id },
        body: change as Body<"PATCH /v1/convai/agents/{agent_id}">,
      });
    },
    onSuccess: (agent) => start(agent, documentIn(agent)),
  });

  /** Goes on from this version with this document, which is kept already or need not be. */
  function start(agent: Agent, next: Doc) {
    kept.current = next;
    localStorage.removeItem(rescueKey(agentId));
    setBase(agent);
    setDoc(next);
    client.setQueryData(published(agentId).queryKey, agent);
    void client.invalidateQueries({ queryKey: ["agents"] });
    void client.invalidateQueries({ queryKey: ["versions", agentId] });
  }

  const discard = useMutation({
    mutationFn: () => dropDraft(agentId, branch_id),
    onSuccess: () => start(newest, documentIn(newest)),
  });

  /** Brings the changes onto what somebody else published. */
  const bringOver = useMutation({
    mutationFn: async () => {
      const next = onto(before, doc, documentIn(newest));
      await dropDraft(agentId, branch_id);
      return next;
    },
    onSuccess: (next) => {
      kept.current = documentIn(newest);
      setBase(newest);
      setDoc(next);
    },
  });

  const isBehind = newest.version_id !== base.version_id;
  const isPristine = isBehind && !isChanged;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when somebody published and nothing is being edited
  useEffect(() => {
    if (isPristine) start(newest, documentIn(newest));
  }, [isPristine]);

  return {
    base,
    before,
    doc,
    edit,
    replace: setDoc,
    isChanged,
    isBehind: isBehind && isChanged,
    saving: savingOf(save, isSame(doc, kept.current), isChanged),
    saveError: save.error,
    publish,
    discard,
    bringOver,
  };
}

export type Editing = ReturnType<typeof useDocument>;

function savingOf(
  save: { status: string; failureCount: number },
  isKept: boolean,
  isChanged: boolean,
): Saving {
  if (save.status === "error" && !isKept) return "failed";
  if (save.status === "pending" && save.failureCount > 0) return "waiting";
  if (!isKept) return "saving";
  return isChanged ? "saved" : "clean";
}

/** The same changes on another ground. */
function onto(before: Doc, after: Doc, ground: Doc): Doc {
  return patched(ground, patchOf(before, after));
}

function draftOf(doc: Doc): Body<"POST /v1/convai/agents/{agent_id}/drafts"> {
  return doc as unknown as Body<"POST /v1/convai/agents/{agent_id}/drafts">;
}

async function dropDraft(agentId: string, branch_id: string): Promise<void> {
  await call("DELETE /v1/convai/agents/{agent_id}/drafts", {
    path: { agent_id: agentId },
    query: { branch_id },
  }).catch((error) => {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  });
}

// What fields need: a value at a path with its type, or what stands for one that is missing.

export const textAt = (doc: Doc, path: Path): string => {
  const value = at(doc, path);
  return typeof value === "string" ? value : "";
};
export const numberAt = (doc: Doc, path: Path): number | null => {
  const value = at(doc, path);
  return typeof value === "number" ? value : null;
};
export const flagAt = (doc: Doc, path: Path): boolean => at(doc, path) === true;
export const listAt = (doc: Doc, path: Path): string[] => {
  const value = at(doc, path);
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
};
