// The agent that somebody is editing: what is published, what they changed, and that this is kept.
//
// Every change is saved a moment later as the person's own draft on the server; no call runs a draft but their own trial.
// What could not be saved stays in this browser until it can be. Nothing is written over what was not read: each write
// names what it was made on, and where somebody was faster, in a version or in another window, both sides are kept and
// the person is shown them (`Other`).

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError, type Body, call, callTagged } from "../../api/call";
import { client, published } from "../../api/queries";
import { useUndo } from "../../shell/notes";
import { expired } from "../../shell/session";
import { at, type Doc, isSame, type Json, type Path, patched, patchOf, withValue } from "../../words/patch";
import { useStore } from "../../words/store";
import {
  ChangedElsewhere,
  documentIn,
  dropDraft,
  forgetRead,
  forgetRescued,
  isOutdated,
  keepDraft,
  type Opened,
  opened,
  rescue,
  withRescued,
} from "./draft";

const PAUSE_MILLISECONDS = 800;

/** Where to begin. */
export const opening = (agentId: string, branch?: string) =>
  queryOptions({
    queryKey: ["opened", agentId, branch ?? ""],
    queryFn: () => opened(agentId, branch),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

export type Saving = "clean" | "saved" | "saving" | "waiting" | "failed" | "held";

/** What somebody else made of the same thing: what both began with, mine, theirs, and how to go on with both. */
export interface Other {
  who: "version" | "window";
  before: Doc;
  mine: Doc;
  theirs: Doc;
  next: Opened;
}

export function useDocument(agentId: string, from: Opened, branch?: string) {
  const branch_id = from.base.reply.branch_id ?? "";
  const place = useMemo(() => ({ agent_id: agentId, branch_id }), [agentId, branch_id]);
  const [base, setBase] = useState(from.base);
  const [doc, setDoc] = useState(() => withRescued(place, from.kept));
  const kept = useRef(from.kept);
  const tag = useRef(from.tag);
  const newest = useQuery(published(agentId, branch)).data ?? from.base;
  const before = useMemo(() => documentIn(base.reply), [base]);
  const isChanged = !isSame(before, doc);
  const offerUndo = useUndo();

  const save = useMutation({
    mutationFn: async (wanted: Doc) => {
      if (isSame(wanted, kept.current)) return wanted;
      if (isSame(wanted, before)) {
        await dropDraft(place, tag.current);
        tag.current = null;
      } else tag.current = await keepDraft(place, wanted, tag.current);
      return wanted;
    },
    onSuccess: (wanted) => {
      kept.current = wanted;
      forgetRescued(place);
    },
    scope: { id: `draft ${branch_id}` }, // one after the other: each names what the one before left
    retry: (_, error) => !(error instanceof ApiError || error instanceof ChangedElsewhere),
    retryDelay: 2_000,
  });
  const { mutate, mutateAsync } = save;
  const isHeld = save.error instanceof ChangedElsewhere && !isSame(doc, kept.current);

  const isSignedOut = useStore(expired);
  useEffect(() => {
    if (isSame(doc, kept.current)) return;
    rescue(place, before, doc);
    if (isSignedOut || isHeld) return;
    const timer = window.setTimeout(() => mutate(doc), PAUSE_MILLISECONDS);
    return () => window.clearTimeout(timer);
  }, [doc, before, place, mutate, isSignedOut, isHeld]);

  const edit = useCallback((where: Path, value: Json) => setDoc((old) => withValue(old, where, value)), []);

  /** Goes on from here with this document. */
  function start(next: Opened, wanted: Doc) {
    kept.current = next.kept;
    tag.current = next.tag;
    save.reset();
    forgetRescued(place);
    forgetRead(place);
    setBase(next.base);
    setDoc(wanted);
    void client.invalidateQueries({ queryKey: ["agents"] });
    void client.invalidateQueries({ queryKey: ["agent", agentId] });
  }

  const publish = useMutation({
    mutationFn: async (version_description: string) => {
      await flush();
      return callTagged("PATCH /v1/convai/agents/{agent_id}", {
        path: { agent_id: agentId },
        query: { branch_id },
        body: { ...patchOf(before, doc), version_description } as Body<"PATCH /v1/convai/agents/{agent_id}">,
        ...(base.tag ? { madeOn: base.tag } : {}),
      });
    },
    onSuccess: (made) => start(freshly(made), documentIn(made.reply)),
    onError: (error) => {
      if (isOutdated(error)) void client.invalidateQueries({ queryKey: ["agent", agentId] });
    },
  });

  const discard = useMutation({
    mutationFn: async () => {
      const changes = patchOf(before, doc);
      await dropDraft(place);
      return changes;
    },
    onSuccess: (changes) => {
      start(freshly(newest), documentIn(newest.reply));
      offerUndo("Your changes are discarded.", () => setDoc((now) => patched(now, changes)));
    },
  });

  /** Puts another document in place of the draft, says so, and offers the way back. */
  function exchange(next: Doc, what: string) {
    setDoc(next);
    offerUndo(what, () => setDoc(doc));
  }

  const isBehind = newest.tag !== base.tag;
  const isPristine = isBehind && !isChanged;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when somebody published and nothing is being edited
  useEffect(() => {
    if (isPristine) start(freshly(newest), documentIn(newest.reply));
  }, [isPristine]);

  /** Reads what somebody else made of it. */
  async function other(): Promise<Other> {
    const next = await opened(agentId, branch);
    if (isHeld) return { who: "window", before: kept.current, mine: doc, theirs: next.kept, next };
    const fresh = await client.fetchQuery({ ...published(agentId, branch), staleTime: 0 });
    return {
      who: "version",
      before,
      mine: doc,
      theirs: documentIn(fresh.reply),
      next: freshly(fresh),
    };
  }

  /** Goes on with what was chosen of both. */
  async function join({ who, next }: Other, wanted: Doc): Promise<void> {
    // The draft on the server stands on the old version: what was chosen is a new one, on the new.
    if (who === "version") await dropDraft(place, tag.current);
    start(next, wanted);
  }

  /** Waits until the server has what is on the page. */
  async function flush(): Promise<void> {
    if (!isSame(doc, kept.current)) await mutateAsync(doc);
  }

  return {
    agentId,
    branchId: branch_id,
    base: base.reply,
    before,
    doc,
    edit,
    exchange,
    flush,
    isChanged,
    isBehind: isBehind && isChanged && !isHeld,
    isHeld,
    saving: savingOf(save, isSame(doc, kept.current), isChanged, isHeld),
    saveError: save.error,
    publish,
    discard,
    other,
    join,
  };
}

function freshly(base: Opened["base"]): Opened {
  return { base, kept: documentIn(base.reply), tag: null };
}

export type Editing = ReturnType<typeof useDocument>;

function savingOf(
  save: { status: string; failureCount: number },
  isKept: boolean,
  isChanged: boolean,
  isHeld: boolean,
): Saving {
  if (isHeld) return "held";
  if (save.status === "error" && !isKept) return "failed";
  if (save.status === "pending" && save.failureCount > 0) return "waiting";
  if (!isKept) return "saving";
  return isChanged ? "saved" : "clean";
}

/** Where the draft as it stands can be talked to. */
export async function trialUrl({ agentId, branchId, flush }: Editing): Promise<string> {
  await flush();
  const { signed_url } = await call("POST /v1/vivavoce/agents/{agent_id}/trials", {
    path: { agent_id: agentId },
    query: { branch_id: branchId },
  });
  return signed_url;
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
