// What stands on the browser's tab.

import { useEffect } from "react";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Vivavoce`;
  }, [title]);
}
