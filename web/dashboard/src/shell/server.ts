// Whether the server answers. When it stops, everybody is told once, it is asked again until it is back, and then what
// is shown is read anew. Nothing that was typed is touched meanwhile.

import { ServerAway } from "../api/call";
import { client } from "../api/queries";
import { store } from "../words/store";

const AGAIN_MILLISECONDS = 2_000;

export const away = store(false);

export function noticeAbsence(error: unknown): void {
  if (!(error instanceof ServerAway) || away.get()) return;
  away.set(true);
  askAgain();
}

function askAgain(): void {
  window.setTimeout(async () => {
    const back = await fetch("/healthz", { cache: "no-store" }).then(
      (reply) => reply.ok,
      () => false,
    );
    if (!back) return askAgain();
    away.set(false);
    await client.invalidateQueries();
  }, AGAIN_MILLISECONDS);
}
