// How many of a long list are shown: some at once, so that the page is there, the rest bit by bit while nothing else is
// to be done. In the end all of them are in the page, so that the browser's search and a screen reader find every one.

import { startTransition, useEffect, useState } from "react";

const FIRST = 20;
const STEP = 40;
const PAUSE_MILLISECONDS = 16;

export function useGrowing(count: number): number {
  const [shown, show] = useState(FIRST);
  const isWhole = shown >= count;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step begins the next one
  useEffect(() => {
    if (isWhole) return;
    return soon(() => startTransition(() => show((before) => before + STEP)));
  }, [isWhole, shown]);
  return Math.min(shown, count);
}

function soon(work: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(work, PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }
  const asked = window.requestIdleCallback(work, { timeout: 1_000 });
  return () => window.cancelIdleCallback(asked);
}
