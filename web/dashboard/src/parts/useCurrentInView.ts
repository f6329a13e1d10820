// Tabs that are wider than a phone: the one that is shown is brought into sight, wherever in their row it stands.

import { type RefObject, useEffect, useRef } from "react";

/** For the row of tabs; `current` is what they show. */
export function useCurrentInView(current: string): RefObject<HTMLElement | null> {
  const row = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another one is shown
  useEffect(() => {
    const here = row.current?.querySelector("[aria-current=page]");
    here?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return row;
}
