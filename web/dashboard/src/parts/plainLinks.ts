// A router's link listens to the router, and whoever scrolls fast through a long list brings a hundred new ones a second.
// In such a list plain links stand, and the list follows them as the router's own would be followed.

import { useRouter } from "@tanstack/react-router";
import { type MouseEvent, useMemo } from "react";

/** What a list of plain links listens to: a plain click stays in the page, and what a pointer rests on is read ahead. */
export function usePlainLinks() {
  const router = useRouter();
  return useMemo(
    () => ({
      onClick(event: MouseEvent) {
        const address = addressOf(event);
        const isPlain =
          event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
        if (!address || !isPlain) return;
        event.preventDefault();
        router.history.push(address);
      },
      onMouseOver(event: MouseEvent) {
        const address = addressOf(event);
        if (address) void router.preloadRoute({ to: address });
      },
    }),
    [router],
  );
}

function addressOf(event: MouseEvent): string | null {
  return (event.target as Element).closest("a")?.getAttribute("href") ?? null;
}
