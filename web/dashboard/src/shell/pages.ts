// Scripts of pages that are loaded when somebody goes there. Where one does not come it is because the server is away,
// which is said and waited for, or because a newer version took its place, which the router mends by loading anew.

import { ServerAway } from "../api/call";
import { noticeAbsence } from "./server";

export function page<T>(load: () => Promise<T>): () => Promise<T> {
  return () =>
    load().catch(async (error: unknown) => {
      const answers = await fetch("/healthz", { cache: "no-store" }).then(
        (reply) => reply.ok,
        () => false,
      );
      if (answers) throw error;
      const away = new ServerAway();
      noticeAbsence(away);
      throw away;
    });
}

const PAUSE_MILLISECONDS = 2_000;

/** Loads them ahead, one after the other, when the first page is there and nothing else is to be done. */
export function loadAhead(pages: (() => Promise<unknown>)[]): void {
  const next = ([first, ...rest]: (() => Promise<unknown>)[]) => {
    if (!first) return;
    // One that does not come now comes when it is wanted.
    whenIdle(
      () =>
        void first().then(
          () => next(rest),
          () => undefined,
        ),
    );
  };
  window.setTimeout(() => next(pages), PAUSE_MILLISECONDS);
}

function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in window) window.requestIdleCallback(work);
  else setTimeout(work, 0);
}
