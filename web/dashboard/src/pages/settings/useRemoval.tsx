// Removing one of a list: asked before, told after, and the list is read anew.

import { type QueryKey, useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { client } from "../../api/queries";
import { Confirm } from "../../parts/Dialog";
import { note, noteFailure } from "../../shell/notes";

interface Wanted<T> {
  queryKey: QueryKey;
  remove: (one: T) => Promise<unknown>;
  title: (one: T) => string;
  warning: ReactNode;
  done: string;
}

export function useRemoval<T>(wanted: Wanted<T>) {
  const [asked, ask] = useState<T | null>(null);
  const removal = useMutation({
    mutationFn: wanted.remove,
    onSuccess: () => note(wanted.done),
    onError: noteFailure,
    onSettled: () => {
      ask(null);
      void client.invalidateQueries({ queryKey: wanted.queryKey });
    },
  });
  const dialog = asked !== null && (
    <Confirm
      title={wanted.title(asked)}
      action="Remove"
      busy={removal.isPending}
      onYes={() => removal.mutate(asked)}
      onNo={() => ask(null)}
    >
      {wanted.warning}
    </Confirm>
  );
  return { ask, dialog };
}
