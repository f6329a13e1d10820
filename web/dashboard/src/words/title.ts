// What stands on the browser's tab; and, for who does not see that another page came, what is said of it.

import { useEffect } from "react";
import { store } from "./store";

/** The page that somebody went to. Empty on the first one, whose title a browser tells by itself. */
export const arrivedAt = store("");

let isFirst = true;

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Vivavoce`;
    if (!isFirst) arrivedAt.set(title);
    isFirst = false;
  }, [title]);
}
