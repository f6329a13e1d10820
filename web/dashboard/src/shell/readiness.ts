// What of the server is ready, and what stands in for the rest; asked of the server's own page about it.

import { queryOptions } from "@tanstack/react-query";

interface Readiness {
  status: string;
  version: string;
  components: Record<string, { status: string; message?: string }>;
}

const AGAIN_MILLISECONDS = 10_000;

/** It answers with its whole say also when it is not ready. */
export const readiness = queryOptions({
  queryKey: ["readiness"],
  queryFn: async ({ signal }) =>
    (await fetch("/readyz", { cache: "no-store", signal })).json() as Promise<Readiness>,
  refetchInterval: AGAIN_MILLISECONDS,
});

export const NAMES: Record<string, string> = {
  database: "Database",
  calls: "Calls",
  models: "Local models",
  mind: "Mind",
  ear: "Ear",
  voice: "Voice",
  turn: "Judge of turns",
  activity: "Voice activity",
  embedding: "Meaning of texts",
};
