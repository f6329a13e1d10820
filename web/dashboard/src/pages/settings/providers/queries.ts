// What is asked about providers, and what their roles are called.

import { queryOptions } from "@tanstack/react-query";
import { call } from "../../../api/call";
import type { Schemas } from "../../../api/contract";

export type Seat = Schemas["SeatModel"];
export type Kind = Schemas["KindModel"];
export type FormField = Schemas["FormFieldModel"];
export type Role = Seat["role"];

const AGAIN_MILLISECONDS = 5_000;

export const providers = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => call("GET /v1/vivavoce/providers", { signal }),
  refetchInterval: AGAIN_MILLISECONDS,
});

export const kinds = queryOptions({
  queryKey: ["provider-kinds"],
  queryFn: ({ signal }) => call("GET /v1/vivavoce/providers/kinds", { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const ROLES: Record<Role, { name: string; does: string }> = {
  language: { name: "Minds", does: "They think: they answer what callers say." },
  ear: { name: "Ears", does: "They write down what callers say." },
  voice: { name: "Voices", does: "They speak the answers." },
  turn: { name: "Judge of turns", does: "It tells whether a caller has finished or only pauses." },
  activity: { name: "Voice activity", does: "It notices that somebody speaks." },
  embedding: { name: "Meaning of texts", does: "It compares texts by what they mean." },
  moderation: { name: "Moderation", does: "It judges texts for guardrails." },
};
export const ORDER: Role[] = ["language", "ear", "voice", "turn", "activity", "embedding", "moderation"];
